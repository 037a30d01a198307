"""What stands in rooms and streets. Pens have their origin on the floor below the middle, unless
said otherwise; head units."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import METAL, shade
from cocopfs.world.outlines import evenly, steps
from cocopfs.world.pen import Pen

_NIGHT = (0.02, 0.02, 0.023)


def bench(pen: Pen, wood: ArrayLike, half: float = 4.6) -> None:
    """A park bench with a back; its seat at -3.1, to be sat on at the seat's front edge."""
    plank = np.asarray(wood, np.float32)
    pen.shadow(0, 0, half, 0.45, 0.45)
    for x in (-half + 0.5, half - 0.5):
        pen.limb((x, -6.0), (x, -2.6), 0.14, 0.14, _NIGHT)
        pen.limb((x - 0.2, -2.9), (x - 0.2, 0), 0.15, 0.15, _NIGHT)
        pen.limb((x + 0.2, -2.9), (x + 0.2, -0.2), 0.13, 0.13, _NIGHT)
    for y in (-6.2, -5.4, -4.6):
        pen.block(-half, y, half, y + 0.58, plank, roundness=0.14)
    for y, shift in ((-3.45, 0.0), (-3.1, 0.15)):
        pen.block(-half - shift, y, half + shift, y + 0.3, shade(plank, 1.15), roundness=0.1)


def couch(pen: Pen, colour: ArrayLike, half: float = 5.6) -> None:
    """Its seat at -2.9."""
    paint = np.asarray(colour, np.float32)
    pen.shadow(0, 0, half + 0.5, 0.5, 0.5)
    pen.block(-half + 0.3, -6.2, half - 0.3, -2.0, shade(paint, 0.85), radius=0.7, roundness=0.6)
    for x in (-half + 0.7, 0.05):
        pen.block(x, -5.9, x + half - 0.75, -2.6, paint, radius=0.5, roundness=0.5)
        pen.block(x, -3.1, x + half - 0.75, -1.6, shade(paint, 1.1), radius=0.35, roundness=0.4)
    pen.block(-half + 0.3, -1.75, half - 0.3, -0.3, shade(paint, 0.75), radius=0.2, roundness=0.3)
    for x in (-half - 0.4, half - 0.9):
        pen.block(x, -4.3, x + 1.3, -0.25, paint, radius=0.6, roundness=0.5)


def bed(pen: Pen, colour: ArrayLike, wood: ArrayLike, half: float = 6.5) -> None:
    """Its side to the viewer; the mattress's edge at -2.9."""
    pen.shadow(0, 0, half, 0.5, 0.5)
    pen.block(-half - 0.3, -7.0, -half + 0.6, 0, wood, radius=0.3, roundness=0.25)
    pen.block(half - 0.4, -4.6, half + 0.3, 0, wood, radius=0.2, roundness=0.2)
    pen.block(-half + 0.2, -4.4, half - 0.2, -2.6, (0.74, 0.74, 0.75), radius=0.4, roundness=0.5)
    for x in (-half + 0.6, -half + 2.2):
        pen.block(x, -5.5, x + 2.4, -4.1, (0.8, 0.8, 0.82), radius=0.55, roundness=0.45)
    pen.block(-half + 3.4, -4.5, half - 0.3, -1.0, colour, radius=0.3, roundness=0.6)
    pen.block(-half + 0.2, -1.2, half - 0.2, -0.4, wood, roundness=0.2)


def chair(pen: Pen, colour: ArrayLike) -> None:
    """What is seen of a chair behind somebody who sits on it; its back's top at -6.4."""
    for x in (-1.55, 1.55):
        pen.limb((x, -6.0), (x, 0), 0.17, 0.15, colour)
    pen.block(-1.8, -6.5, 1.8, -5.2, colour, radius=0.35, roundness=0.25)
    pen.block(-1.6, -4.7, 1.6, -4.2, colour, radius=0.15, roundness=0.15)


def table(pen: Pen, wood: ArrayLike, half: float, depth: float) -> None:
    """The near half of a table, over the origin's line; `depth` further down it ends."""
    paint = np.asarray(wood, np.float32)
    pen.solid(
        [(-half, 0), (half, 0), (half * 1.12, depth), (-half * 1.12, depth)],
        paint,
        0.25,
        gloss=0.12,
    )
    for share in (0.3, 0.62, 0.88):
        wide = half * (1 + 0.12 * share)
        pen.line((-wide, depth * share), (wide, depth * share), 0.03, shade(paint, 0.82))
    pen.block(-half * 1.12, depth, half * 1.12, depth + 0.35, shade(paint, 0.55), roundness=0.1)


def television(pen: Pen, picture: ArrayLike, second: ArrayLike) -> None:
    """On a stand, 6 wide."""
    pen.block(-3.2, -2.0, 3.2, 0, (0.18, 0.09, 0.04), roundness=0.2)
    pen.line((0, -2.0), (0, 0), 0.05, (0.06, 0.03, 0.01))
    pen.limb((0, -2.6), (0, -2.0), 0.3, 0.5, _NIGHT)
    pen.block(-3.0, -6.2, 3.0, -2.4, _NIGHT, radius=0.12, roundness=0.12, gloss=0.3)
    pen.panel(-2.8, -6.0, 2.8, -2.65, picture)
    pen.flat(
        [(-2.8, -3.6), (-1.0, -4.4), (0.8, -3.7), (2.8, -4.6), (2.8, -2.65), (-2.8, -2.65)], second
    )
    pen.disc(1.7, -5.3, 0.4, (0.9, 0.85, 0.5))


def refrigerator(pen: Pen, colour: ArrayLike) -> None:
    """4.2 wide and 11 high."""
    paint = np.asarray(colour, np.float32)
    pen.shadow(0, 0, 2.4, 0.35, 0.5)
    pen.block(-2.1, -11.0, 2.1, 0, paint, radius=0.2, roundness=0.4, gloss=0.25)
    pen.line((-2.05, -7.2), (2.05, -7.2), 0.09, shade(paint, 0.4))
    for y in (-8.9, -6.8):
        pen.limb((1.6, y), (1.6, y + 1.5), 0.12, 0.12, METAL, gloss=0.5)
    for x, y, note in (
        (-1.0, -9.5, (0.8, 0.7, 0.1)),
        (0.1, -8.6, (0.7, 0.2, 0.2)),
        (-0.8, -6.0, (0.2, 0.45, 0.7)),
    ):
        pen.panel(x - 0.35, y - 0.4, x + 0.35, y + 0.4, note)


def open_refrigerator(pen: Pen, colour: ArrayLike, rng: np.random.Generator) -> None:
    """With its door open towards positive x, and what it holds."""
    paint = np.asarray(colour, np.float32)
    pen.shadow(0, 0, 2.4, 0.35, 0.5)
    pen.block(-2.1, -11.0, 2.1, 0, paint, radius=0.2, roundness=0.3, gloss=0.25)
    pen.panel(-1.8, -10.6, 1.9, -0.8, (0.80, 0.83, 0.85))
    goods = (
        (0.6, 0.06, 0.04),
        (0.7, 0.5, 0.05),
        (0.08, 0.35, 0.06),
        (0.75, 0.75, 0.72),
        (0.5, 0.25, 0.08),
    )
    for y in (-8.4, -6.2, -4.0, -1.8):
        for x in steps(-1.45, 1.7, 0.62):
            high = rng.uniform(0.6, 1.5)
            pen.block(
                x - 0.24,
                y - high,
                x + 0.24,
                y,
                goods[int(rng.integers(5))],
                radius=0.1,
                roundness=0.12,
            )
        pen.panel(-1.8, y, 1.9, y + 0.14, (0.55, 0.6, 0.62))
    pen.solid([(2.1, -11.0), (3.9, -11.5), (3.9, 0.5), (2.1, 0)], shade(paint, 0.8), 0.2)


def oven(pen: Pen) -> None:
    """A cooker, 4.6 wide; its top at -5.2."""
    pen.block(-2.3, -5.2, 2.3, 0, (0.62, 0.63, 0.64), radius=0.1, roundness=0.2, gloss=0.3)
    pen.block(-1.8, -3.7, 1.8, -1.0, (0.03, 0.03, 0.035), radius=0.15, roundness=0.1, gloss=0.4)
    pen.limb((-1.7, -4.1), (1.7, -4.1), 0.1, 0.1, METAL)
    for x in (-1.7, -0.85, 0.0, 0.85, 1.7):
        pen.ball(x, -4.75, 0.2, _NIGHT)
    pen.panel(-2.3, -5.4, 2.3, -5.15, _NIGHT)


def sink(pen: Pen) -> None:
    """A wash basin, 4.4 wide, its rim at the origin."""
    white = (0.76, 0.77, 0.78)
    pen.block(-0.6, 0.8, 0.6, 4.5, white, roundness=0.3)
    pen.solid(
        [(-2.2, 0), (2.2, 0), (1.8, 0.9), (0.8, 1.4), (-0.8, 1.4), (-1.8, 0.9)],
        white,
        0.4,
        gloss=0.4,
    )
    pen.ball(0, 0.05, 2.0, shade(white, 0.7), height=0.2, shadow=0)
    pen.rod([(0, -0.05), (0, -0.85), (-0.5, -0.9), (-0.55, -0.6)], 0.13, METAL)


def potted_plant(pen: Pen) -> None:
    """About 4.5 high."""
    for angle in evenly(-1.15, 1.15, 9):
        tip = 2.5 * math.sin(angle), -1.5 - 2.7 * math.cos(angle)
        green = (0.04, 0.22 + 0.1 * math.cos(5 * angle), 0.05)
        pen.ball(
            tip[0] * 0.55,
            (tip[1] - 1.5) / 2 - 0.2,
            1.25,
            green,
            height=0.27,
            turn=angle - math.pi / 2,
        )
    pen.solid([(-0.75, -1.5), (0.75, -1.5), (0.55, 0), (-0.55, 0)], (0.42, 0.16, 0.07), 0.25)
    pen.block(-0.85, -1.75, 0.85, -1.35, (0.45, 0.18, 0.08), roundness=0.12)


def clock(pen: Pen) -> None:
    """On a wall, 2 across, centred."""
    pen.ball(0, 0, 1.0, _NIGHT)
    pen.disc(0, 0, 0.86, (0.8, 0.8, 0.77))
    for hour in range(12):
        x, y = math.sin(hour * math.pi / 6), math.cos(hour * math.pi / 6)
        pen.line((0.68 * x, 0.68 * y), (0.78 * x, 0.78 * y), 0.05, _NIGHT)
    pen.line((0, 0), (0.4, -0.2), 0.08, _NIGHT)
    pen.line((0, 0), (-0.15, -0.62), 0.06, _NIGHT)


def lamp(pen: Pen) -> None:
    """A floor lamp, 9.5 high."""
    pen.shadow(0, 0, 1.2, 0.25)
    pen.limb((0, -7.5), (0, -0.2), 0.09, 0.09, _NIGHT)
    pen.ball(0, -0.1, 0.9, _NIGHT, height=0.18)
    pen.solid([(-0.65, -9.5), (0.65, -9.5), (1.2, -7.4), (-1.2, -7.4)], (0.92, 0.82, 0.55), 0.3)


def fire_hydrant(pen: Pen, colour: ArrayLike) -> None:
    """2 wide and 4 high."""
    paint = np.asarray(colour, np.float32)
    pen.shadow(0, 0, 1.3, 0.3, 0.5)
    pen.block(-0.95, -0.5, 0.95, 0, paint, radius=0.1, roundness=0.15)
    pen.limb((-1.05, -2.1), (1.05, -2.1), 0.33, 0.33, shade(paint, 0.8))
    pen.block(-0.68, -3.1, 0.68, -0.3, paint, roundness=0.4, gloss=0.2)
    pen.ball(0, -3.1, 0.82, paint, height=0.55)
    pen.ball(0, -3.7, 0.22, shade(paint, 0.7))
    pen.ball(0, -2.0, 0.36, shade(paint, 0.75))


def stop_sign(pen: Pen) -> None:
    """On a pole, 9.5 high."""
    pen.limb((0, -8), (0, 0), 0.13, 0.13, METAL)
    for radius, colour in ((1.5, (0.78, 0.78, 0.76)), (1.36, (0.6, 0.03, 0.03))):
        pen.flat(
            [
                (radius * math.cos(t), -8 + radius * math.sin(t))
                for t in math.pi / 8 + math.pi / 4 * np.arange(8)
            ],
            colour,
        )
    for x in (-0.75, -0.25, 0.25, 0.75):
        pen.panel(x - 0.16, -8.32, x + 0.16, -7.68, (0.8, 0.8, 0.78))
        pen.panel(x - 0.06, -8.2, x + 0.06, -7.9, (0.6, 0.03, 0.03))


def traffic_light(pen: Pen) -> None:
    """On a pole, 11 high."""
    pen.limb((0, -9), (0, 0), 0.14, 0.16, _NIGHT)
    pen.block(-0.75, -11.2, 0.75, -8.0, _NIGHT, radius=0.25, roundness=0.15)
    for y, colour in (
        (-10.5, (0.16, 0.01, 0.01)),
        (-9.6, (0.16, 0.1, 0.0)),
        (-8.7, (0.05, 0.85, 0.25)),
    ):
        pen.ball(0, y, 0.38, colour, gloss=0.4)


def parking_meter(pen: Pen) -> None:
    """6 high."""
    pen.limb((0, -4.2), (0, 0), 0.14, 0.14, METAL)
    pen.block(-0.55, -5.6, 0.55, -4.0, (0.2, 0.22, 0.25), radius=0.4, roundness=0.25)
    pen.panel(-0.35, -5.2, 0.35, -4.75, (0.7, 0.75, 0.65))
