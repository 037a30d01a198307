"""Whether a swap left alone what it must not touch: PSNR and SSIM outside the mask."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import FaceMask, SwappedFace
from cocopfs.quality.ssim import WINDOW, ssim_map

MAX_PSNR = 100.0
"""What stands for the infinite PSNR of two equal pictures, dB; no figure is higher."""


class OutsideFidelity(NamedTuple):
    psnr: float
    ssim: float


def outside_fidelity(original: NDArray[np.uint8], swap: SwappedFace) -> OutsideFidelity:
    """PSNR and SSIM of swap and original over all pixels of the frame where the mask is 0.

    original: (H, W, 3) uint8 BGR, as large as the swap's picture.
    PSNR: 10 log10(255² / mean squared error of these pixels' three channels), in dB, at most
    MAX_PSNR. SSIM (Wang et al. 2004): the mean over these pixels and channels of the map with
    uniform 7 x 7 windows and sample covariance, as scikit-image's `structural_similarity` computes
    it, of the original and the swap with the original's pixels inside the mask, so that what was
    swapped does not count. Both are those of the whole frame, but the map is only computed where it
    is not 1. Equal pixels, or none outside, give (MAX_PSNR, 1).
    """
    picture, mask = swap.picture, swap.mask
    values = (original[..., 0].size - np.count_nonzero(mask.opacity > 0)) * original.shape[2]
    place = _place(mask)
    covered = (mask.opacity > 0).astype(np.uint8)
    error = _squared_error(original, picture)
    error -= _squared_error(original[place], picture[place], covered)
    if error == 0:
        return OutsideFidelity(MAX_PSNR, 1.0)
    psnr = min(10 * math.log10(255**2 * values / error), MAX_PSNR)
    return OutsideFidelity(psnr, 1 - _lost_ssim(original, picture, mask) / values)


def _squared_error(
    first: NDArray[np.uint8], second: NDArray[np.uint8], where: NDArray[np.uint8] | None = None
) -> int:
    """The sum of squares, exact: some of OpenCV's ways to it lead over a square root."""
    return round(cv2.norm(first, second, cv2.NORM_L2SQR, where))


def _lost_ssim(original: NDArray[np.uint8], picture: NDArray[np.uint8], mask: FaceMask) -> float:
    """The sum of 1 - SSIM over all pixels outside the mask and the channels."""
    swapped = picture.copy()
    place, covered = _place(mask), mask.opacity > 0
    swapped[place][covered] = original[place][covered]
    differs = (original != swapped).any(axis=2)
    rows, columns = (np.flatnonzero(differs.any(axis=axis)) for axis in (1, 0))
    # A window reaches half its side; as far again, so that the cut edge sees equal pixels only.
    reach = 2 * (WINDOW // 2)
    top, left = max(int(rows[0]) - reach, 0), max(int(columns[0]) - reach, 0)
    near = np.s_[top : int(rows[-1]) + 1 + reach, left : int(columns[-1]) + 1 + reach]
    outside = np.ones(differs.shape, np.bool_)
    outside[place] = ~covered
    lost = 1 - ssim_map(original[near], swapped[near])
    return float(lost[outside[near]].sum())


def _place(mask: FaceMask) -> tuple[slice, slice]:
    height, width = mask.opacity.shape
    return slice(mask.y, mask.y + height), slice(mask.x, mask.x + width)
