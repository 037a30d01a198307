"""The drawn world's paints, by the names that its captions use. Linear RGB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[float, float, float]
_Choice = TypeVar("_Choice")

PAINTS: Mapping[str, Colour] = {
    "red": (0.55, 0.04, 0.04),
    "blue": (0.06, 0.15, 0.52),
    "green": (0.06, 0.32, 0.11),
    "yellow": (0.78, 0.54, 0.05),
    "white": (0.74, 0.74, 0.72),
    "black": (0.028, 0.028, 0.034),
    "orange": (0.78, 0.25, 0.03),
    "purple": (0.25, 0.08, 0.38),
    "pink": (0.78, 0.27, 0.40),
    "gray": (0.27, 0.27, 0.29),
    "brown": (0.22, 0.10, 0.045),
    "teal": (0.03, 0.32, 0.34),
}
BRIGHT = ("red", "blue", "green", "yellow", "orange", "purple", "pink", "teal", "white")
WOODS: Sequence[Colour] = ((0.40, 0.23, 0.10), (0.26, 0.13, 0.06), (0.52, 0.35, 0.18))
METAL: Colour = (0.50, 0.51, 0.53)
RUBBER: Colour = (0.022, 0.022, 0.024)
FURS: Mapping[str, Colour] = {
    "brown": (0.40, 0.22, 0.10),
    "black": (0.06, 0.055, 0.05),
    "white": (0.72, 0.68, 0.60),
    "gray": (0.30, 0.29, 0.28),
    "orange": (0.62, 0.30, 0.10),
}


def pick(rng: np.random.Generator, choices: Sequence[_Choice]) -> _Choice:
    """One of several, all equally likely."""
    return choices[int(rng.integers(len(choices)))]


def shade(colour: ArrayLike, factor: float) -> NDArray[np.float32]:
    """Darker below 1, brighter above."""
    return np.asarray(
        np.clip(np.asarray(colour, np.float32) * np.float32(factor), 0.005, 0.95), np.float32
    )


def vary(rng: np.random.Generator, colour: ArrayLike, spread: float = 0.15) -> NDArray[np.float32]:
    """Not quite the same colour."""
    factors = rng.uniform(1 - spread, 1 + spread, 3).astype(np.float32)
    return np.asarray(np.clip(np.asarray(colour, np.float32) * factors, 0.005, 0.95), np.float32)
