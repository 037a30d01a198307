"""What stands on tables and is held in hands to be eaten, drunk or looked at. Pens of what stands
have their origin on the table's surface, pens of what is held in the hand; head units."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import PAINTS, shade
from cocopfs.world.outlines import evenly
from cocopfs.world.pen import Pen

_CRUST = (0.50, 0.26, 0.08)


def pizza(pen: Pen, rng: np.random.Generator) -> None:
    """On a plate, seen from the front."""
    pen.shadow(0, 0.1, 2.4, 0.6, 0.35)
    pen.ball(0, 0.05, 2.25, (0.72, 0.72, 0.70), height=0.62)
    pen.ball(0, -0.04, 1.98, _CRUST, height=0.52)
    pen.disc(0, -0.08, 1.72, (0.78, 0.46, 0.10), height=0.42)
    for _ in range(11):
        turn, far = rng.uniform(0, 2 * math.pi), math.sqrt(rng.uniform(0.02, 0.8))
        x, y = 1.6 * far * math.cos(turn), -0.08 + 0.37 * far * math.sin(turn)
        pen.ball(x, y, 0.22, (0.48, 0.05, 0.03), height=0.085, shadow=0.1)
    for _ in range(6):
        turn, far = rng.uniform(0, 2 * math.pi), math.sqrt(rng.uniform(0.02, 0.8))
        x, y = 1.6 * far * math.cos(turn), -0.08 + 0.37 * far * math.sin(turn)
        pen.disc(x, y, 0.13, (0.06, 0.28, 0.04), height=0.05)


def pizza_slice(pen: Pen) -> None:
    pen.solid([(-0.62, -0.75), (0.62, -0.75), (0.0, 0.75)], (0.78, 0.48, 0.10), 0.12)
    pen.limb((-0.62, -0.8), (0.62, -0.8), 0.16, 0.16, _CRUST)
    for x, y in ((-0.25, -0.45), (0.22, -0.35), (0.0, 0.1)):
        pen.ball(x, y, 0.16, (0.48, 0.05, 0.03), shadow=0.1)


def cake(pen: Pen, icing: ArrayLike, candles: int) -> None:
    """With burning candles, 3.2 wide."""
    pen.shadow(0, 0.1, 2.0, 0.4, 0.35)
    pen.ball(0, 0.0, 2.0, (0.74, 0.74, 0.74), height=0.3)
    pen.block(-1.6, -1.35, 1.6, 0, icing, radius=0.2, roundness=0.4)
    pen.panel(-1.58, -0.72, 1.58, -0.56, (0.75, 0.72, 0.66))
    pen.ball(0, -1.35, 1.6, (0.80, 0.77, 0.72), height=0.34)
    for x in evenly(-1.35, 1.35, 8):
        pen.ball(x, -1.16 + 0.1 * math.cos(2 * x), 0.2, (0.80, 0.77, 0.72), height=0.22, shadow=0.1)
    for number, x in enumerate(evenly(-0.95, 0.95, candles)):
        y = -1.45 + 0.06 * (-1) ** number
        pen.limb((x, y), (x, y - 0.7), 0.07, 0.07, list(PAINTS.values())[number % 4])
        pen.disc(x, y - 0.95, 0.1, (1.0, 0.55, 0.08), height=0.19)
        pen.disc(x, y - 0.9, 0.05, (1.0, 0.95, 0.6), height=0.1)


def wine_glass(pen: Pen, wine: ArrayLike = (0.28, 0.01, 0.03)) -> None:
    """Held by its stem at the origin."""
    glass = (0.62, 0.66, 0.68)
    pen.ball(0, 0.62, 0.42, glass, height=0.1, gloss=0.4)
    pen.limb((0, 0.6), (0, -0.25), 0.05, 0.06, glass, shadow=0)
    pen.solid(
        [(-0.36, -1.35), (0.36, -1.35), (0.46, -0.8), (0.2, -0.28), (-0.2, -0.28), (-0.46, -0.8)],
        glass,
        0.15,
        gloss=0.5,
    )
    pen.flat([(-0.43, -0.85), (0.43, -0.85), (0.18, -0.32), (-0.18, -0.32)], wine)
    pen.disc(0, -0.85, 0.43, shade(np.asarray(wine), 1.8), height=0.07)
    pen.line((-0.27, -1.2), (-0.3, -0.95), 0.05, (0.9, 0.9, 0.9))


def cup(pen: Pen, colour: ArrayLike) -> None:
    pen.ring(0.45, -0.1, 0.26, 0.11, colour)
    pen.solid([(-0.44, -0.6), (0.44, -0.6), (0.36, 0.42), (-0.36, 0.42)], colour, 0.2, gloss=0.3)
    pen.ball(0, -0.6, 0.44, shade(np.asarray(colour), 0.8), height=0.12, shadow=0)
    pen.disc(0, -0.59, 0.36, (0.10, 0.04, 0.015), height=0.08)


def bottle(pen: Pen, colour: ArrayLike) -> None:
    """Standing, 2.6 high."""
    pen.block(-0.34, -1.6, 0.34, 0, colour, radius=0.12, roundness=0.25, gloss=0.4)
    pen.solid([(-0.34, -1.5), (-0.12, -2.0), (0.12, -2.0), (0.34, -1.5)], colour, 0.15, gloss=0.4)
    pen.block(-0.13, -2.6, 0.13, -1.9, colour, roundness=0.1, gloss=0.4)
    pen.panel(-0.33, -1.2, 0.33, -0.5, (0.75, 0.70, 0.58))


def banana(pen: Pen) -> None:
    """Upright from the hand."""
    pen.solid(
        [
            (-0.18, 0.4),
            (-0.42, -0.35),
            (-0.2, -1.1),
            (0.15, -1.5),
            (0.28, -1.42),
            (0.12, -0.9),
            (0.05, -0.3),
            (0.22, 0.35),
        ],
        (0.82, 0.60, 0.05),
        0.16,
        smooth=True,
        gloss=0.12,
    )
    pen.limb((0.2, -1.42), (0.28, -1.62), 0.08, 0.07, (0.2, 0.12, 0.03))


def donut(pen: Pen, icing: ArrayLike) -> None:
    pen.ball(0, -0.2, 0.62, (0.52, 0.28, 0.10), height=0.6)
    pen.ball(0, -0.24, 0.54, icing, height=0.5, gloss=0.3)
    pen.disc(0, -0.2, 0.17, (0.16, 0.07, 0.03))
    for number, angle in enumerate(evenly(0, 6, 11)):
        x, y = 0.37 * math.cos(angle * 1.9), -0.22 + 0.36 * math.sin(angle * 1.9)
        pen.disc(x, y, 0.05, list(PAINTS.values())[number % 5])


def hot_dog(pen: Pen) -> None:
    """Lying across the hand."""
    pen.limb((-0.85, 0.05), (0.85, 0.05), 0.3, 0.3, (0.60, 0.36, 0.14))
    pen.limb((-1.0, -0.14), (1.0, -0.14), 0.2, 0.2, (0.45, 0.10, 0.04), gloss=0.3)
    pen.limb((-0.85, -0.02), (0.85, -0.02), 0.2, 0.2, (0.68, 0.43, 0.18))
    points = [(x, -0.22 + 0.07 * (-1) ** n) for n, x in enumerate(evenly(-0.8, 0.8, 9))]
    pen.rod(points, 0.05, (0.85, 0.58, 0.03))


def sandwich(pen: Pen) -> None:
    """Lying across the hand."""
    bread = (0.62, 0.40, 0.18)
    pen.block(-0.75, 0.02, 0.75, 0.26, bread, radius=0.1, roundness=0.12)
    pen.solid(
        [
            (-0.85, 0.06),
            (-0.5, -0.12),
            (0, 0.02),
            (0.45, -0.12),
            (0.85, 0.06),
            (0.4, 0.16),
            (-0.4, 0.16),
        ],
        (0.10, 0.42, 0.06),
        0.06,
        smooth=True,
    )
    pen.block(-0.72, -0.14, 0.72, 0.0, (0.6, 0.08, 0.05), roundness=0.06)
    pen.block(-0.78, -0.48, 0.78, -0.12, bread, radius=0.16, roundness=0.15)


def bowl(pen: Pen, colour: ArrayLike, content: ArrayLike) -> None:
    """Standing, 2 wide."""
    pen.solid(
        [(-1.0, -0.8), (1.0, -0.8), (0.75, -0.2), (0.4, 0), (-0.4, 0), (-0.75, -0.2)],
        colour,
        0.3,
        gloss=0.3,
    )
    pen.ball(0, -0.8, 1.0, shade(np.asarray(colour), 0.75), height=0.2, shadow=0)
    pen.ball(0, -0.82, 0.85, content, height=0.17, shadow=0)


def pan(pen: Pen) -> None:
    """Held by its handle at the origin, the pan on the side of negative x."""
    pen.limb((0.2, 0), (-0.9, -0.02), 0.1, 0.1, (0.03, 0.03, 0.03))
    pen.block(-3.0, -0.2, -0.9, 0.28, (0.06, 0.06, 0.065), radius=0.15, roundness=0.2, gloss=0.3)
    pen.ball(-1.95, -0.2, 1.05, (0.035, 0.035, 0.04), height=0.18)
    pen.ball(-2.0, -0.22, 0.5, (0.82, 0.80, 0.75), height=0.1, shadow=0)
    pen.ball(-1.95, -0.26, 0.17, (0.85, 0.5, 0.05), height=0.06, shadow=0)


def vase(pen: Pen, colour: ArrayLike, petals: ArrayLike, rng: np.random.Generator) -> None:
    """With flowers, standing, about 3.6 high."""
    for x in evenly(-0.85, 0.85, 6):
        y = -3.0 + 0.55 * abs(x) + rng.uniform(-0.3, 0.2)
        pen.line((x * 0.2, -1.3), (x, y), 0.07, (0.05, 0.25, 0.04))
        pen.ball(x * 0.7, (y - 1.3) / 2, 0.22, (0.05, 0.26, 0.05), height=0.1, turn=x, shadow=0.1)
        for angle in evenly(0, 2 * math.pi, 6)[:-1]:
            pen.ball(x + 0.2 * math.cos(angle), y + 0.2 * math.sin(angle), 0.17, petals, shadow=0.1)
        pen.ball(x, y, 0.13, (0.8, 0.55, 0.05), shadow=0)
    pen.solid(
        [
            (-0.38, -1.5),
            (0.38, -1.5),
            (0.3, -1.15),
            (0.62, -0.6),
            (0.42, 0),
            (-0.42, 0),
            (-0.62, -0.6),
            (-0.3, -1.15),
        ],
        colour,
        0.25,
        smooth=True,
        gloss=0.4,
    )


def bouquet(pen: Pen, petals: ArrayLike, rng: np.random.Generator) -> None:
    """Held at the origin."""
    for x in evenly(-0.75, 0.75, 5):
        y = -1.45 + 0.5 * abs(x) + rng.uniform(-0.2, 0.15)
        pen.line((x * 0.15, 0.4), (x, y), 0.06, (0.05, 0.25, 0.04))
        for angle in evenly(0, 2 * math.pi, 6)[:-1]:
            pen.ball(
                x + 0.19 * math.cos(angle), y + 0.19 * math.sin(angle), 0.16, petals, shadow=0.1
            )
        pen.ball(x, y, 0.12, (0.8, 0.55, 0.05), shadow=0)
    pen.solid([(-0.75, -0.85), (0.75, -0.85), (0.2, 0.6), (-0.2, 0.6)], (0.7, 0.66, 0.58), 0.15)
