"""Structural similarity of two pictures (Wang et al. 2004)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW = 7
"""Side of the window, pixels."""

_K1, _K2 = 0.01, 0.03


def mean_ssim(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Mean SSIM of two (h, w, 3) uint8 pictures, over the windows that lie whole in the picture, as
    scikit-image takes it."""
    edge = WINDOW // 2
    return float(ssim_map(first, second)[edge:-edge, edge:-edge].mean())


def ssim_map(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float64]:
    """SSIM at each pixel and channel: (h, w, 3) float64 of two (h, w, 3) uint8 pictures.

    Uniform 7 x 7 windows and sample covariance, as scikit-image's `structural_similarity` has them;
    beyond the edge the picture is mirrored.
    """
    x, y = first.astype(np.float64), second.astype(np.float64)
    mean_x, mean_y = _mean(x), _mean(y)
    sample = WINDOW**2 / (WINDOW**2 - 1)
    variance_x = sample * (_mean(x * x) - mean_x * mean_x)
    variance_y = sample * (_mean(y * y) - mean_y * mean_y)
    covariance = sample * (_mean(x * y) - mean_x * mean_y)
    c1, c2 = (_K1 * 255) ** 2, (_K2 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    below = (mean_x * mean_x + mean_y * mean_y + c1) * (variance_x + variance_y + c2)
    return np.asarray(above / below, np.float64)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    window = (WINDOW, WINDOW)
    return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REFLECT), np.float64)
