"""Backgrounds under the sky. Each draws over the whole canvas and returns its ground."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cocopfs.world.canvas import Canvas
from cocopfs.world.colours import Colour, shade, vary
from cocopfs.world.outlines import evenly, steps
from cocopfs.world.scenery import fir, hills, house, path, pen_at, sky, spread, tree, water


@dataclass(frozen=True, slots=True)
class Ground:
    """horizon: y where the ground begins; floor: y from which on somebody can stand."""

    horizon: float
    floor: float


def park(canvas: Canvas, rng: np.random.Generator) -> Ground:
    horizon = canvas.height * rng.uniform(0.40, 0.52)
    sky(canvas, rng, horizon)
    hills(canvas, rng, horizon, (0.10, 0.24, 0.10))
    grass = vary(rng, (0.14, 0.33, 0.07), 0.2)
    canvas.gradient(horizon, canvas.height, shade(grass, 1.15), shade(grass, 0.7))
    canvas.grain(horizon, canvas.height, 0.13, 5, int(rng.integers(1 << 30)))
    if rng.random() < 0.5:
        path(canvas, rng, horizon)
    for x in spread(rng, int(rng.integers(4, 8))):
        tree(
            pen_at(canvas, x * canvas.width, horizon + rng.uniform(2, 14), rng.uniform(11, 22)), rng
        )
    return _defocused(canvas, rng, Ground(horizon, horizon + 25))


def field(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A baseball field."""
    horizon = canvas.height * rng.uniform(0.38, 0.46)
    sky(canvas, rng, horizon)
    for x in spread(rng, 7):
        tree(pen_at(canvas, x * canvas.width, horizon - 8, rng.uniform(9, 14)), rng)
    fence = horizon + 4
    canvas.gradient(fence - 34, fence, (0.05, 0.16, 0.09), (0.04, 0.12, 0.07))
    pen = pen_at(canvas, 0, fence, 1)
    pen.line((0, -34), (canvas.width, -34), 3, (0.70, 0.55, 0.06))
    canvas.gradient(fence, canvas.height, (0.13, 0.33, 0.07), (0.11, 0.28, 0.06))
    canvas.grain(fence, canvas.height, 0.08, 5, int(rng.integers(1 << 30)))
    dirt = fence + 0.42 * (canvas.height - fence)
    canvas.gradient(dirt, canvas.height, (0.42, 0.22, 0.11), (0.34, 0.17, 0.08))
    canvas.grain(dirt, canvas.height, 0.06, 3, int(rng.integers(1 << 30)))
    pen.line((-20, canvas.height - fence), (0.45 * canvas.width, dirt - fence), 4, (0.8, 0.8, 0.78))
    return _defocused(canvas, rng, Ground(fence, dirt + 6))


def court(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A tennis court."""
    horizon = canvas.height * rng.uniform(0.40, 0.50)
    colours: Sequence[Colour] = ((0.09, 0.27, 0.16), (0.10, 0.20, 0.45), (0.46, 0.17, 0.08))
    colour = colours[int(rng.integers(3))]
    canvas.gradient(0, horizon, (0.05, 0.15, 0.10), (0.04, 0.11, 0.075))
    canvas.grain(0, horizon, 0.10, 9, int(rng.integers(1 << 30)))
    pen = pen_at(canvas, 0, horizon, 1)
    for x in steps(-10, canvas.width + 60, rng.uniform(85, 120)):
        pen.line((x, -horizon), (x, 0), 4, (0.03, 0.06, 0.05))
    if rng.random() < 0.6:
        left = rng.uniform(0.05, 0.6) * canvas.width
        pen.panel(left, -42, left + 130, -8, vary(rng, (0.1, 0.2, 0.5), 0.6))
        pen.panel(left + 15, -31, left + 115, -20, (0.75, 0.75, 0.73))
    canvas.gradient(horizon, canvas.height, shade(colour, 0.9), shade(colour, 1.15))
    canvas.grain(horizon, canvas.height, 0.035, 4, int(rng.integers(1 << 30)))
    deep = canvas.height - horizon
    wide = canvas.width
    white = (0.78, 0.78, 0.76)
    pen.line((0, 0.28 * deep), (wide, 0.25 * deep), 3, white)
    pen.line((0.05 * wide, deep), (0.28 * wide, 0.27 * deep), 4, white)
    pen.line((wide, 0.80 * deep), (0, 0.86 * deep), 5, white)
    return _defocused(canvas, rng, Ground(horizon, horizon + 0.35 * deep))


def beach(canvas: Canvas, rng: np.random.Generator) -> Ground:
    horizon = canvas.height * rng.uniform(0.34, 0.42)
    sky(canvas, rng, horizon)
    shore = horizon + canvas.height * rng.uniform(0.16, 0.22)
    water(canvas, rng, horizon, shore)
    canvas.gradient(shore, canvas.height, (0.50, 0.40, 0.26), (0.66, 0.53, 0.34))
    canvas.grain(shore, canvas.height, 0.05, 4, int(rng.integers(1 << 30)))
    pen = pen_at(canvas, 0, shore, 1)
    waves = steps(0, canvas.width + 40, 24)
    edge = [(x, 4 * math.sin(x / 37 + 1) + rng.uniform(-2, 2)) for x in waves]
    pen.flat([*edge, *[(x, y + 7) for x, y in reversed(edge)]], (0.80, 0.83, 0.84), smooth=False)
    return _defocused(canvas, rng, Ground(horizon, shore + 14))


def sea(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """Water up to the lower edge, a breaking wave behind."""
    horizon = canvas.height * rng.uniform(0.28, 0.36)
    sky(canvas, rng, horizon)
    water(canvas, rng, horizon, canvas.height)
    wide, high = canvas.width, canvas.height
    pen = pen_at(canvas, 0, 0, 1)
    top = horizon + 0.10 * high
    crest = [
        (x, top + 0.08 * high * math.sin(2.2 * x / wide + 0.6) ** 2 + rng.uniform(-3, 3))
        for x in evenly(-10, wide + 10, 15)
    ]
    pen.solid(
        [*crest, (wide + 10, top + 0.34 * high), (-10, top + 0.38 * high)],
        (0.05, 0.27, 0.36),
        26,
        gloss=0.05,
        shadow=0,
    )
    for x, y in crest:
        pen.ball(
            x, y + 2, rng.uniform(14, 24), (0.80, 0.84, 0.86), height=rng.uniform(5, 9), shadow=0
        )
    canvas.blur(1.3)
    return Ground(horizon, 0.62 * high)


def lake(canvas: Canvas, rng: np.random.Generator) -> Ground:
    horizon = canvas.height * rng.uniform(0.36, 0.44)
    sky(canvas, rng, horizon)
    hills(canvas, rng, horizon, (0.08, 0.20, 0.12))
    for x in spread(rng, 8):
        tree(pen_at(canvas, x * canvas.width, horizon + 3, rng.uniform(6, 10)), rng)
    water(canvas, rng, horizon, canvas.height)
    return _defocused(canvas, rng, Ground(horizon, canvas.height * 0.75))


def snow(canvas: Canvas, rng: np.random.Generator) -> Ground:
    horizon = canvas.height * rng.uniform(0.42, 0.52)
    sky(canvas, rng, horizon)
    pen, wide = pen_at(canvas, 0, horizon, 1), canvas.width
    for x in spread(rng, 4):
        high, half = rng.uniform(70, 130), rng.uniform(110, 190)
        peak = x * wide
        pen.solid(
            [
                (peak - half, 8),
                (peak - 0.3 * half, -0.62 * high),
                (peak, -high),
                (peak + 0.4 * half, -0.5 * high),
                (peak + half, 8),
            ],
            (0.36, 0.42, 0.56),
            12,
        )
        pen.flat(
            [
                (peak - 0.3 * half, -0.62 * high),
                (peak, -high),
                (peak + 0.4 * half, -0.5 * high),
                (peak + 0.12 * half, -0.6 * high),
                (peak - 0.05 * half, -0.5 * high),
            ],
            (0.84, 0.87, 0.92),
        )
    canvas.gradient(horizon, canvas.height, (0.70, 0.75, 0.85), (0.86, 0.88, 0.92))
    canvas.grain(horizon, canvas.height, 0.025, 8, int(rng.integers(1 << 30)))
    for x in spread(rng, int(rng.integers(4, 9))):
        fir(pen_at(canvas, x * wide, horizon + rng.uniform(2, 18), rng.uniform(9, 20)))
    for _ in range(4):
        y = rng.uniform(horizon + 30, canvas.height)
        pen.line(
            (rng.uniform(-50, 0.4 * wide), y - horizon),
            (rng.uniform(0.5 * wide, wide + 50), y - horizon + rng.uniform(-14, 14)),
            2,
            (0.66, 0.71, 0.80),
        )
    return _defocused(canvas, rng, Ground(horizon, horizon + 30))


def street(canvas: Canvas, rng: np.random.Generator) -> Ground:
    kerb = canvas.height * rng.uniform(0.56, 0.64)
    sky(canvas, rng, kerb)
    pen = pen_at(canvas, 0, kerb, 1)
    left = -rng.uniform(0, 60)
    while left < canvas.width:
        wide = rng.uniform(70, 130)
        house(pen, rng, left, wide, rng.uniform(0.45, 1.05) * kerb)
        left += wide + 2
    canvas.gradient(kerb, kerb + 26, (0.40, 0.39, 0.38), (0.36, 0.35, 0.34))
    pen.line((0, 26), (canvas.width, 26), 4, (0.52, 0.51, 0.50))
    canvas.gradient(kerb + 28, canvas.height, (0.11, 0.11, 0.12), (0.17, 0.17, 0.18))
    canvas.grain(kerb + 28, canvas.height, 0.06, 3, int(rng.integers(1 << 30)))
    for x in steps(rng.uniform(-80, 0), canvas.width, 110):
        pen.flat([(x, 62), (x + 60, 62), (x + 66, 68), (x - 2, 68)], (0.62, 0.60, 0.52))
    return _defocused(canvas, rng, Ground(kerb, kerb + 34))


def road(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A country road."""
    horizon = canvas.height * rng.uniform(0.40, 0.48)
    sky(canvas, rng, horizon)
    hills(canvas, rng, horizon, (0.12, 0.26, 0.09))
    canvas.gradient(horizon, canvas.height, (0.24, 0.34, 0.09), (0.18, 0.28, 0.07))
    canvas.grain(horizon, canvas.height, 0.12, 5, int(rng.integers(1 << 30)))
    for x in spread(rng, 5):
        tree(
            pen_at(canvas, x * canvas.width, horizon + rng.uniform(0, 10), rng.uniform(8, 16)), rng
        )
    top = horizon + 0.38 * (canvas.height - horizon)
    canvas.gradient(top, canvas.height, (0.13, 0.13, 0.14), (0.18, 0.18, 0.19))
    canvas.grain(top, canvas.height, 0.05, 3, int(rng.integers(1 << 30)))
    pen = pen_at(canvas, 0, top, 1)
    pen.line((0, 5), (canvas.width, 5), 3, (0.72, 0.72, 0.68))
    for x in steps(rng.uniform(-90, 0), canvas.width, 120):
        pen.flat([(x, 40), (x + 66, 40), (x + 70, 46), (x, 46)], (0.75, 0.55, 0.08))
    return _defocused(canvas, rng, Ground(horizon, top + 12))


def savannah(canvas: Canvas, rng: np.random.Generator) -> Ground:
    horizon = canvas.height * rng.uniform(0.42, 0.50)
    sky(canvas, rng, horizon)
    hills(canvas, rng, horizon, (0.28, 0.30, 0.16))
    canvas.gradient(horizon, canvas.height, (0.50, 0.40, 0.16), (0.42, 0.30, 0.13))
    canvas.grain(horizon, canvas.height, 0.11, 5, int(rng.integers(1 << 30)))
    for x in spread(rng, 5):
        pen = pen_at(canvas, x * canvas.width, horizon + rng.uniform(2, 12), rng.uniform(9, 16))
        pen.limb((0, 0), (0.3, -3.2), 0.28, 0.18, (0.16, 0.09, 0.05), shadow=0)
        pen.ball(0.2, -3.8, 2.7, (0.17, 0.26, 0.07), height=0.75, shadow=0)
    return _defocused(canvas, rng, Ground(horizon, horizon + 25))


def zoo(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A paddock with a fence."""
    ground = park(canvas, rng)
    pen = pen_at(canvas, 0, ground.horizon, 1)
    for x in steps(-10, canvas.width + 30, 62):
        pen.limb((x, -34), (x, 14), 4, 4, (0.34, 0.21, 0.11))
    for y in (-24, -6):
        pen.limb((-10, y), (canvas.width + 10, y), 3.4, 3.4, (0.38, 0.24, 0.13))
    return ground


def _defocused(canvas: Canvas, rng: np.random.Generator, ground: Ground) -> Ground:
    canvas.blur(float(rng.uniform(1.1, 2.0)))
    return ground
