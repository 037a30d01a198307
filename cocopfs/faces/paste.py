"""An aligned, swapped face put back into its picture, as insightface does, but only where it is.

insightface's `INSwapper.get` warps the face over the whole frame and erodes and blurs a mask as
large as the frame. Nothing changes outside the face's surroundings, so only these are computed,
with the same arithmetic, in a fraction of the time. Only the masks of faces that are larger than
about 600 pixels are blurred at a reduced size, which may change a pixel by one grey level.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 128
"""Side of the square that inswapper works on, pixels."""

MIN_OPACITY = 0.75
"""Mean opacity of the mask over the inner face below which a swap would not be one: erosion by at
least 10 pixels leaves nothing of a small mask. Upright faces have 0.1 with 3 pixels between the
eyes, 0.5 to 0.6 with 4, 0.8 with 5, 0.96 with 6 and 1.0 from 8 on."""

# Bilinear weights are multiples of 1/1024 in OpenCV, and so are values of a warped mask, in units
# of 255. What INSwapper.get leaves below its threshold of 20 is 0 to 80 of them; all else is white.
_WHOLE = 1024
_UNIT = 255 / _WHOLE
_WHITE = 255
_TO_CODE = np.array([code if code * _UNIT <= 20 else _WHITE for code in range(256)], np.uint8)
_FROM_CODE = np.array([255 if code == _WHITE else code * _UNIT for code in range(256)], np.float32)

_FINEST_BLUR = 5.0  # pixels of standard deviation below which a mask is not reduced further
# What is worked on at a time, so that it stays in the processor's cache.
_STRIP = 1 << 15  # numbers that are blended
_BAND = 1 << 17  # pixels that are warped

# Eyes and mouth of the aligned face lie on this rectangle's border (insightface's `arcface_dst`,
# shifted for 128 pixels): left, top, right, bottom.
_INNER_FACE = (46.3, 51.6, 81.5, 92.3)


@dataclass(frozen=True, slots=True, eq=False)
class FaceMask:
    """Where a picture was changed, and how far.

    x, y: column and row of the mask's first pixel in the picture.
    opacity: (h, w) float32 in [0, 1], but for rounding; outside it the picture is untouched.
    """

    x: int
    y: int
    opacity: NDArray[np.float32]

    @property
    def rows(self) -> range:
        """The picture's rows that it covers."""
        return range(self.y, self.y + len(self.opacity))


@dataclass(frozen=True, slots=True, eq=False)
class SwappedFace:
    """A swapped picture, (H, W, 3) uint8 BGR, and the mask of what was changed in it."""

    picture: NDArray[np.uint8]
    mask: FaceMask


class FaceTooSmallToSwap(ValueError):
    """Nothing, or next to nothing, of the face would be replaced. The message tells the figure."""


def paste_inswapper(
    picture: NDArray[np.uint8], crop: NDArray[np.uint8], matrix: NDArray[np.float64]
) -> SwappedFace:
    """The picture with the aligned face `crop` laid over it.

    picture: (H, W, 3) uint8 BGR, left as it is.
    crop: (128, 128, 3) uint8 BGR.
    matrix: (2, 3), maps the picture's coordinates to the crop's, as `align` returns it.
    Raises FaceTooSmallToSwap: see `inswapper_mask`.
    """
    height, width = picture.shape[:2]
    return lay_over(picture, crop, matrix, inswapper_mask(height, width, matrix))


def inswapper_mask(height: int, width: int, matrix: NDArray[np.float64]) -> FaceMask:
    """The mask with which `INSwapper.get` blends into a frame of that size.

    It depends on nothing but the face's place, so all swaps of one face can share it.
    Raises FaceTooSmallToSwap when the face lies outside the frame, or when the mean opacity over
    the inner face (as much of it as lies in the frame) is below MIN_OPACITY.
    """
    back = _inverse(matrix)
    # Interpolation adds a pixel of the crop on each side; a second one is for its rounding.
    left, top, right, bottom = _extent(back, -2, -2, SIDE + 1, SIDE + 1)
    # The mask never measures more than the warped square, which bounds erosion and blur.
    largest = int(math.sqrt((right - left) * (bottom - top)))
    margin = max(largest // 10, 10) + max(largest // 20, 5) + 2
    left, top = max(left - margin, 0), max(top - margin, 0)
    right, bottom = min(right + margin, width), min(bottom + margin, height)
    if left >= right or top >= bottom:
        raise FaceTooSmallToSwap("the face lies outside the frame")

    white = np.full((SIDE, SIDE), _WHOLE, np.uint16)
    code = np.empty((bottom - top, right - left), np.uint8)
    for rows, warped in _warp(white, back, right, top, bottom):
        cv2.LUT(cv2.convertScaleAbs(warped[:, left:]), _TO_CODE, code[rows])  # 255 and more are 255
    down, across = _rows_and_columns(code == _WHITE)
    if not down.size:
        raise FaceTooSmallToSwap("the face lies outside the frame, or is smaller than a pixel")
    size = int(math.sqrt(int(down[-1] - down[0]) * int(across[-1] - across[0])))
    blurred = _blurred(_eroded(code, max(size // 10, 10)), max(size // 20, 5))

    inner = _inner_opacity(blurred, left, top, height, width, matrix)
    if inner < MIN_OPACITY:
        raise FaceTooSmallToSwap(
            f"the mask's mean opacity over the face is {inner:.2f}, less than {MIN_OPACITY:g}"
        )
    down, across = _rows_and_columns(blurred > 0)
    trimmed = blurred[down[0] : down[-1] + 1, across[0] : across[-1] + 1] / np.float32(255)
    return FaceMask(left + int(across[0]), top + int(down[0]), trimmed)


def lay_over(
    picture: NDArray[np.uint8],
    crop: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    mask: FaceMask,
    onto: NDArray[np.uint8] | None = None,
) -> SwappedFace:
    """`paste_inswapper` with a mask that is known already.

    onto: the picture of an earlier result with the same mask, which becomes the new result's:
    saves copying what does not change.
    """
    height, width = mask.opacity.shape
    place = np.s_[mask.y : mask.y + height, mask.x : mask.x + width]
    result = picture.copy() if onto is None else onto
    under, over = picture[place], result[place]
    back, right = _inverse(matrix), mask.x + width
    for rows, warped in _warp(crop, back, right, mask.y, mask.y + height):
        _blend(warped[:, mask.x :], under[rows], mask.opacity[rows], over[rows])
    return SwappedFace(result, mask)


def _blend(
    face: NDArray[np.uint8],
    picture: NDArray[np.uint8],
    opacity: NDArray[np.float32],
    result: NDArray[np.uint8],
) -> None:
    """Into `result`, face x opacity + picture x (1 - opacity), cut off as INSwapper.get does it."""
    height, width = opacity.shape
    step = max(1, _STRIP // (3 * width))
    for start in range(0, height, step):
        rows = slice(start, min(start + step, height))
        weights = cv2.merge([opacity[rows]] * 3)
        blended = np.multiply(weights, face[rows], dtype=np.float32)
        np.subtract(1, weights, out=weights)
        weights *= picture[rows]
        blended += weights
        result[rows] = blended


def _eroded(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """`cv2.erode` with a square: the minimum over windows that double in size, so that large
    squares cost little more than small ones."""
    before = side // 2
    after = side - 1 - before
    # what lies outside the frame counts as white
    found = cv2.copyMakeBorder(
        mask, before, after, before, after, cv2.BORDER_CONSTANT, value=_WHITE
    )
    for axis in (0, 1):
        window = 1
        while window < side:
            shift = min(window, side - window)
            first, second = np.s_[:-shift], np.s_[shift:]
            if axis == 0:
                found = cv2.min(found[first], found[second])
            else:
                found = cv2.min(found[:, first], found[:, second])
            window += shift
    return np.asarray(found, np.uint8)


def _blurred(code: NDArray[np.uint8], radius: int) -> NDArray[np.float32]:
    """`cv2.GaussianBlur` of a mask, 0 to 255, with a square kernel of that radius and its own
    standard deviation.

    Wide blurs are computed at a reduced size: a blurred edge is so smooth that interpolation is off
    by less than half a grey level.
    """
    deviation = 0.3 * (radius - 1) + 0.8  # as OpenCV has it
    factor = 1
    while deviation / (2 * factor) >= _FINEST_BLUR:
        factor *= 2
    if factor == 1:
        kernel = (2 * radius + 1, 2 * radius + 1)
        return np.asarray(cv2.GaussianBlur(cv2.LUT(code, _FROM_CODE), kernel, 0), np.float32)
    height, width = code.shape
    near = -(-radius // factor) * factor
    down, across = (near + -side % factor for side in (height, width))
    # mirrored before it is reduced, for afterwards the mirror would stand elsewhere
    padded = cv2.copyMakeBorder(code, near, down, near, across, cv2.BORDER_REFLECT_101)
    size = padded.shape[1] // factor, padded.shape[0] // factor
    small = cv2.resize(cv2.LUT(padded, _FROM_CODE), size, interpolation=cv2.INTER_AREA)
    # Means over f pixels and interpolation between them blur too: variances f²/12 and f²/6.
    rest = math.sqrt(deviation**2 - factor**2 / 4) / factor
    side = 2 * round(radius / factor) + 1
    small = cv2.GaussianBlur(small, (side, side), rest)
    whole = cv2.resize(small, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[near : near + height, near : near + width], np.float32)


def _warp(
    image: NDArray[Any], back: NDArray[np.float64], width: int, top: int, bottom: int
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Rows top to bottom, from column 0 to width, of the warped image, some at a time: which of the
    rows, counted from top, and their pixels.

    OpenCV rounds places to fractions of a pixel, for columns as counted from the canvas's first:
    with a shift to the side the result would differ from that of the whole frame by several grey
    levels. It does no such thing for rows.
    """
    step = max(1, _BAND // width)
    for start in range(top, bottom, step):
        end = min(start + step, bottom)
        shifted = back.copy()
        shifted[1, 2] -= start
        warped = cv2.warpAffine(image, shifted, (width, end - start), borderValue=0.0)
        yield slice(start - top, end - top), warped


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    (a, b, x), (c, d, y) = matrix.tolist()  # numpy takes longer over six numbers than Python
    if not math.isfinite(a + b + c + d + x + y) or a * d == b * c:
        raise ValueError(f"not an alignment: {matrix.tolist()}")
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def _extent(
    back: NDArray[np.float64], left: float, top: float, right: float, bottom: float
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom, in the picture, of what contains a rectangle of the crop."""
    corners = np.array([[left, top], [left, bottom], [right, top], [right, bottom]])
    points = corners @ back[:, :2].T + back[:, 2]
    low, high = np.floor(points.min(axis=0)), np.ceil(points.max(axis=0)) + 1
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _inner_opacity(
    mask: NDArray[np.float32],
    x: int,
    y: int,
    height: int,
    width: int,
    matrix: NDArray[np.float64],
) -> float:
    """Mean opacity over the inner face: a grid of at most 16 x 16 of its pixels; 0 if the frame
    has none. mask: 0 to 255, its first pixel at x, y of a picture of that height and width."""
    left, top, right, bottom = _extent(_inverse(matrix), *_INNER_FACE)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        return 0.0
    across = np.unique(np.linspace(left, right - 1, 16).astype(int))
    down = np.unique(np.linspace(top, bottom - 1, 16).astype(int))[:, np.newaxis]
    u, v = (across * along + down * aside + shift for along, aside, shift in matrix)
    inside = (u >= _INNER_FACE[0]) & (v >= _INNER_FACE[1])
    inside &= (u <= _INNER_FACE[2]) & (v <= _INNER_FACE[3])
    if not inside.any():
        return 0.0
    return float((mask[down - y, across - x][inside] / np.float32(255)).mean())


def _rows_and_columns(where: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the rows and of the columns that have a true value."""
    return np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
