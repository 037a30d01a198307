"""The swapper without weights: a portrait warped, lit and blended into a photograph."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs import records
from cocopfs.faces.light import Tone, match_texture, skin, smooth, to_bgr, to_lab
from cocopfs.faces.paste import FaceMask, FaceTooSmallToSwap, SwappedFace
from cocopfs.faces.poses import landmarks, similarity
from cocopfs.faces.poses import mirrored as mirror

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SCALE = 48.0  # face scale, in pixels, at which mask and light are drawn; both are smooth
_REACH = 2.0  # the mask lies within so many face scales of the landmarks' centre
_FEATHER = 0.08  # of the face's scale; 0.2 lets the original's likeness through
_SMALLEST = 4.0  # pixels of face scale below which next to nothing of a mask is left
_GREY = np.array([0.114, 0.587, 0.299], np.float32)
WIDE = 0.95
CORE = 0.8
OPEN = 0.12
BOTH = 1
EYE = 0.5
TOL = 2.5
TEX = True
SHARE = 0.7


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
    poisson: gradient-domain blending (Perez et al. 2003) at the mask's edge.
    The result is a new array; pixels where the mask's opacity is 0 are untouched. Work is done in
    the face's surroundings only, so it does not depend on the picture's size.
    Raises FaceTooSmallToSwap when no mask is left: a face of a few pixels, or outside the frame.
    """
    points, source = landmarks(face), landmarks(portrait_face)
    if mirrored:
        portrait, source = portrait[:, ::-1], mirror(source, portrait.shape[1])
    grid = _Grid(points, picture.shape)
    target = grid.take(picture)
    warped, covered = _warp(portrait, source, grid)
    if grey:
        warped = cv2.cvtColor(cv2.cvtColor(warped, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    swapped, opacity = _matched(warped, target, covered, grid)
    if poisson:
        swapped = _gradient_domain(swapped, target, opacity)
    return grid.put(picture, swapped, opacity, grey)


class _Grid:
    """A square of whole photo pixels around the face, each cut into `up` x `up` for small faces."""

    def __init__(self, points: Points, shape: tuple[int, ...]) -> None:
        scale = _scale(points)
        if not scale >= _SMALLEST:
            raise FaceTooSmallToSwap(f"the face measures {scale:.1f} px, less than {_SMALLEST:g}")
        reach = int(np.ceil(_REACH * scale))
        self.up = int(np.ceil(_SCALE / scale))
        self.scale = scale * self.up
        self.x, self.y = (int(v) for v in np.floor(points.mean(0)) - reach)
        self.side = 2 * reach + 1
        # A pixel's centre is at whole numbers; its first part's centre lies half a pixel before.
        self.points = (points - (self.x, self.y) + 0.5) * self.up - 0.5
        height, width = shape[:2]
        self.left, self.right = max(0, -self.x), min(self.side, width - self.x)
        self.top, self.bottom = max(0, -self.y), min(self.side, height - self.y)
        if self.left >= self.right or self.top >= self.bottom:
            raise FaceTooSmallToSwap("the face lies outside the frame")

    def take(self, picture: Picture) -> Picture:
        """The square on the fine grid; the frame's edge is repeated outside."""
        part = picture[
            self.y + self.top : self.y + self.bottom, self.x + self.left : self.x + self.right
        ]
        part = cv2.copyMakeBorder(
            part,
            self.top,
            self.side - self.bottom,
            self.left,
            self.side - self.right,
            cv2.BORDER_REPLICATE,
        )
        return cv2.resize(part, None, fx=self.up, fy=self.up, interpolation=cv2.INTER_CUBIC)

    def in_frame(self) -> Picture:
        mask = np.zeros((self.side, self.side), np.uint8)
        mask[self.top : self.bottom, self.left : self.right] = 1
        return cv2.resize(mask, None, fx=self.up, fy=self.up, interpolation=cv2.INTER_NEAREST)

    def put(self, picture: Picture, swapped: Picture, opacity: Field, grey: bool) -> SwappedFace:
        """A copy of the picture with the square laid over it."""
        size = (self.side, self.side)
        rows, columns = slice(self.top, self.bottom), slice(self.left, self.right)
        over = cv2.resize(swapped, size, interpolation=cv2.INTER_AREA)[rows, columns]
        mask = cv2.resize(opacity, size, interpolation=cv2.INTER_AREA)[rows, columns]
        mask = np.where(mask < 1 / 512, np.float32(0), mask)
        if mask.max() < 0.5:
            raise FaceTooSmallToSwap("next to nothing of the face's mask lies in the frame")
        x, y = self.x + self.left, self.y + self.top
        result = picture.copy()
        part = result[y : y + mask.shape[0], x : x + mask.shape[1]]
        if TEX:
            over = match_texture(over, part, mask)
        mixed = part + (over.astype(np.float32) - part) * mask[..., None]
        if grey:
            mixed = np.repeat(mixed @ _GREY[:, None], 3, axis=2)
        np.copyto(part, np.clip(np.rint(mixed), 0, 255).astype(np.uint8), where=mask[..., None] > 0)
        return SwappedFace(result, FaceMask(x, y, mask))


def _scale(points: Points) -> float:
    """The larger of eye-eye and eyes-mouth distance: one of them survives any turn of the head."""
    return float(max(np.linalg.norm(points[1] - points[0]), np.linalg.norm(_down(points))))


def _down(points: Points) -> Points:
    """From between the eyes to between the mouth's corners."""
    down: Points = points[3:].mean(0) - points[:2].mean(0)
    return down


def _warp(portrait: Picture, source: Points, grid: _Grid) -> tuple[Picture, Picture]:
    """The portrait on the target's grid, and where it reaches (1, else 0)."""
    matrix = similarity(source, grid.points)
    shrink = np.hypot(matrix[0, 0], matrix[1, 0])
    if shrink < 1:  # or the finest details of a large portrait would alias
        portrait = cv2.GaussianBlur(portrait, (0, 0), max(0.1, 0.45 * np.sqrt(shrink**-2 - 1)))
    size = (grid.side * grid.up, grid.side * grid.up)
    warped = cv2.warpAffine(
        portrait, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    covered = cv2.warpAffine(np.ones(portrait.shape[:2], np.uint8), matrix, size)
    return warped, covered


def _matched(
    warped: Picture, target: Picture, covered: Picture, grid: _Grid
) -> tuple[Picture, Field]:
    """The warped portrait in the target's colours and light, and its opacity."""
    factor = min(1.0, _SCALE / grid.scale)
    scale = grid.scale * factor
    points = (grid.points + 0.5) * factor - 0.5
    ours, theirs = to_lab(_shrunk(warped, factor)), to_lab(_shrunk(target, factor))
    covers = _shrunk(covered, factor) > 0
    inside = covers & _outline(points, 1, covers.shape)
    core = _outline(points, CORE, covers.shape) | _features(points, covers.shape, EYE)
    plain = inside & ~_features(points, covers.shape) & (_shrunk(grid.in_frame(), factor) > 0)
    ours_skin, their_skin = skin(ours, plain), skin(theirs, plain)
    tone = Tone(ours[plain & ours_skin], theirs[plain & their_skin])
    for found in (skin(ours, plain, TOL), skin(theirs, plain, TOL))[:BOTH]:
        inside &= core | ~_opened(~found, OPEN * scale)
    toned = tone(ours)
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    ring = np.clip(1 - depth / (0.3 * scale), 0, 1)
    weight = (inside & ours_skin & their_skin).astype(np.float32)
    difference = theirs - toned
    wide = smooth(difference, weight, 0.45 * scale)
    near = smooth(difference, weight * (ring > 0), 0.2 * scale)
    ring = (ring**2)[..., None]
    light = SHARE * wide * (1 - ring) + near * ring
    rise = np.clip(depth / (2 * _FEATHER * scale), 0, 1)
    opacity = (rise * rise * (3 - 2 * rise)).astype(np.float32)
    size = warped.shape[1], warped.shape[0]
    light = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
    opacity = cv2.resize(opacity, size, interpolation=cv2.INTER_LINEAR)
    return to_bgr(tone(to_lab(warped)) + light), opacity


def _shrunk(field: Picture, factor: float) -> Picture:
    return cv2.resize(field, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def _opened(mask: Mask, side: float) -> Mask:
    """The mask without its parts thinner than side."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(1, round(side)),) * 2)
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0


def _features(points: Points, shape: tuple[int, ...], eyes: float = 0.35) -> Mask:
    """Eyes with their brows, and the mouth: where a face is not skin."""
    mask = np.zeros(shape, np.uint8)
    length = float(np.linalg.norm(_down(points)))
    for eye in points[:2]:
        cv2.circle(mask, _pixel(eye), int(eyes * length), 1, -1)
    cv2.line(mask, _pixel(points[3]), _pixel(points[4]), 1, max(1, int(0.4 * length)))
    return mask > 0


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _outline(points: Points, size: float, shape: tuple[int, ...]) -> Mask:
    """A rounded shape from above the brows to the chin, narrower on the side turned away."""
    middle, down = points[:2].mean(0), _down(points)
    length = max(float(np.linalg.norm(down)), 1e-6)
    down = down / length
    right = np.array([down[1], -down[0]])
    if (points[1] - points[0]) @ right < 0:
        right = -right
    nose = points[2]
    left_half = max(0.12 * length, float((nose - points[0]) @ right))
    right_half = max(0.12 * length, float((points[1] - nose) @ right))
    left_width = float((middle - points[0]) @ right) + WIDE * left_half
    right_width = float((points[1] - middle) @ right) + WIDE * right_half
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    across, along = np.cos(turn), np.sin(turn)
    width = np.where(across > 0, right_width, left_width)
    height = np.where(along > 0, 1.03, 1.18) * length
    x = size * width * np.sign(across) * abs(across) ** 0.8
    y = 0.52 * length + size * height * np.sign(along) * abs(along) ** 0.8
    outline = middle + x[:, None] * right + y[:, None] * down
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


def _gradient_domain(swapped: Picture, target: Picture, opacity: Field) -> Picture:
    mask = (opacity > 0).astype(np.uint8)
    # seamlessClone must not touch the border, and centres the mask's bounding box on the point.
    mask[[0, -1]] = mask[:, [0, -1]] = 0
    x, y, width, height = cv2.boundingRect(mask)
    centre = (x + width // 2, y + height // 2)
    return cv2.seamlessClone(swapped, target, mask * 255, centre, cv2.NORMAL_CLONE)
