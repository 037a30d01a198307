"""Cosines that are the same on any CPU, with any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_GRID = 2.0**26


def on_grid(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Unit vectors (n, d) with their coordinates rounded to multiples of 2^-26, in float64.

    Products of two such numbers are multiples of 2^-52, and sums of them below 2 in size (by
    Cauchy and Schwarz all partial sums are) fit into a float64: so cosines come out exact, the same
    on any CPU, with any number of threads and any cut into blocks. They differ from those of the
    vectors as given by about 1e-8.
    """
    rounded: NDArray[np.float64] = np.rint(np.asarray(vectors, np.float64) * _GRID) / _GRID
    return rounded
