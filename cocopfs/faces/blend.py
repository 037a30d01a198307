"""The swapper without weights: a portrait warped, lit and blended into a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs import records
from cocopfs.faces.light import Tone, shading, skin, soften, to_bgr, to_lab
from cocopfs.faces.paste import FaceMask, FaceTooSmallToSwap, SwappedFace
from cocopfs.faces.poses import landmarks, similarity
from cocopfs.faces.poses import mirrored as mirror

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
Field = NDArray[np.float32]
Mask = NDArray[np.bool_]
_Value = TypeVar("_Value", np.uint8, np.float32)

# The face's *scale* is the larger of its eye-eye and eyes-mouth distances, in pixels: one of them
# survives any turn of the head. Its *length* is the eyes-mouth distance.
_SKETCH_SCALE = 48  # mask and light are smooth: they are drawn at this scale or up to twice that
_SMALLEST_SCALE = 4.0
_SMALLEST_AREA = 32.0  # pixels that a mask must cover
_FEATHER = 0.08  # of the scale; with 0.2 the original's likeness comes through
_CORE = 0.75  # of the outline's size: what is always replaced
_SIDES = 1.1  # how much wider than the portrait's outline the mask may be
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
    grid = _Grid.around(points, picture.shape)
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


@dataclass(frozen=True)
class _Grid:
    """The pixels around a face that may change. A small face's are cut into `up` x `up` each, or
    its mask would be steps; a large face's mask and light are drawn on blocks of `down` x `down`.
    """

    x: int  # of the first pixel in the photo; may lie outside
    y: int
    width: int
    height: int
    up: int
    down: int
    points: Points  # the landmarks on the cut pixels
    inside: tuple[slice, slice]  # rows and columns that lie in the photo

    @classmethod
    def around(cls, points: Points, shape: tuple[int, ...]) -> _Grid:
        # Everything is reckoned from whole pixels near the face, so its place does not matter.
        origin = np.floor(points[2])
        near = points - origin
        scale = _scale(near)
        if not scale >= _SMALLEST_SCALE:
            raise FaceTooSmallToSwap(
                f"the face's scale is {scale:.1f} px, less than {_SMALLEST_SCALE:g}"
            )
        up, down = int(np.ceil(_SKETCH_SCALE / scale)), max(1, int(scale / _SKETCH_SCALE))
        outline = _outline(near)
        first = np.floor(outline.min(axis=0)) - 2
        size = np.ceil(outline.max(axis=0)) + 3 - first
        width, height = (int(-(-side // down) * down) for side in size)
        x, y = (int(v) for v in origin + first)
        rows = slice(max(0, -y), min(height, shape[0] - y))
        columns = slice(max(0, -x), min(width, shape[1] - x))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            raise FaceTooSmallToSwap("the face lies outside the frame")
        # A pixel's centre is at whole numbers, its first part's half a pixel less half a part.
        cut = (near - first + 0.5) * up - 0.5
        return cls(x, y, width, height, up, down, cut, (rows, columns))

    def take(self, picture: Picture) -> Picture:
        """The photo on the cut pixels; its edge is repeated outside the frame."""
        rows, columns = self.inside
        part = cv2.copyMakeBorder(
            picture[self._place],
            rows.start,
            self.height - rows.stop,
            columns.start,
            self.width - columns.stop,
            cv2.BORDER_REPLICATE,
        )
        return _resized(np.asarray(part, np.uint8), self._cut_size, cv2.INTER_CUBIC)

    def sketch(self, picture: Picture) -> Picture:
        """A picture on the cut pixels, reduced to what mask and light are drawn on."""
        size = self.width * self.up // self.down, self.height * self.up // self.down
        return _resized(picture, size, cv2.INTER_AREA)

    def in_frame(self) -> Picture:
        """1 on cut pixels that lie in the photo, else 0."""
        mask = np.zeros((self.height, self.width), np.uint8)
        mask[self.inside] = 1
        return _resized(mask, self._cut_size, cv2.INTER_NEAREST)

    def put(self, picture: Picture, swapped: Picture, opacity: Field) -> SwappedFace:
        """A copy of the picture, the swapped face laid over it."""
        size = self.width, self.height
        mask = _resized(opacity, size, cv2.INTER_AREA)[self.inside]
        mask[mask < 1 / 512] = 0
        area = float(mask.sum())
        if area < _SMALLEST_AREA:
            raise FaceTooSmallToSwap(
                f"the mask covers {area:.1f} pixels of the frame, less than {_SMALLEST_AREA:g}"
            )
        result = picture.copy()
        part = result[self._place]
        over = _resized(swapped, size, cv2.INTER_AREA)[self.inside]
        over = soften(over, part, mask >= 0.5 * mask.max())
        mixed = part + (over.astype(np.float32) - part) * mask[..., None]
        part[:] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        rows, columns = self.inside
        return SwappedFace(result, FaceMask(self.x + columns.start, self.y + rows.start, mask))

    @property
    def _cut_size(self) -> tuple[int, int]:
        return self.width * self.up, self.height * self.up

    @property
    def _place(self) -> tuple[slice, slice]:
        rows, columns = self.inside
        return (
            slice(self.y + rows.start, self.y + rows.stop),
            slice(self.x + columns.start, self.x + columns.stop),
        )


def _resized(field: NDArray[_Value], size: tuple[int, int], how: int) -> NDArray[_Value]:
    return np.asarray(cv2.resize(field, size, interpolation=how), field.dtype)


def _warp(portrait: Picture, matrix: Points, grid: _Grid) -> tuple[Picture, Picture]:
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
    warped: Picture, photo: Picture, covered: Picture, source: Points, grid: _Grid
) -> tuple[Picture, Field]:
    """The warped portrait in the photo's colours and light, and its opacity (h, w)."""
    points, source = ((x + 0.5) / grid.down - 0.5 for x in (grid.points, source))
    scale = _scale(points)
    ours, theirs = to_lab(grid.sketch(warped)), to_lab(grid.sketch(photo))
    shape = ours.shape[:2]
    inside = _face(points, source, 1.0, shape) & (grid.sketch(covered) > 0)
    seen = inside & (grid.sketch(grid.in_frame()) > 0)
    if not seen.any():
        raise FaceTooSmallToSwap("no part of the face lies in both the frame and the portrait")
    plain = seen & ~_features(points, shape, eye=0.35, mouth=0.2)
    plain = plain if plain.any() else seen  # the frame may cut off all but an eye
    skins = skin(ours, plain), skin(theirs, plain)
    tone = Tone(ours[plain & skins[0]], theirs[plain & skins[1]])

    # Outside the core, what is not skin stays away: the portrait's hair and background from the
    # photo, and the photo's own hair, hat, hand and background under the portrait.
    core = _face(points, source, _CORE, shape) | _features(points, shape, eye=0.6, mouth=0.3)
    for found in skins:
        inside &= core | ~_opened(~found, _CHUNK * scale)
    depth = np.asarray(
        cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5), np.float32
    )
    rise = np.clip(depth / (2 * _FEATHER * scale), 0, 1)
    opacity = (rise * rise * (3 - 2 * rise)).astype(np.float32)

    light = shading(theirs - tone(ours), inside & skins[0] & skins[1], depth, scale)
    size = warped.shape[1], warped.shape[0]
    light = _resized(light, size, cv2.INTER_LINEAR)
    opacity = _resized(opacity, size, cv2.INTER_LINEAR)
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


# --- shapes drawn from five landmarks -------------------------------------------------------------


def _scale(points: Points) -> float:
    return float(max(np.linalg.norm(points[1] - points[0]), np.linalg.norm(_down(points))))


def _down(points: Points) -> Points:
    """From between the eyes to between the mouth's corners."""
    down: Points = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    return down


def _outline(points: Points, wide: float = 1.0, high: float = 1.0) -> Points:
    """(64, 2): an oval from above the brows to the chin, narrower on the side turned away.

    wide, high: factors around the oval's centre, across and along the face.
    """
    eyes, down = points[:2].mean(axis=0), _down(points)
    length = max(float(np.linalg.norm(down)), 1e-6)
    down = down / length
    right = np.array([down[1], -down[0]])
    if (points[1] - points[0]) @ right < 0:
        right = -right
    # Beyond each eye as far as the nose is from it: that distance shrinks as the head turns.
    sides = []
    for eye, outward in ((points[0], -right), (points[1], right)):
        half = max(0.12 * length, float((eye - points[2]) @ outward))
        sides.append(float((eye - eyes) @ outward) + 1.05 * half)
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    across, along = np.cos(turn), np.sin(turn)
    width = np.where(across < 0, *sides) * (1 - 0.25 * np.clip(along, 0, 1))  # the jaw is narrower
    height = np.where(along < 0, 1.18, 1.03) * length
    x = wide * width * np.sign(across) * abs(across) ** 0.8
    y = 0.52 * length + high * height * np.sign(along) * abs(along) ** 0.8
    outline: Points = eyes + x[:, None] * right + y[:, None] * down
    return outline


def _features(points: Points, shape: tuple[int, ...], eye: float, mouth: float) -> Mask:
    """Eyes with their brows, and the mouth: discs and a bar of these radii, in face lengths."""
    mask = np.zeros(shape, np.uint8)
    length = float(np.linalg.norm(_down(points)))
    for centre in points[:2]:
        cv2.circle(mask, _pixel(centre), int(eye * length), 1, -1)
    left, right = np.array([[0.75, 0.25], [0.25, 0.75]]) @ points[3:]
    cv2.line(mask, _pixel(left), _pixel(right), 1, max(1, int(2 * mouth * length)))
    return mask > 0


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _face(points: Points, source: Points, size: float, shape: tuple[int, ...]) -> Mask:
    """The face's outline, on the sides no wider than the portrait's: beyond that is its hair and
    background. Above and below, the original's brows and beard must be covered."""
    theirs = _filled(_outline(points, size, size), shape)
    return theirs & _filled(_outline(source, _SIDES * size, 2 * size), shape)


def _filled(outline: Points, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


def _opened(mask: Mask, side: float) -> Mask:
    """The mask without its parts thinner than side."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(1, round(side)),) * 2)
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
