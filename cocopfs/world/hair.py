"""Hair: where it grows, how it lies, and its colour.

A cut is a border in the head's (u, v) coordinates, below which there is skin, and a shell around
the skull: how thick it lies on top and beside, how far it hangs down, how it curls.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.noise import SIDE, Grain, bank, bell, patch, ramp
from cocopfs.world.person import Hair, HairColour, HairStyle
from cocopfs.world.seeds import generator


class Comb(Enum):
    """Which way strands run."""

    DOWN = "from the crown"
    BACK = "from the forehead over the head"
    ACROSS = "from the parting to the sides"
    CURLED = "every way"
    CROPPED = "too short to tell"


@dataclass(frozen=True, slots=True)
class Cut:
    """border: places (|u|, v) of the hair's lower edge; None stands for the person's hairline.
    top, side: thickness of the shell; edge: over which distance it rises at the border; curl:
    depth of its locks; ragged: how far strands leave the border; length: y of the ends of hair
    that hangs, None for hair that clings."""

    border: tuple[tuple[float, float | None], ...]
    comb: Comb
    top: float
    side: float
    edge: float = 0.12
    curl: float = 0.0
    ragged: float = 0.010
    length: float | None = None
    bun: bool = False

    @property
    def steep(self) -> bool:
        """Whether the shell stands off the skin like a wall."""
        return self.length is not None or self.comb is Comb.CURLED


_NAPE = ((1.24, -0.16), (1.36, 0.0), (1.50, 0.32), (1.8, 0.54), (2.4, 0.58))
_SIDEBURN = ((0.66, -0.50), (0.74, -0.32), (0.80, -0.16), (0.87, 0.02), (0.99, 0.10), (1.08, -0.10))
_TRIMMED = ((0.0, None), (0.28, None), (0.47, -0.80), (0.57, -0.68), *_SIDEBURN, *_NAPE)
_ROUND = ((0.0, None), (0.28, None), (0.50, -0.66), (0.66, -0.42), (0.78, -0.16), (0.90, 0.04))
_OPEN = ((0.0, None), (0.18, None), (0.38, -0.72))
_RING = ((0.0, -2.0), (0.76, -2.0), (0.84, -0.3), (0.90, 0.0), (1.0, 0.08), (1.08, -0.10), *_NAPE)


def _hanging(length: float) -> tuple[tuple[float, float | None], ...]:
    """From the temples straight down beside the face."""
    return (
        (0.57, -0.48),
        (0.66, -0.18),
        (0.73, 0.15),
        (0.79, 0.50),
        (0.84, length - 0.06),
        (0.92, length),
        (2.4, length),
    )


CUTS = {
    HairStyle.BALD: Cut(_RING, Comb.CROPPED, 0.0, 0.012, 0.10, ragged=0.024),
    HairStyle.CROP: Cut(_TRIMMED, Comb.CROPPED, 0.05, 0.02, 0.20, ragged=0.024),
    HairStyle.SHORT: Cut(_TRIMMED, Comb.BACK, 0.15, 0.05, 0.28, 0.018, 0.016),
    HairStyle.SIDE_PARTING: Cut(_TRIMMED, Comb.ACROSS, 0.19, 0.06, 0.18, ragged=0.012),
    HairStyle.SWEPT_BACK: Cut(_TRIMMED, Comb.BACK, 0.24, 0.04, 0.34, ragged=0.014),
    HairStyle.CURLY: Cut(
        (*_ROUND, (1.2, 0.10), *_NAPE[2:]), Comb.CURLED, 0.26, 0.16, 0.10, 0.055, 0.016
    ),
    HairStyle.AFRO: Cut(
        (*_ROUND, (1.2, 0.16), *_NAPE[2:]), Comb.CURLED, 0.38, 0.34, 0.09, 0.03, 0.012
    ),
    HairStyle.FRINGE: Cut(
        ((0.0, -0.36), (0.46, -0.32), *_hanging(0.72)[1:]),
        Comb.DOWN, 0.13, 0.13, 0.06, 0.0, 0.016, 0.72,
    ),
    HairStyle.BOB: Cut((*_OPEN, *_hanging(0.86)), Comb.ACROSS, 0.14, 0.15, 0.10, length=0.86),
    HairStyle.LONG: Cut((*_OPEN, *_hanging(1.45)), Comb.ACROSS, 0.12, 0.11, 0.10, length=1.45),
    HairStyle.WAVY: Cut(
        (*_OPEN, *_hanging(1.35)), Comb.ACROSS, 0.17, 0.19, 0.12, 0.035, length=1.35
    ),
    HairStyle.BUN: Cut((*_ROUND, (1.08, -0.06), *_NAPE), Comb.BACK, 0.07, 0.04, 0.14, bun=True),
}  # fmt: skip

_GRAIN = {Comb.CURLED: Grain.CURLS, Comb.CROPPED: Grain.FINE}
_CENTRE = -0.25


def cover(hair: Hair, u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """(v, u): how far inside the hair a place lies, about head units, negative on bare skin."""
    cut = CUTS[hair.style]
    away, border = zip(*cut.border, strict=True)
    heights = [hair.line if y is None else y for y in border]
    fine = np.arange(0, 2.5, 0.01)
    knots = np.pad(np.interp(fine, away, heights), 5, "edge")
    smooth = np.convolve(knots, np.full(11, 1 / 11), "valid")
    edge = np.interp(np.abs(u), fine, smooth)
    slope = np.interp(np.abs(u), fine, np.abs(np.gradient(smooth, fine)))
    if cut.comb is Comb.ACROSS:  # the hair opens at the parting and lies lower on the long side
        lower = np.tanh((u - parting(hair)) * 6) * -np.sign(hair.parting)
        edge = edge + 0.05 * lower * ramp(np.abs(u), 0.75, 0.45)
    found = (edge[None, :] - v[:, None]) / np.sqrt(1 + np.minimum(slope, 12) ** 2)[None, :]
    if hair.style is HairStyle.BALD:
        found = np.minimum(found, v[:, None] + 0.55)
    if cut.bun:
        found = np.maximum(found, ramp(v[:, None], -1.0, -1.1) - 0.5)
    return np.asarray(found, np.float32)


def form(hair: Hair, skull: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """(v, u): the smooth body of the hair, the skull swollen around its middle. skull: the
    radius without face and neck."""
    cut = CUTS[hair.style]
    top, side = cut.top * hair.volume, cut.side * hair.volume
    thick = side + (top - side) * ramp(v, -0.35, -0.85)
    height = (v - _CENTRE) / (1 + thick) + _CENTRE
    if cut.length is not None:
        height = np.minimum(height, -0.1)
    rows = np.interp(height, v, np.arange(len(v)))
    low = np.floor(rows).astype(np.intp)
    share = (rows - low).astype(np.float32)[:, None]
    swollen = skull[low] * (1 - share) + skull[np.minimum(low + 1, len(v) - 1)] * share
    narrowing = (1 + thick) * (1 - 0.10 * ramp(v, 0.2, 1.5))
    return np.asarray(swollen * narrowing[:, None], np.float32)


def shell(
    hair: Hair,
    skin: NDArray[np.float32],
    body: NDArray[np.float32],
    inside: NDArray[np.float32],
    strands: NDArray[np.float32],
    u: NDArray[np.float32],
    v: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The radius with the hair on. skin: radius without it; body: as `form` found it; inside: as
    `cover` found it; strands: how much they stand out."""
    cut = CUTS[hair.style]
    if cut.bun:
        knot = np.sqrt(np.clip(0.24**2 - (v + 1.28) ** 2, 0, None))[:, None]
        body = np.maximum(body, knot)
    found = body
    if cut.curl:
        locks = patch(Grain.CURLS, len(v), len(u), hair.key) * np.float32(cut.curl * hair.volume)
        found = found + locks * ramp(v, -1.45, -1.0)[:, None]
    found = found + strands * np.float32(0.07 * min(0.02 + cut.side, 0.12))
    if cut.comb is Comb.ACROSS:
        found = found - 0.045 * bell(u, parting(hair), 0.035) * ramp(v, -0.55, -0.75)[:, None]
    if cut.steep:
        # Its wall begins inside the hair, or skin would show at its foot.
        rise = np.sqrt(ramp(inside, 0.028, 0.028 + cut.edge))
    else:
        rise = ramp(inside, 0.0, cut.edge)
    grown = skin + np.maximum(found - skin, 0.006) * rise
    return np.asarray(np.where(body > 0.04, grown, 0), np.float32)


def comb(
    hair: Hair, body: NDArray[np.float32], u: NDArray[np.float32], v: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(v, u) each: a coordinate across the strands and one along them, head units. body: as `form`
    found it."""
    theta = (u / np.abs(u[0]) * np.pi)[None, :]
    beside, before = body * np.sin(theta), body * np.cos(theta)
    wide, high = np.broadcast_to(u[None, :], body.shape), np.broadcast_to(v[:, None], body.shape)
    way = CUTS[hair.style].comb
    if way is Comb.BACK:
        lower = ramp(v, -0.6, -0.2)[:, None]
        return np.asarray(beside * (1 - lower) + wide * lower), np.asarray(high - before)
    if way is Comb.ACROSS:
        side = np.where(wide > parting(hair), np.float32(2.3), np.float32(0))
        return np.asarray(before + side), np.asarray(high + np.abs(beside))
    return np.ascontiguousarray(wide), np.ascontiguousarray(high)


def strands_at(
    hair: Hair, across: NDArray[np.float32], along: NDArray[np.float32], finer: float = 1.0
) -> NDArray[np.float32]:
    """Light and dark strands, mean 0 and standard deviation 1, at coordinates of `comb`."""
    grain = _GRAIN.get(CUTS[hair.style].comb, Grain.STRANDS)
    shift = generator(hair.key, "strands").integers(0, SIDE, 2).astype(np.float32)
    found = cv2.remap(
        bank(grain),
        across * np.float32(95 * finer) + shift[0],
        along * np.float32(95) + shift[1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(found, np.float32)


def parting(hair: Hair) -> float:
    """u of the parting."""
    return 0.45 * hair.parting


_COLOURS = {
    HairColour.BLACK: (0.020, 0.016, 0.015),
    HairColour.BROWN: (0.105, 0.056, 0.032),
    HairColour.BLOND: (0.46, 0.31, 0.15),
    HairColour.RED: (0.32, 0.105, 0.04),
    HairColour.GREY: (0.40, 0.39, 0.38),
}


def pigment(colour: HairColour) -> NDArray[np.float32]:
    """(3,) linear light RGB."""
    return np.array(_COLOURS[colour], np.float32)
