"""Where in the picture a person is, and how large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocopfs.world.kinds import Kind
from cocopfs.world.stage import WHOLE, Context
from cocopfs.world.stances import Stance

_SIZES = ((480, 360, 0.60), (480, 320, 0.08), (448, 384, 0.08), (360, 480, 0.24))
_WIDE = (480, 360)


@dataclass(frozen=True, slots=True)
class Framing:
    """x, y: the head's centre in pixels; unit: pixels a head unit; whole: the feet are seen."""

    width: int
    height: int
    x: float
    y: float
    unit: float
    whole: bool


def frame(rng: np.random.Generator, context: Context, stance: Stance, kind: Kind) -> Framing:
    """A framing in which the person, and what the main hand reaches, are in the picture."""
    shots = context.shots
    if kind in (Kind.TINY_FACE, Kind.TWO_PEOPLE, Kind.CROWD, Kind.POSTER):
        shots = tuple(shot for shot in shots if shot == WHOLE) or shots
    # People photograph people from near: a whole figure has a face of few pixels.
    weights = np.array([0.3 if shot == WHOLE else 1.0 for shot in shots])
    shot = shots[int(rng.choice(len(shots), p=weights / weights.sum()))]
    width, height = _size(rng, context, kind)
    above = context.headroom + rng.uniform(0.0, 0.4)
    whole = shot == WHOLE
    if whole:
        below = stance.ground + stance.underfoot + rng.uniform(0.25, 0.8)
    else:
        below = shot[0] + (shot[1] - shot[0]) * rng.uniform() ** 2
    unit = height / (above + below)
    if kind is Kind.TINY_FACE:
        unit = rng.uniform(8.0, 12.5)
    elif whole and rng.random() < 0.2:
        unit *= rng.uniform(0.84, 1.0)
    unit = min(unit, width / (context.reach + 3.0))
    y = height - below * unit
    if whole and kind is Kind.TINY_FACE:
        y -= rng.uniform(0.0, 0.12) * height
    if kind is Kind.CUT_FACE:
        y = -rng.uniform(0.40, 0.50) * unit
    return Framing(width, height, _aside(rng, width, unit, context, kind), y, unit, whole)


def _size(rng: np.random.Generator, context: Context, kind: Kind) -> tuple[int, int]:
    if kind in (Kind.TWO_PEOPLE, Kind.CROWD, Kind.POSTER) or context.reach > 4.5:
        return _WIDE
    shares = np.array([share for *_, share in _SIZES])
    width, height, _ = _SIZES[int(rng.choice(len(_SIZES), p=shares / shares.sum()))]
    return width, height


def _aside(
    rng: np.random.Generator, width: int, unit: float, context: Context, kind: Kind
) -> float:
    """The head's x, for a main hand on the right; mirrored for one on the left."""
    if kind is Kind.POSTER:
        return float(width * rng.uniform(0.26, 0.32))
    left, right = 2.4 * unit, width - (context.reach + 0.2) * unit
    if left >= right:
        return (left + right) / 2
    middle = min(max(width / 2, left), right)
    return float(np.clip(rng.normal(middle, 0.10 * width), left, right))
