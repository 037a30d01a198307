"""The part of a picture in which a swap can show: the mask with its surroundings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.swapped import SwappedFace

_RING = 0.25  # width of the surroundings, as a share of the mask's size


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """original, swapped: (h, w, 3) uint8 BGR. opacity: (h, w) float32, 0 around the mask.
    ring: width of the surroundings, pixels; less of them where the frame ends."""

    original: NDArray[np.uint8]
    swapped: NDArray[np.uint8]
    opacity: NDArray[np.float32]
    ring: int

    @classmethod
    def around(cls, original: NDArray[np.uint8], swap: SwappedFace) -> Region:
        """original: (H, W, 3) uint8 BGR, as large as the swap's picture.

        The surroundings are 0.25 of the square root of the mask's area wide, at least 3 pixels.
        """
        mask = swap.mask
        height, width = mask.opacity.shape
        ring = max(3, round(_RING * math.sqrt(np.count_nonzero(mask.opacity > 0.5))))
        top, left = max(mask.y - ring, 0), max(mask.x - ring, 0)
        bottom = min(mask.y + height + ring, original.shape[0])
        right = min(mask.x + width + ring, original.shape[1])
        opacity = np.zeros((bottom - top, right - left), np.float32)
        row, column = mask.y - top, mask.x - left
        opacity[row : row + height, column : column + width] = mask.opacity
        place = np.s_[top:bottom, left:right]
        return cls(original[place], swap.picture[place], opacity, ring)

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(h, w): where the swap shows more than the original."""
        return self.opacity > 0.5
