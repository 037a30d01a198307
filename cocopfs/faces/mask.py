"""The mask with which inswapper's face is blended into a picture, as insightface makes it.

insightface's `INSwapper.get` erodes and blurs a mask as large as the frame. Nothing changes outside
the face's surroundings, so only these are computed, with the same arithmetic, in a fraction of the
time. Only the masks of faces that are larger than about 600 pixels are blurred at a reduced size,
which may change a pixel by one grey level.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import FaceMask, FaceTooSmallToSwap
from cocopfs.faces.warp_back import inverse, warp_back

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

# Eyes and mouth of the aligned face lie on this rectangle's border (insightface's `arcface_dst`,
# shifted for 128 pixels): left, top, right, bottom.
_INNER_FACE = (46.3, 51.6, 81.5, 92.3)


def inswapper_mask(height: int, width: int, matrix: NDArray[np.float64]) -> FaceMask:
    """The mask with which `INSwapper.get` blends into a frame of that size.

    It depends on nothing but the face's place, so all swaps of one face can share it.
    Raises FaceTooSmallToSwap when the face lies outside the frame, or when the mean opacity over
    the inner face (as much of it as lies in the frame) is below MIN_OPACITY.
    """
    back = inverse(matrix)
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
    for rows, warped in warp_back(white, back, right, top, bottom):
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
    left, top, right, bottom = _extent(inverse(matrix), *_INNER_FACE)
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
