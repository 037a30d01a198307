"""A picture with a swapped face, whoever swapped it, or the reason that there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
