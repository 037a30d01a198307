"""Random faces and sources for networks of inswapper's interface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]


def faces(count: int) -> Numbers:
    """(count, 3, 128, 128) in [0, 1]."""
    return np.random.default_rng(count).random((count, 3, 128, 128), np.float32)


def sources(count: int) -> Numbers:
    """(count, 512) of unit length."""
    rows = np.random.default_rng(count).standard_normal((count, 512), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows
