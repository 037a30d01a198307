"""The swapper without weights: a portrait warped, lit and blended into a photograph."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs import records
from cocopfs.faces.grid import Grid, resized
from cocopfs.faces.light import Tone, shading, skin, to_bgr, to_lab
from cocopfs.faces.poses import landmarks, similarity
from cocopfs.faces.poses import mirrored as mirror
from cocopfs.faces.shapes import face_mask, face_scale, feature_mask, opened
from cocopfs.faces.swapped import FaceTooSmallToSwap, SwappedFace

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
Field = NDArray[np.float32]

# For the face's scale see `shapes`.
_FEATHER = 0.08  # of the scale; with 0.2 the original's likeness comes through
_CORE = 0.75  # of the outline's size: what is always replaced
_CHUNK = 0.12  # of the scale: thinner things than this (glasses, wrinkles) do not cut the mask


def blend(
    picture: Picture,
    face: records.Face,
    portrait: Picture,
    portrait_face: records.Face,
    *,
    mirrored: bool,
    grey: bool,
    poisson: bool,
) -> SwappedFace:
    """The picture with the portrait's face in place of its own.

    picture, portrait: (h, w, 3) uint8 BGR with their faces. mirrored: use the portrait's mirror
    image (see `poses.choose`). grey: the picture has no colour, and the swap must not have any.
    poisson: gradient-domain blending (Perez et al. 2003) inside the mask.
    The result is a new array; pixels where the mask's opacity is 0 are untouched. Work is done in
    the face's surroundings only, so nothing but the copy depends on the picture's size.
    Raises FaceTooSmallToSwap when next to nothing would be replaced: a face of a few pixels, or
    one outside the frame.
    """
    points, source = landmarks(face), landmarks(portrait_face)
    if mirrored:
        source = mirror(source, portrait.shape[1])
        portrait = np.ascontiguousarray(portrait[:, ::-1])
    grid = Grid.around(points, picture.shape)
    photo = grid.take(picture)
    matrix = similarity(source, grid.points)
    warped, covered = _warp(portrait, matrix, grid)
    source = source @ matrix[:, :2].T + matrix[:, 2]
    swapped, opacity = _fit(warped, photo, covered, source, grid)
    if poisson:
        swapped = _gradient_domain(swapped, photo, opacity)
    if grey:
        lightness = np.asarray(cv2.cvtColor(swapped, cv2.COLOR_BGR2GRAY), np.uint8)
        swapped = np.dstack([lightness] * 3)
    return grid.put(picture, swapped, opacity)


def _warp(portrait: Picture, matrix: Points, grid: Grid) -> tuple[Picture, Picture]:
    """The portrait on the grid, and 1 where it reaches, else 0.

    A similarity: the five points would allow more, but a face that is stretched to the other's
    proportions loses its own.
    """
    shrink = np.hypot(matrix[0, 0], matrix[1, 0])
    if shrink < 1:  # the warp takes single pixels: without this, fine detail would alias
        sigma = max(0.1, 0.45 * float(np.sqrt(shrink**-2 - 1)))
        portrait = np.asarray(cv2.GaussianBlur(portrait, (0, 0), sigma), np.uint8)
    size = grid.width * grid.up, grid.height * grid.up
    warped = cv2.warpAffine(
        portrait, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    covered = cv2.warpAffine(np.ones(portrait.shape[:2], np.uint8), matrix, size)
    return np.asarray(warped, np.uint8), np.asarray(covered, np.uint8)


def _fit(
    warped: Picture, photo: Picture, covered: Picture, source: Points, grid: Grid
) -> tuple[Picture, Field]:
    """The warped portrait in the photo's colours and light, and its opacity (h, w)."""
    points, source = ((x + 0.5) / grid.down - 0.5 for x in (grid.points, source))
    scale = face_scale(points)
    ours, theirs = to_lab(grid.sketch(warped)), to_lab(grid.sketch(photo))
    shape = ours.shape[:2]
    inside = face_mask(points, source, 1.0, shape) & (grid.sketch(covered) > 0)
    seen = inside & (grid.sketch(grid.in_frame()) > 0)
    if not seen.any():
        raise FaceTooSmallToSwap("no part of the face lies in both the frame and the portrait")
    plain = seen & ~feature_mask(points, shape, eye=0.35, mouth=0.2)
    plain = plain if plain.any() else seen  # the frame may cut off all but an eye
    skins = skin(ours, plain), skin(theirs, plain)
    tone = Tone(ours[plain & skins[0]], theirs[plain & skins[1]])

    # Outside the core, what is not skin stays away: the portrait's hair and background from the
    # photo, and the photo's own hair, hat, hand and background under the portrait.
    core = face_mask(points, source, _CORE, shape) | feature_mask(points, shape, eye=0.6, mouth=0.3)
    for found in skins:
        inside &= core | ~opened(~found, _CHUNK * scale)
    depth = np.asarray(
        cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32
    )
    rise = np.clip(depth / (2 * _FEATHER * scale), 0, 1)
    opacity = (rise * rise * (3 - 2 * rise)).astype(np.float32)

    light = shading(theirs - tone(ours), inside & skins[0] & skins[1], depth, scale)
    size = warped.shape[1], warped.shape[0]
    light = resized(light, size, cv2.INTER_LINEAR)
    opacity = resized(opacity, size, cv2.INTER_LINEAR)
    return to_bgr(tone(to_lab(warped)) + light), opacity


def _gradient_domain(swapped: Picture, photo: Picture, opacity: Field) -> Picture:
    mask = (opacity > 0).astype(np.uint8)
    # seamlessClone must not touch the border, and centres the mask's bounding box on the point.
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    if not mask.any():
        return swapped
    x, y, width, height = cv2.boundingRect(mask)
    centre = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(swapped, photo, mask * 255, centre, cv2.NORMAL_CLONE)
    return np.asarray(cloned, np.uint8)
