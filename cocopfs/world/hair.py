"""Hair: where it grows, how it lies, and its colour.

A style is a border in the head's (u, v) coordinates, below which there is skin, and a shell
around the skull: how thick it lies on top and beside, how far it hangs down, how it curls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.world.noise import Grain, patch, ramp
from cocopfs.world.person import Hair, HairColour, HairStyle


@dataclass(frozen=True, slots=True)
class Cut:
    """border: places (|u|, v) of the hair's lower edge; None stands for the person's hairline.
    top, side: thickness of the shell; edge: over which distance it rises at the border; curl:
    depth of its locks; sweep: how much strands lean away from the parting; ragged: how uneven the
    border is."""

    border: tuple[tuple[float, float | None], ...]
    top: float
    side: float
    edge: float = 0.12
    curl: float = 0.0
    sweep: float = 0.0
    ragged: float = 0.012
    bun: bool = False


_NAPE = ((1.24, -0.16), (1.34, 0.15), (1.45, 0.48), (1.8, 0.60), (2.4, 0.62))
_SIDEBURN = ((0.66, -0.50), (0.76, -0.30), (0.83, -0.16), (0.90, 0.02), (1.02, 0.10), (1.09, -0.10))
_TRIMMED = ((0.0, None), (0.30, None), (0.52, -0.66), *_SIDEBURN, *_NAPE)
_LOW = ((0.0, None), (0.32, None), (0.55, -0.54), (0.70, -0.36), (0.84, -0.14), (0.95, 0.02))


def _hanging(length: float, inner: float = 0.76) -> tuple[tuple[float, float | None], ...]:
    """From the temples straight down beside the face."""
    return (
        (inner - 0.16, -0.42),
        (inner - 0.06, -0.15),
        (inner, 0.15),
        (inner + 0.03, 0.5),
        (inner + 0.07, length - 0.06),
        (inner + 0.14, length),
        (2.4, length),
    )


CUTS = {
    HairStyle.BALD: Cut(((0.0, -2.0), (0.80, -2.0), (0.92, -0.2), (1.02, 0.0), *_NAPE), 0.0, 0.02),
    HairStyle.CROP: Cut(_TRIMMED, 0.035, 0.02, 0.06, ragged=0.02),
    HairStyle.SHORT: Cut(_TRIMMED, 0.13, 0.05, 0.16, sweep=0.35, ragged=0.03),
    HairStyle.SIDE_PARTING: Cut(_TRIMMED, 0.16, 0.06, 0.14, sweep=0.9, ragged=0.02),
    HairStyle.SWEPT_BACK: Cut(_TRIMMED, 0.20, 0.04, 0.20, sweep=0.1),
    HairStyle.CURLY: Cut((*_LOW, (1.2, 0.10), *_NAPE[2:]), 0.24, 0.16, 0.12, 0.055, 0.2, 0.04),
    HairStyle.AFRO: Cut((*_LOW, (1.2, 0.16), *_NAPE[2:]), 0.36, 0.32, 0.10, 0.035, ragged=0.02),
    HairStyle.FRINGE: Cut(
        ((0.0, -0.33), (0.5, -0.30), *_hanging(0.72)), 0.12, 0.12, 0.05, ragged=0.03
    ),
    HairStyle.BOB: Cut(
        ((0.0, None), (0.25, None), (0.45, -0.58), *_hanging(0.86)), 0.13, 0.15, 0.12, 0, 0.8
    ),
    HairStyle.LONG: Cut(
        ((0.0, None), (0.25, None), (0.45, -0.58), *_hanging(1.45)), 0.11, 0.11, 0.12, 0, 0.6
    ),
    HairStyle.WAVY: Cut(
        ((0.0, None), (0.25, None), (0.45, -0.58), *_hanging(1.35)), 0.16, 0.19, 0.12, 0.03, 0.8
    ),
    HairStyle.BUN: Cut((*_LOW, (1.08, -0.06), *_NAPE), 0.06, 0.04, 0.10, bun=True),
}

_CENTRE = -0.25


def cover(hair: Hair, u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """(v, u): how far inside the hair a place lies, about head units, negative on bare skin."""
    cut = CUTS[hair.style]
    away, border = zip(*cut.border, strict=True)
    heights = [hair.line if y is None else y for y in border]
    fine = np.arange(0, 2.5, 0.01)
    smooth = np.convolve(
        np.pad(np.interp(fine, away, heights), 5, "edge"), np.full(11, 1 / 11), "valid"
    )
    edge = np.interp(np.abs(u), fine, smooth)
    slope = np.interp(np.abs(u), fine, np.abs(np.gradient(smooth, fine)))
    if cut.sweep > 0.3:  # the parting opens the hairline, the other side hangs lower
        lift = np.tanh((u - 0.4 * hair.parting) * 5) * -np.sign(hair.parting)
        edge = edge + 0.05 * cut.sweep * lift * ramp(np.abs(u), 0.75, 0.45)
    found = (edge[None, :] - v[:, None]) / np.sqrt(1 + np.minimum(slope, 12) ** 2)[None, :]
    if hair.style is HairStyle.BALD:
        found = np.minimum(found, v[:, None] + 0.62 - 0.2 * (np.abs(u) > 1.6))
    if cut.bun:
        found = np.maximum(found, ramp(v[:, None], -1.0, -1.1) - 0.5)
    return np.asarray(found, np.float32)


def shell(
    hair: Hair,
    skin: NDArray[np.float32],
    skull: NDArray[np.float32],
    inside: NDArray[np.float32],
    u: NDArray[np.float32],
    v: NDArray[np.float32],
) -> NDArray[np.float32]:
    """The radius with the hair on. skin: radius without it; skull: without face and neck; inside:
    what `cover` found."""
    cut = CUTS[hair.style]
    top, side = cut.top * hair.volume, cut.side * hair.volume
    thick = side + (top - side) * ramp(v, -0.35, -0.85)
    height = np.minimum((v - _CENTRE) / (1 + thick) + _CENTRE, -0.1)
    rows = np.interp(height, v, np.arange(len(v)))
    low = np.floor(rows).astype(np.intp)
    share = (rows - low).astype(np.float32)[:, None]
    round_skull = skull[low] * (1 - share) + skull[np.minimum(low + 1, len(v) - 1)] * share
    found = round_skull * (1 + thick[:, None])
    found = found * (1 - 0.10 * ramp(v, 0.2, 1.5))[:, None]
    locks = patch(Grain.CURLS, len(v), len(u), hair.key) * np.float32(cut.curl * hair.volume)
    strands = patch(Grain.STRANDS, len(v), len(u), hair.key) * np.float32(
        0.05 * (0.02 + thick[:, None])
    )
    found = found + locks + strands
    if cut.bun:
        knot = np.sqrt(np.clip(0.24**2 - (v + 1.28) ** 2, 0, None))[:, None]
        found = np.maximum(found, knot)
    rise = np.sqrt(ramp(inside, -0.01, cut.edge))
    return np.asarray(skin + np.maximum(found - skin, 0.004) * rise * (inside > -0.01), np.float32)


_COLOURS = {
    HairColour.BLACK: (0.022, 0.018, 0.017),
    HairColour.BROWN: (0.11, 0.058, 0.032),
    HairColour.BLOND: (0.50, 0.34, 0.16),
    HairColour.RED: (0.36, 0.12, 0.045),
    HairColour.GREY: (0.42, 0.41, 0.40),
}


def pigment(colour: HairColour) -> NDArray[np.float32]:
    """(3,) linear light RGB."""
    return np.array(_COLOURS[colour], np.float32)
