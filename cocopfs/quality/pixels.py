"""What a swap did to the pixels of its face: change, sharpness, seam."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.region import Region

_OPAQUE = 0.99  # opacity from which on nothing of the original is seen


def mean_change(region: Region) -> float:
    """Mean absolute difference of swap and original over the pixels inside the mask (opacity above
    0.5) and the three channels, in grey levels 0..255; 0 for an empty mask."""
    difference = cv2.absdiff(region.original, region.swapped)
    return math.fsum(cv2.mean(difference, region.inside.astype(np.uint8))) / 3


def sharpness(region: Region) -> float | None:
    """Variance of the Laplacian of the grey picture inside the mask (opacity above 0.5), swap /
    original: below 1 the swap has less fine detail. None where the original has no detail at all.

    The variance of the Laplacian as a focus measure: Pech-Pacheco et al., ICPR 2000; here with the
    four-neighbour kernel.
    """
    inside = region.inside.astype(np.uint8)
    before, after = (_laplacian_variance(p, inside) for p in (region.original, region.swapped))
    return after / before if before > 0 else None


def seam(region: Region) -> float | None:
    """Mean gradient of the grey picture (Sobel, 3 x 3, magnitude) on the mask's edge, swap /
    original: above 1 there are edges where the original has none. None where the original is flat.

    The edge is where the mask is neither 0 nor 1, and a pixel on either side of that.
    """
    core = cv2.erode((region.opacity >= _OPAQUE).astype(np.uint8), _NEXT)
    edge = cv2.dilate((region.opacity > 0).astype(np.uint8), _NEXT) > core
    if not edge.any():
        return None
    before, after = (_mean_gradient(p, edge) for p in (region.original, region.swapped))
    return after / before if before > 0 else None


_NEXT = np.ones((3, 3), np.uint8)

# OpenCV's sums of floats come out a little different from one run to the next: all sums here are
# those of whole numbers, or numpy's.


def _laplacian_variance(picture: NDArray[np.uint8], inside: NDArray[np.uint8]) -> float:
    second = cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.CV_16S)
    _, deviation = cv2.meanStdDev(second, mask=inside)
    return float(deviation.item()) ** 2


def _mean_gradient(picture: NDArray[np.uint8], edge: NDArray[np.bool_]) -> float:
    across, down = cv2.spatialGradient(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
    squared = np.square(across[edge], dtype=np.int32) + np.square(down[edge], dtype=np.int32)
    return float(np.sqrt(squared).mean())
