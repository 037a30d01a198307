"""An aligned, swapped face put back into its picture, as insightface does, but only where it is.

insightface's `INSwapper.get` warps the face over the whole frame. Nothing changes outside its mask,
so only the mask's surroundings are computed, with the same arithmetic, in a fraction of the time.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import FaceMask, SwappedFace
from cocopfs.faces.warp_back import inverse, warp_back

_STRIP = 1 << 15  # numbers that are blended at a time, so that they stay in the processor's cache


def lay_over(
    picture: NDArray[np.uint8],
    crop: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    mask: FaceMask,
    onto: NDArray[np.uint8] | None = None,
) -> SwappedFace:
    """The picture with the aligned face `crop` laid over it.

    picture: (H, W, 3) uint8 BGR, left as it is. crop: (128, 128, 3) uint8 BGR.
    matrix: (2, 3), maps the picture's coordinates to the crop's, as `align` returns it.
    mask: of the face at that place, see `inswapper_mask`.
    onto: the picture of an earlier result with the same mask, which becomes the new result's:
    saves copying what does not change.
    """
    height, width = mask.opacity.shape
    place = np.s_[mask.y : mask.y + height, mask.x : mask.x + width]
    result = picture.copy() if onto is None else onto
    under, over = picture[place], result[place]
    back, right = inverse(matrix), mask.x + width
    for rows, warped in warp_back(crop, back, right, mask.y, mask.y + height):
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
