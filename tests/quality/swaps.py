"""Swaps of which the tests know everything."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import FaceMask, SwappedFace


def swap(picture: NDArray[np.uint8], opacity: NDArray[np.float32]) -> SwappedFace:
    """A swapped picture with the mask that (H, W) opacities make, cut to where they are not 0."""
    rows, columns = (np.flatnonzero((opacity > 0).any(axis=axis)) for axis in (1, 0))
    part = opacity[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return SwappedFace(picture, FaceMask(int(columns[0]), int(rows[0]), np.ascontiguousarray(part)))


def feathered(where: NDArray[np.bool_], reach: int) -> NDArray[np.float32]:
    """(H, W) opacities: 1 well inside, falling to 0 at the region's edge over 2 · reach pixels."""
    side = 2 * reach + 1
    core = cv2.erode(where.astype(np.float32), np.ones((side, side), np.uint8))
    return np.asarray(cv2.GaussianBlur(core, (side, side), 0), np.float32)


def square(side: int, first: int, last: int) -> NDArray[np.float32]:
    """(side, side) opacities: 1 in rows and columns first to last - 1, else 0."""
    opacity = np.zeros((side, side), np.float32)
    opacity[first:last, first:last] = 1
    return opacity


def texture(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: soft patches with fine grain, like a photograph's."""
    random = np.random.default_rng(seed)
    coarse = random.integers(40, 210, (height // 12 + 2, width // 12 + 2, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grained = smooth + random.normal(0, 6, smooth.shape)
    return np.asarray(np.clip(grained, 0, 255), np.uint8)
