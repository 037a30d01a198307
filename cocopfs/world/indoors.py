"""Backgrounds under a roof. Each draws over the whole canvas and returns its ground."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.canvas import Canvas
from cocopfs.world.colours import Colour, shade, vary
from cocopfs.world.outdoors import Ground
from cocopfs.world.outlines import steps
from cocopfs.world.pen import Pen

_WALLS: Sequence[Colour] = (
    (0.60, 0.53, 0.42),
    (0.46, 0.54, 0.56),
    (0.62, 0.56, 0.55),
    (0.40, 0.48, 0.36),
    (0.58, 0.44, 0.34),
    (0.52, 0.52, 0.58),
)


def living_room(canvas: Canvas, rng: np.random.Generator) -> Ground:
    floor = _room(canvas, rng, _a_wall(rng), (0.33, 0.20, 0.11))
    _boards(canvas, floor)
    pen = _wall_pen(canvas, floor)
    x = rng.uniform(0.05, 0.30) * canvas.width
    if rng.random() < 0.5:
        _window(pen, x, rng)
    else:
        _painting(pen, x, rng)
    if rng.random() < 0.6:
        _painting(pen, rng.uniform(0.62, 0.85) * canvas.width, rng)
    _rug(canvas, rng, floor)
    return _defocused(canvas, rng, floor)


def bedroom(canvas: Canvas, rng: np.random.Generator) -> Ground:
    floor = _room(canvas, rng, _a_wall(rng), (0.40, 0.34, 0.30))
    canvas.grain(floor, canvas.height, 0.05, 3, int(rng.integers(1 << 30)))
    pen = _wall_pen(canvas, floor)
    _window(pen, rng.uniform(0.55, 0.75) * canvas.width, rng)
    _painting(pen, rng.uniform(0.08, 0.3) * canvas.width, rng)
    return _defocused(canvas, rng, floor)


def kitchen(canvas: Canvas, rng: np.random.Generator) -> Ground:
    floor = _room(canvas, rng, vary(rng, (0.62, 0.58, 0.48), 0.1), (0.36, 0.30, 0.24))
    _tiles(canvas, floor)
    fronts: Sequence[Colour] = (
        (0.40, 0.22, 0.10),
        (0.64, 0.63, 0.59),
        (0.13, 0.28, 0.32),
        (0.30, 0.36, 0.26),
    )
    front = vary(rng, fronts[int(rng.integers(4))], 0.1)
    pen = _wall_pen(canvas, floor)
    window = rng.uniform(0.3, 0.7) * canvas.width
    for x in steps(-10, canvas.width, 80):
        if abs(x + 38 - window) > 75:
            pen.block(x, -240, x + 76, -158, front, roundness=4)
            pen.disc(x + 66, -168, 3, (0.6, 0.6, 0.6))
        pen.block(x, -88, x + 76, 0, front, roundness=4)
        pen.disc(x + 66, -74, 3, (0.6, 0.6, 0.6))
    _window(pen, window - 45, rng, top=-215, high=82)
    for x in steps(0, canvas.width, 22):
        for y in (-150, -132, -114):
            pen.panel(x, y, x + 20.5, y + 16.5, vary(rng, (0.66, 0.66, 0.62), 0.05))
    pen.block(-10, -99, canvas.width + 10, -87, (0.52, 0.50, 0.47), roundness=3)
    for x in rng.uniform(0, canvas.width, 5):
        high = rng.uniform(14, 28)
        pen.block(
            x,
            -99 - high,
            x + rng.uniform(9, 17),
            -99,
            vary(rng, (0.5, 0.3, 0.2), 0.7),
            radius=3,
            roundness=4,
        )
    return _defocused(canvas, rng, floor)


def bathroom(canvas: Canvas, rng: np.random.Generator) -> Ground:
    wall = vary(rng, (0.44, 0.58, 0.62), 0.12)
    floor = _room(canvas, rng, wall, (0.42, 0.43, 0.44))
    _tiles(canvas, floor)
    pen = _wall_pen(canvas, floor)
    for x in steps(0, canvas.width, 32):
        pen.line((x, -floor), (x, 0), 1.4, shade(wall, 1.25))
    for y in steps(-floor, 0, 32):
        pen.line((0, y), (canvas.width, y), 1.4, shade(wall, 1.25))
    x = rng.uniform(0.55, 0.72) * canvas.width
    pen.block(x, -235, x + 110, -110, (0.70, 0.70, 0.70), radius=8, roundness=4)
    pen.panel(x + 7, -228, x + 103, -117, (0.60, 0.72, 0.78))
    pen.flat([(x + 20, -117), (x + 50, -228), (x + 70, -228), (x + 40, -117)], (0.72, 0.80, 0.84))
    left = rng.uniform(0.03, 0.16) * canvas.width
    pen.line((left - 5, -150), (left + 75, -150), 4, (0.6, 0.6, 0.6))
    pen.block(left, -150, left + 66, -70, vary(rng, (0.6, 0.3, 0.3), 0.6), roundness=5)
    return _defocused(canvas, rng, floor)


def office(canvas: Canvas, rng: np.random.Generator) -> Ground:
    floor = _room(canvas, rng, vary(rng, (0.55, 0.57, 0.60), 0.1), (0.22, 0.24, 0.28))
    canvas.grain(floor, canvas.height, 0.05, 2, int(rng.integers(1 << 30)))
    pen = _wall_pen(canvas, floor)
    _window(pen, rng.uniform(0.05, 0.2) * canvas.width, rng, wide=130)
    x = rng.uniform(0.62, 0.72) * canvas.width
    pen.block(x, -230, x + 130, 4, (0.30, 0.18, 0.09), roundness=4)
    for y in (-222, -170, -118, -66):
        pen.panel(x + 6, y, x + 124, y + 46, (0.10, 0.06, 0.03))
        spine = x + 8
        while spine < x + 114:
            wide = rng.uniform(5, 11)
            pen.panel(
                spine,
                y + rng.uniform(5, 16),
                spine + wide - 0.8,
                y + 46,
                vary(rng, (0.35, 0.30, 0.30), 0.8),
            )
            spine += wide
    return _defocused(canvas, rng, floor)


def restaurant(canvas: Canvas, rng: np.random.Generator) -> Ground:
    floor = _room(canvas, rng, vary(rng, (0.33, 0.17, 0.12), 0.3), (0.24, 0.14, 0.08))
    _boards(canvas, floor)
    pen = _wall_pen(canvas, floor)
    pen.panel(0, -92, canvas.width, 0, (0.20, 0.10, 0.05))
    for x in steps(-20, canvas.width, 66):
        pen.block(x, -84, x + 58, -8, (0.23, 0.12, 0.06), roundness=4)
    _painting(pen, rng.uniform(0.04, 0.2) * canvas.width, rng)
    _painting(pen, rng.uniform(0.7, 0.85) * canvas.width, rng)
    for share in (0.15, 0.5, 0.85):
        x, y = (share + rng.uniform(-0.08, 0.08)) * canvas.width, -rng.uniform(205, 240)
        pen.line((x, -floor), (x, y), 2, (0.03, 0.03, 0.03))
        pen.solid(
            [(x - 8, y), (x + 8, y), (x + 22, y + 16), (x - 22, y + 16)], (0.10, 0.10, 0.10), 4
        )
        pen.disc(x, y + 17, 13, (1.0, 0.85, 0.5), height=5)
    return _defocused(canvas, rng, floor)


def station(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A platform; the train comes from the scene."""
    floor = canvas.height * rng.uniform(0.64, 0.70)
    canvas.gradient(0, floor, (0.34, 0.36, 0.38), (0.46, 0.46, 0.46))
    pen = _wall_pen(canvas, floor)
    canvas.gradient(0, floor - 215, (0.16, 0.17, 0.19), (0.20, 0.21, 0.23))
    for x in steps(rng.uniform(0, 80), canvas.width, 150):
        pen.limb((x, -floor), (x, 0), 6, 6, (0.22, 0.24, 0.26))
        pen.panel(x - 60, -230, x - 5, -225, (0.95, 0.95, 0.90))
    canvas.gradient(floor, canvas.height, (0.38, 0.37, 0.36), (0.30, 0.29, 0.29))
    canvas.grain(floor, canvas.height, 0.04, 2, int(rng.integers(1 << 30)))
    pen.panel(0, 12, canvas.width, 20, (0.80, 0.62, 0.08))
    return _defocused(canvas, rng, floor)


def airport(canvas: Canvas, rng: np.random.Generator) -> Ground:
    """A hall with a wall of windows; the airplane comes from the scene."""
    floor = canvas.height * rng.uniform(0.66, 0.72)
    canvas.gradient(0, floor, (0.36, 0.55, 0.80), (0.72, 0.78, 0.82))
    canvas.gradient(floor - 34, floor, (0.30, 0.31, 0.30), (0.36, 0.36, 0.35))
    canvas.gradient(floor, canvas.height, (0.46, 0.45, 0.44), (0.36, 0.35, 0.35))
    canvas.grain(floor, canvas.height, 0.03, 3, int(rng.integers(1 << 30)))
    return _defocused(canvas, rng, floor)


def window_frames(canvas: Canvas, ground: Ground) -> None:
    """The bars before an airport's windows."""
    pen = _wall_pen(canvas, ground.horizon)
    for x in steps(30, canvas.width, 130):
        pen.limb((x, -ground.horizon - 5), (x, 0), 4, 4, (0.55, 0.56, 0.57))
    pen.limb((-5, -150), (canvas.width + 5, -150), 3, 3, (0.55, 0.56, 0.57))
    pen.block(-5, -6, canvas.width + 5, 4, (0.40, 0.41, 0.42), roundness=2)


# --- pieces ---------------------------------------------------------------------------------------


def _a_wall(rng: np.random.Generator) -> np.ndarray:
    return vary(rng, _WALLS[int(rng.integers(len(_WALLS)))], 0.12)


def _room(canvas: Canvas, rng: np.random.Generator, wall: ArrayLike, boards: Colour) -> float:
    """Wall, floor and skirting; returns the floor's y."""
    floor = canvas.height * rng.uniform(0.68, 0.76)
    colour = vary(rng, boards, 0.2)
    canvas.gradient(0, floor, shade(np.asarray(wall), 1.08), shade(np.asarray(wall), 0.85))
    canvas.gradient(floor, canvas.height, shade(colour, 0.8), shade(colour, 1.15))
    Pen(canvas, 0, floor, 1).block(-10, -9, canvas.width + 10, 0, (0.66, 0.64, 0.60), roundness=2)
    return float(floor)


def _wall_pen(canvas: Canvas, floor: float) -> Pen:
    """Origin at the left end of the floor's line, pixels."""
    return Pen(canvas, 0.0, floor, 1.0)


def _boards(canvas: Canvas, floor: float) -> None:
    pen = _wall_pen(canvas, floor)
    for y in (8, 22, 44, 74, 112):
        pen.line((0, y), (canvas.width, y), 1.3, (0.16, 0.09, 0.05))


def _tiles(canvas: Canvas, floor: float) -> None:
    pen, middle = _wall_pen(canvas, floor), canvas.width / 2
    for y in (10, 28, 54, 90, 140):
        pen.line((0, y), (canvas.width, y), 1.3, (0.24, 0.22, 0.20))
    for x in steps(-1.4, 1.5, 0.2):
        pen.line(
            (middle + x * canvas.width * 0.6, 0),
            (middle + x * canvas.width, 140),
            1.3,
            (0.24, 0.22, 0.20),
        )


def _window(
    pen: Pen,
    x: float,
    rng: np.random.Generator,
    top: float = -225,
    high: float = 105,
    wide: float = 95,
) -> None:
    white = (0.74, 0.72, 0.69)
    pen.block(x - 6, top - 6, x + wide + 6, top + high + 6, white, roundness=3)
    pen.panel(x, top, x + wide, top + high, (0.58, 0.75, 0.92))
    pen.flat(
        [
            (x, top + 0.62 * high),
            (x + 0.4 * wide, top + 0.5 * high),
            (x + wide, top + 0.66 * high),
            (x + wide, top + high),
            (x, top + high),
        ],
        (0.22, 0.40, 0.18),
    )
    pen.panel(x + wide / 2 - 2, top, x + wide / 2 + 2, top + high, white)
    if rng.random() < 0.5:
        curtain = vary(rng, (0.55, 0.35, 0.3), 0.6)
        for side in (x - 20, x + wide - 4):
            pen.block(side, top - 12, side + 24, top + high + 26, curtain, roundness=6)


def _painting(pen: Pen, x: float, rng: np.random.Generator) -> None:
    wide, high = rng.uniform(48, 85), rng.uniform(42, 66)
    top = -rng.uniform(195, 225)
    pen.block(
        x - 5,
        top - 5,
        x + wide + 5,
        top + high + 5,
        vary(rng, (0.22, 0.13, 0.06), 0.3),
        roundness=3,
    )
    pen.panel(x, top, x + wide, top + high, vary(rng, (0.45, 0.58, 0.66), 0.3))
    for level in (0.55, 0.75):
        points = [
            (x, top + high),
            *(
                (x + share * wide, top + high * (level + rng.uniform(-0.15, 0.1)))
                for share in (0, 0.33, 0.66, 1)
            ),
            (x + wide, top + high),
        ]
        pen.flat(points, vary(rng, (0.30, 0.34, 0.20), 0.5))


def _rug(canvas: Canvas, rng: np.random.Generator, floor: float) -> None:
    pen = _wall_pen(canvas, floor)
    deep, wide = canvas.height - floor, canvas.width
    colour = vary(rng, (0.4, 0.2, 0.16), 0.6)
    for inset, factor in ((0.0, 1.0), (0.05, 0.6), (0.08, 1.2)):
        pen.flat(
            [
                ((0.18 + inset) * wide, (0.35 + inset) * deep),
                ((0.82 - inset) * wide, (0.35 + inset) * deep),
                ((0.96 - inset) * wide, (0.98 - inset) * deep),
                ((0.04 + inset) * wide, (0.98 - inset) * deep),
            ],
            shade(colour, factor),
        )


def _defocused(canvas: Canvas, rng: np.random.Generator, floor: float) -> Ground:
    canvas.blur(float(rng.uniform(1.0, 1.9)))
    return Ground(floor, floor + 14)
