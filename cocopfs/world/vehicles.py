"""Things that drive, float and fly. Pens have their origin on the ground below the middle; the
unit is a head unit for what people ride, and a third of the height for what they wait for."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import METAL, RUBBER, shade
from cocopfs.world.outlines import evenly, steps
from cocopfs.world.pen import Pen

_GLASS = (0.16, 0.24, 0.32)


def bicycle(pen: Pen, colour: ArrayLike) -> None:
    """From its side, about 8 long and 4.7 high."""
    rear, front, pedals = (-2.35, -1.55), (2.5, -1.55), (0.0, -1.35)
    saddle, head = (-0.85, -3.9), (1.75, -4.2)
    for hub in (rear, front):
        pen.ring(*hub, 1.45, 0.2, RUBBER)
        pen.ring(*hub, 1.32, 0.06, METAL)
        for angle in evenly(0, math.pi, 5)[:-1]:
            dx, dy = 1.3 * math.cos(angle), 1.3 * math.sin(angle)
            pen.line((hub[0] - dx, hub[1] - dy), (hub[0] + dx, hub[1] + dy), 0.02, METAL)
        pen.ball(*hub, 0.16, METAL)
    for points in ([rear, pedals, saddle, rear], [pedals, head, saddle], [head, front]):
        pen.rod(points, 0.11, colour)
    pen.rod([head, (1.6, -4.75), (1.25, -4.85)], 0.09, (0.05, 0.05, 0.05))
    pen.rod([saddle, (-0.95, -4.25)], 0.08, METAL)
    pen.ball(-0.95, -4.35, 0.55, (0.03, 0.03, 0.03), height=0.16)
    pen.ring(*pedals, 0.38, 0.1, METAL)
    pen.rod([pedals, (0.35, -0.75)], 0.06, METAL)


def motorcycle(pen: Pen, colour: ArrayLike) -> None:
    """From its side, about 8 long and 4.5 high."""
    for x in (-2.5, 2.6):
        pen.ring(x, -1.35, 1.08, 0.5, RUBBER)
        pen.ball(x, -1.35, 0.42, METAL)
        pen.ring(x, -1.35, 0.8, 0.06, METAL)
    pen.rod([(2.6, -1.35), (1.75, -3.9)], 0.14, METAL)
    pen.solid([(-1.5, -1.2), (1.3, -1.2), (1.5, -2.6), (-1.3, -2.6)], (0.11, 0.11, 0.12), 0.25)
    for y in (-1.5, -1.8, -2.1):
        pen.line((-0.6, y), (0.9, y), 0.09, METAL)
    pen.limb((-3.3, -0.95), (-0.2, -0.8), 0.2, 0.13, METAL, gloss=0.5)
    pen.solid(
        [(-3.3, -2.9), (-1.4, -3.2), (-0.2, -3.0), (-0.1, -2.7), (-2.6, -2.5)],
        (0.03, 0.03, 0.03),
        0.2,
        smooth=True,
    )
    pen.solid(
        [(-0.4, -3.1), (0.6, -3.8), (1.75, -3.5), (1.6, -2.6), (-0.1, -2.6)],
        colour,
        0.4,
        smooth=True,
        gloss=0.5,
    )
    pen.solid(
        [(-3.6, -2.3), (-2.4, -2.75), (-1.4, -2.3), (-2.4, -2.45)],
        colour,
        0.15,
        smooth=True,
        gloss=0.4,
    )
    pen.rod([(1.75, -3.9), (1.5, -4.6), (1.2, -4.7)], 0.1, (0.05, 0.05, 0.05))
    pen.ball(2.2, -3.6, 0.42, METAL, gloss=0.5)
    pen.disc(2.3, -3.6, 0.28, (0.95, 0.9, 0.7))


def car(pen: Pen, colour: ArrayLike) -> None:
    """From its side, 8 long and 2.6 high."""
    pen.shadow(0, 0, 4.2, 0.35, 0.6)
    pen.solid(
        [
            (-4.0, -0.5),
            (-4.0, -1.3),
            (-3.0, -1.5),
            (-1.9, -2.5),
            (1.2, -2.55),
            (2.4, -1.55),
            (3.8, -1.3),
            (4.0, -0.5),
        ],
        colour,
        0.4,
        gloss=0.4,
    )
    pen.flat([(-2.6, -1.5), (-1.7, -2.3), (-0.4, -2.3), (-0.4, -1.5)], _GLASS)
    pen.flat([(-0.2, -1.5), (-0.2, -2.3), (1.05, -2.35), (1.95, -1.5)], _GLASS)
    pen.line((-0.3, -1.5), (-0.3, -0.5), 0.05, shade(np.asarray(colour), 0.5))
    for x in (-2.4, 2.3):
        pen.ball(x, -0.5, 0.6, RUBBER)
        pen.ball(x, -0.5, 0.3, METAL)
    pen.disc(3.8, -1.0, 0.16, (0.95, 0.9, 0.6))
    pen.disc(-3.85, -1.0, 0.14, (0.7, 0.05, 0.03))


def bus(pen: Pen, colour: ArrayLike) -> None:
    """From its side, 11 long and 4.4 high."""
    pen.shadow(0, 0, 5.8, 0.4, 0.6)
    pen.block(-5.5, -4.4, 5.5, -0.45, colour, radius=0.35, roundness=0.5, gloss=0.3)
    pen.block(-5.2, -3.8, 5.2, -2.2, (0.05, 0.07, 0.09), radius=0.15, roundness=0.1, shadow=0)
    for x in steps(-5.0, 3.2, 1.65):
        pen.panel(x, -3.65, x + 1.45, -2.35, _GLASS)
        pen.flat(
            [(x + 0.2, -2.35), (x + 0.8, -3.65), (x + 1.1, -3.65), (x + 0.5, -2.35)],
            (0.3, 0.4, 0.48),
        )
    pen.panel(3.45, -3.7, 4.6, -0.7, _GLASS)
    pen.line((4.02, -3.7), (4.02, -0.7), 0.08, (0.05, 0.05, 0.05))
    pen.panel(-5.5, -1.7, 3.3, -1.45, (0.8, 0.8, 0.78))
    for x in (-3.5, 2.4):
        pen.ball(x, -0.6, 0.68, RUBBER)
        pen.ball(x, -0.6, 0.3, METAL)
    pen.panel(-1.6, -4.3, 1.6, -3.95, (0.02, 0.02, 0.02))
    pen.panel(-1.2, -4.22, 1.2, -4.03, (0.9, 0.5, 0.05))


def train(pen: Pen, colour: ArrayLike, half: float) -> None:
    """A carriage from its side, 4.2 high, `half` to either side."""
    pen.block(-half, -4.2, half, -0.35, colour, roundness=0.5, gloss=0.3)
    pen.panel(-half, -0.5, half, -0.2, (0.05, 0.05, 0.05))
    pen.panel(-half, -1.75, half, -1.5, (0.8, 0.8, 0.76))
    for number, x in enumerate(steps(-half + 0.3, half, 2.1)):
        if number % 4 == 2:
            pen.block(x, -3.8, x + 1.6, -0.55, shade(np.asarray(colour), 1.3), roundness=0.1)
            pen.panel(x + 0.2, -3.5, x + 0.72, -2.0, _GLASS)
            pen.panel(x + 0.88, -3.5, x + 1.4, -2.0, _GLASS)
            pen.line((x + 0.8, -3.8), (x + 0.8, -0.55), 0.06, (0.03, 0.03, 0.03))
        else:
            pen.block(x, -3.6, x + 1.7, -2.1, _GLASS, radius=0.15, roundness=0.08, gloss=0.4)


def boat(pen: Pen, colour: ArrayLike) -> None:
    """The near side of a rowing boat, 11 long, its rim at -1.9."""
    pen.solid(
        [
            (-5.6, -2.3),
            (-4.6, -1.95),
            (0, -1.75),
            (4.6, -1.95),
            (5.8, -2.5),
            (4.7, 0.2),
            (0, 0.5),
            (-4.5, 0.2),
        ],
        colour,
        0.6,
        gloss=0.2,
    )
    pen.solid(
        [
            (-5.6, -2.3),
            (-4.6, -1.95),
            (0, -1.75),
            (4.6, -1.95),
            (5.8, -2.5),
            (5.7, -2.1),
            (4.6, -1.65),
            (0, -1.45),
            (-4.6, -1.65),
            (-5.5, -2.0),
        ],
        shade(np.asarray(colour), 0.5),
        0.1,
    )


def sailing_boat(pen: Pen, colour: ArrayLike) -> None:
    """Far away, 3 high."""
    pen.solid([(-1.1, -0.4), (1.2, -0.4), (0.8, 0.1), (-0.8, 0.1)], colour, 0.15)
    pen.line((0.1, -0.4), (0.1, -3.0), 0.06, (0.2, 0.15, 0.1))
    pen.flat([(0.2, -2.9), (1.1, -0.6), (0.2, -0.6)], (0.82, 0.82, 0.8))
    pen.flat([(0.0, -2.7), (-0.9, -0.6), (0.0, -0.6)], (0.7, 0.7, 0.7))


def airplane(pen: Pen, colour: ArrayLike) -> None:
    """Standing, from its side, 10 long and 3.5 high."""
    body = (0.72, 0.74, 0.76)
    pen.flat([(-4.6, -1.9), (-5.1, -3.6), (-4.3, -3.6), (-3.2, -1.9)], colour)
    pen.solid(
        [
            (-5.0, -1.7),
            (-4.0, -2.1),
            (3.6, -2.1),
            (4.7, -1.6),
            (4.9, -1.2),
            (3.6, -0.7),
            (-3.4, -0.8),
        ],
        body,
        0.4,
        smooth=True,
        gloss=0.3,
    )
    for x in steps(-3.4, 3.4, 0.45):
        pen.disc(x, -1.65, 0.1, _GLASS)
    pen.flat([(4.0, -1.75), (4.55, -1.55), (4.5, -1.4), (4.0, -1.5)], _GLASS)
    pen.solid([(0.6, -1.0), (-0.6, -1.0), (-2.6, 0.0), (-1.9, 0.0)], shade(body, 0.8), 0.1)
    pen.limb((-0.9, -0.35), (-0.1, -0.35), 0.3, 0.26, shade(body, 0.7))
    for x in (-0.8, 3.2):
        pen.line((x, -0.8), (x, 0.0), 0.1, (0.2, 0.2, 0.2))
        pen.ball(x, 0.05, 0.18, RUBBER)
