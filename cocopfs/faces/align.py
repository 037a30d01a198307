"""A face brought to the standard place, scale and tilt on which recognisers and swappers work."""

from __future__ import annotations

import threading
import warnings
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_SIDE = 32_766
"""OpenCV warps no picture that is longer or wider, pixels."""

# Warning filters belong to the whole process: two threads that change them at once may leave a
# wrong set behind.
_FILTERS = threading.Lock()


def align(
    picture: NDArray[np.uint8], points: NDArray[np.float32], size: Literal[112, 128]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The aligned face and the transform that made it: insightface's `norm_crop2`.

    picture: (H, W, 3) uint8 BGR.
    points: (5, 2) float32, the landmarks of records.Face.
    size: side of the crop in pixels, 112 for the recogniser, 128 for inswapper.
    Returns (size, size, 3) uint8 BGR, black outside the frame, and the (2, 3) float64 similarity
    transform from the picture's coordinates to the crop's.
    Raises ValueError when the landmarks fall into one point, or the picture exceeds MAX_SIDE.
    """
    matrix = similarity(points, size)
    return warp(picture, matrix, size), matrix


def similarity(points: NDArray[np.float32], size: Literal[112, 128]) -> NDArray[np.float64]:
    """The transform of `align`: (2, 3) float64, from a picture's coordinates to the crop's.

    Raises ValueError when the landmarks fall into one point.
    """
    from insightface.utils import face_align  # slow to import; most commands do without it

    if not np.isfinite(points).all() or not np.ptp(points, axis=0).any():
        raise ValueError(f"not the landmarks of a face: {points.tolist()}")
    with _FILTERS, warnings.catch_warnings():
        # insightface uses what scikit-image is to drop in 2.2
        warnings.filterwarnings("ignore", "`estimate` is deprecated", FutureWarning)
        return np.asarray(face_align.estimate_norm(points, size), np.float64)


def warp(
    picture: NDArray[np.uint8], matrix: NDArray[np.float64], size: Literal[112, 128]
) -> NDArray[np.uint8]:
    """The crop of `align`, by a transform that is known already: what pictures of one face share.

    Raises ValueError when the picture exceeds MAX_SIDE.
    """
    if max(picture.shape[:2]) > MAX_SIDE:
        raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} cannot be warped")
    return np.asarray(cv2.warpAffine(picture, matrix, (size, size), borderValue=0.0), np.uint8)
