"""What backgrounds under the sky are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cocopfs.world.canvas import Canvas
from cocopfs.world.colours import Colour, shade, vary
from cocopfs.world.outlines import evenly, steps
from cocopfs.world.pen import Pen


def sky(canvas: Canvas, rng: np.random.Generator, horizon: float) -> None:
    skies = (
        ((0.16, 0.36, 0.76), (0.60, 0.73, 0.85)),
        ((0.22, 0.44, 0.80), (0.70, 0.79, 0.86)),
        ((0.46, 0.53, 0.61), (0.74, 0.76, 0.78)),
        ((0.24, 0.30, 0.58), (0.90, 0.60, 0.38)),
    )
    above, below = skies[int(rng.integers(len(skies)))]
    canvas.gradient(0, horizon + 12, above, below)
    for _ in range(int(rng.integers(2, 6))):
        pen = pen_at(canvas, rng.uniform(0, canvas.width), rng.uniform(8, 0.6 * horizon), 1)
        size = rng.uniform(0.7, 1.3)
        for step in range(4):
            pen.ball(
                (step - 1.5) * 20 * size,
                rng.uniform(-5, 4),
                rng.uniform(15, 25) * size,
                (0.84, 0.86, 0.88),
                height=rng.uniform(7, 12) * size,
                gloss=0,
                shadow=0,
            )


def tree(pen: Pen, rng: np.random.Generator) -> None:
    """About 6 units high."""
    green = vary(rng, (0.07, 0.23, 0.05), 0.3)
    pen.limb((0, 0), (0.1, -3), 0.32, 0.2, (0.12, 0.07, 0.04), shadow=0)
    for _ in range(6):
        pen.ball(
            rng.normal(0, 1.0),
            rng.normal(-4.1, 0.8),
            rng.uniform(1.0, 1.6),
            shade(green, rng.uniform(0.7, 1.3)),
            gloss=0,
            shadow=0.1,
        )


def fir(pen: Pen) -> None:
    """About 6 units high."""
    pen.limb((0, 0), (0, -1.2), 0.25, 0.25, (0.12, 0.07, 0.04), shadow=0)
    for y, half in ((-0.8, 1.7), (-2.3, 1.35), (-3.7, 0.95)):
        pen.solid([(-half, y), (half, y), (0, y - 2.3)], (0.035, 0.13, 0.07), 0.3, gloss=0)
        pen.flat([(-0.5 * half, y - 1.05), (0.4 * half, y - 1.2), (0, y - 2.3)], (0.7, 0.75, 0.8))


def house(pen: Pen, rng: np.random.Generator, left: float, wide: float, high: float) -> None:
    walls: Sequence[Colour] = (
        (0.42, 0.20, 0.14),
        (0.50, 0.44, 0.36),
        (0.30, 0.32, 0.36),
        (0.55, 0.36, 0.22),
    )
    wall = vary(rng, walls[int(rng.integers(4))], 0.2)
    pen.panel(left, -high, left + wide, 0, wall)
    pen.panel(left - 2, -high - 4, left + wide + 2, -high + 3, shade(wall, 0.6))
    columns, step = max(int(wide // 26), 2), wide / max(int(wide // 26), 2)
    for y in steps(-high + 14, -46, 30):
        for column in range(columns):
            x = left + (column + 0.5) * step
            glass = (0.82, 0.72, 0.42) if rng.random() < 0.16 else (0.14, 0.19, 0.26)
            pen.panel(x - 7, y, x + 7, y + 18, glass)
            pen.panel(x - 8, y + 18, x + 8, y + 20.5, shade(wall, 1.4))
    if rng.random() < 0.6:
        awning = vary(rng, (0.4, 0.1, 0.1), 0.9)
        pen.panel(left + 6, -34, left + wide - 6, 0, (0.10, 0.12, 0.15))
        pen.flat(
            [(left + 2, -36), (left + wide - 2, -36), (left + wide + 4, -24), (left - 4, -24)],
            awning,
        )
    else:
        pen.panel(left + wide / 2 - 9, -32, left + wide / 2 + 9, 0, (0.16, 0.08, 0.04))


def hills(canvas: Canvas, rng: np.random.Generator, horizon: float, colour: Colour) -> None:
    pen, wide = pen_at(canvas, 0, horizon, 1), canvas.width
    for haze in (0.5, 0.25):
        points = [(x, -rng.uniform(6, 34) * (0.6 + haze)) for x in evenly(-30, wide + 30, 7)]
        mixed = np.asarray(colour) * (1 - haze) + np.array([0.55, 0.64, 0.72]) * haze
        pen.flat([*points, (wide + 60, 14), (-60, 14)], mixed, smooth=True)


def path(canvas: Canvas, rng: np.random.Generator, horizon: float) -> None:
    wide, deep = canvas.width, canvas.height - horizon
    start, end = rng.uniform(0.2, 0.8) * wide, rng.uniform(0.2, 0.8) * wide
    pen = pen_at(canvas, 0, horizon, 1)
    pen.flat(
        [
            (start - 8, 2),
            (start + 8, 2),
            ((start + end) / 2 + 50, 0.4 * deep),
            (end + 130, deep + 5),
            (end - 130, deep + 5),
            ((start + end) / 2 - 50, 0.4 * deep),
        ],
        (0.46, 0.39, 0.29),
    )


def water(canvas: Canvas, rng: np.random.Generator, top: float, bottom: float) -> None:
    canvas.gradient(top, bottom, (0.05, 0.22, 0.40), (0.12, 0.40, 0.48))
    canvas.grain(top, bottom, 0.07, 6, int(rng.integers(1 << 30)))
    pen = pen_at(canvas, 0, 0, 1)
    for _ in range(14):
        y = rng.uniform(top + 4, bottom)
        x, half = rng.uniform(0, canvas.width), rng.uniform(8, 34)
        pen.line((x - half, y), (x + half, y), 1.6, (0.34, 0.55, 0.62))


def pen_at(canvas: Canvas, x: float, y: float, unit: float) -> Pen:
    return Pen(canvas, float(x), float(y), float(unit))


def spread(rng: np.random.Generator, count: int) -> list[float]:
    """Places between 0 and 1, about evenly spread."""
    return [float((step + rng.uniform(0.1, 0.9)) / count) for step in range(count)]
