"""From the aligned square back into the picture's coordinates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_BAND = 1 << 17  # pixels that are warped at a time, so that they stay in the processor's cache


def inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transform from the crop's coordinates to the picture's, (2, 3).

    matrix: the other way, as `align` returns it. Raises ValueError when it is not invertible.
    """
    (a, b, x), (c, d, y) = matrix.tolist()  # numpy takes longer over six numbers than Python
    if not math.isfinite(a + b + c + d + x + y) or a * d == b * c:
        raise ValueError(f"not an alignment: {matrix.tolist()}")
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def warp_back(
    image: NDArray[Any], back: NDArray[np.float64], width: int, top: int, bottom: int
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Rows top to bottom, from column 0 to width, of the warped image, some at a time: which of the
    rows, counted from top, and their pixels.

    image: the crop, or a mask of its size. back: from its coordinates to the picture's, (2, 3).

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
