"""A sheet of skin to paint on: soft masks laid over colour, in the head's (u, v) coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

CELL = 0.0105
U = np.arange(-1.05, 1.05, CELL).astype(np.float32)
V = np.arange(-1.22, 1.16, CELL).astype(np.float32)


@dataclass(frozen=True)
class Sheet:
    """u: (1, w) and v: (h, 1) of its places; colour: (3, h, w) linear light RGB; gloss: (h, w).

    A part of a sheet is a view: what is painted on it, is painted on the whole.
    """

    u: NDArray[np.float32]
    v: NDArray[np.float32]
    colour: NDArray[np.float32]
    gloss: NDArray[np.float32]

    def part(self, left: float, right: float, top: float, bottom: float) -> Sheet:
        columns = slice(*np.searchsorted(self.u[0], (left, right)).tolist())
        rows = slice(*np.searchsorted(self.v[:, 0], (top, bottom)).tolist())
        return Sheet(
            self.u[:, columns],
            self.v[rows],
            self.colour[:, rows, columns],
            self.gloss[rows, columns],
        )

    def cover(self, mask: NDArray[Any], colour: NDArray[Any] | tuple[float, ...]) -> None:
        """Lays a colour, (3,) or (3, h, w), over the sheet where the mask, (h, w), says so."""
        pigment = np.asarray(colour, np.float32)
        if pigment.ndim == 1:
            pigment = pigment[:, None, None]
        self.colour[:] += (pigment - self.colour) * np.asarray(mask, np.float32)

    def darken(self, mask: NDArray[Any], share: tuple[float, float, float]) -> None:
        """Leaves only that share of each colour where the mask is 1."""
        lost = 1 - np.asarray(share, np.float32)
        self.colour[:] *= 1 - lost[:, None, None] * np.asarray(mask, np.float32)


def blank(colour: NDArray[np.float32], gloss: float) -> Sheet:
    """A sheet of one colour, (3,)."""
    shape = (len(V), len(U))
    whole = np.empty((3, *shape), np.float32)
    whole[:] = colour[:, None, None]
    return Sheet(U[None, :], V[:, None], whole, np.full(shape, gloss, np.float32))
