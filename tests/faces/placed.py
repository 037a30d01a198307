"""Where an aligned face comes from, for tests of what is laid over a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def matrix_of(centre: tuple[float, float], side: float, degrees: float = 7) -> NDArray[np.float64]:
    """From the picture's coordinates to the crop's, of a square of that side about a point."""
    angle, scale = np.radians(degrees), 128 / side
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, 64 - turn @ np.array(centre)])
