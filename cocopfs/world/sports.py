"""Things to play and ride with. Every pen is in head units; what hands hold has its origin there,
what feet stand on has its origin on the ground between them."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import METAL, shade
from cocopfs.world.outlines import ellipse, evenly
from cocopfs.world.pen import Pen


def surfboard(pen: Pen, colour: ArrayLike, length: float = 8.5) -> None:
    """Upright, centred at the origin; turn the pen to lay it down."""
    half, wide = length / 2, 0.95
    points = [
        (0, -half),
        (0.55 * wide, -0.72 * half),
        (wide, -0.15 * half),
        (0.92 * wide, 0.45 * half),
        (0.45 * wide, 0.93 * half),
        (0, half),
        (-0.45 * wide, 0.93 * half),
        (-0.92 * wide, 0.45 * half),
        (-wide, -0.15 * half),
        (-0.55 * wide, -0.72 * half),
    ]
    pen.solid(points, colour, 0.3, smooth=True, gloss=0.3)
    pen.line((0, -0.85 * half), (0, 0.9 * half), 0.07, shade(np.asarray(colour), 0.5))
    pen.flat(
        [(-0.86, 0.1 * half), (0.86, 0.0), (0.86, 0.12 * half), (-0.86, 0.22 * half)],
        (0.8, 0.8, 0.78),
    )


def skateboard(pen: Pen, colour: ArrayLike) -> None:
    for x in (-1.35, 1.35):
        pen.limb((x, -0.42), (x, -0.28), 0.12, 0.12, METAL)
        for wheel in (-0.22, 0.22):
            pen.ball(x + wheel, -0.18, 0.21, (0.75, 0.68, 0.45))
    deck = [
        (-2.5, -0.85),
        (-2.0, -0.62),
        (2.0, -0.62),
        (2.5, -0.85),
        (2.55, -0.7),
        (2.05, -0.42),
        (-2.05, -0.42),
        (-2.55, -0.7),
    ]
    pen.solid(deck, colour, 0.1, gloss=0.2)


def snowboard(pen: Pen, colour: ArrayLike) -> None:
    points = [
        (-3.0, -0.42),
        (-2.6, -0.16),
        (0, -0.05),
        (2.6, -0.16),
        (3.0, -0.42),
        (2.7, 0.12),
        (0, 0.25),
        (-2.7, 0.12),
    ]
    pen.solid(points, colour, 0.13, smooth=True, gloss=0.25)
    pen.line((-2.2, 0.02), (2.2, 0.02), 0.08, (0.8, 0.8, 0.78))


def skis(pen: Pen, colour: ArrayLike) -> None:
    for x in (-0.8, 0.8):
        points = [
            (x - 0.2, -1.15),
            (x + 0.02, -1.45),
            (x + 0.24, -1.15),
            (x + 0.34, 1.0),
            (x - 0.3, 1.0),
        ]
        pen.solid(points, colour, 0.12, gloss=0.25)
        pen.panel(x - 0.18, 0.55, x + 0.22, 0.68, (0.8, 0.8, 0.78))


def ski_pole(pen: Pen, length: float) -> None:
    """From the hand down to the snow."""
    pen.limb((0, -0.35), (0.15, length), 0.08, 0.045, (0.05, 0.05, 0.06))
    pen.disc(0.14, length - 0.25, 0.26, (0.6, 0.1, 0.1), height=0.08)


def tennis_racket(pen: Pen, colour: ArrayLike) -> None:
    """Upright from the hand."""
    pen.limb((0, 0.25), (0, -0.75), 0.11, 0.09, (0.05, 0.05, 0.06))
    pen.rod([(0, -0.7), (-0.35, -1.35)], 0.07, colour)
    pen.rod([(0, -0.7), (0.35, -1.35)], 0.07, colour)
    for step in evenly(-0.6, 0.6, 7):
        tall = 1.05 * math.sqrt(max(1 - (step / 0.78) ** 2, 0))
        pen.line((step, -2.25 - tall), (step, -2.25 + tall), 0.025, (0.75, 0.75, 0.72))
    for step in evenly(-0.85, 0.85, 8):
        wide = 0.76 * math.sqrt(max(1 - (step / 1.08) ** 2, 0))
        pen.line((-wide, -2.25 + step), (wide, -2.25 + step), 0.025, (0.75, 0.75, 0.72))
    rim = ellipse((0, -2.25), 0.80, 1.12)
    pen.rod([tuple(point) for point in (*rim, rim[0])], 0.08, colour)


def tennis_ball(pen: Pen) -> None:
    pen.ball(0, 0, 0.24, (0.62, 0.75, 0.06))


def baseball_bat(pen: Pen, colour: ArrayLike) -> None:
    """Upright from the hand."""
    pen.ball(0, 0.42, 0.15, colour, height=0.1)
    pen.limb((0, 0.35), (0, -0.9), 0.09, 0.12, colour, gloss=0.2)
    pen.limb((0, -0.8), (0, -3.6), 0.12, 0.26, colour, gloss=0.2)


def baseball_glove(pen: Pen) -> None:
    leather = (0.33, 0.14, 0.05)
    for x, y in ((-0.42, -0.45), (-0.15, -0.62), (0.14, -0.62), (0.4, -0.45)):
        pen.limb((x * 0.5, 0), (x, y), 0.2, 0.16, leather)
    pen.ball(0.05, 0.05, 0.48, leather)
    pen.limb((0.35, 0.2), (0.62, -0.2), 0.18, 0.14, leather)


def frisbee(pen: Pen, colour: ArrayLike) -> None:
    pen.ball(0, 0, 1.0, colour, height=0.36, gloss=0.3)
    pen.disc(0, -0.05, 0.62, shade(np.asarray(colour), 0.8), height=0.18)


def ball(pen: Pen, colour: ArrayLike, radius: float = 0.8) -> None:
    """A football, or any large ball, centred."""
    pen.ball(0, 0, radius, colour, gloss=0.25)
    dark = shade(np.asarray(colour), 0.35)
    for angle in evenly(0.3, 2 * math.pi + 0.3, 6)[:-1]:
        x, y = 0.72 * radius * math.cos(angle), 0.72 * radius * math.sin(angle)
        pen.disc(x, y, 0.17 * radius, dark)
    pen.disc(0, 0, 0.24 * radius, dark)


def kite(pen: Pen, colour: ArrayLike, second: ArrayLike) -> None:
    """Centred, about 2.6 high, its tail below."""
    tail = [(0.0, 1.45), (0.35, 2.1), (-0.1, 2.7), (0.3, 3.3)]
    for start, end in pairwise(tail):
        pen.line(start, end, 0.05, (0.6, 0.6, 0.6))
        pen.disc(*end, 0.17, second)
    pen.flat([(0, -1.3), (1.0, -0.1), (0, 1.45)], shade(np.asarray(colour), 0.8))
    pen.flat([(0, -1.3), (-1.0, -0.1), (0, 1.45)], colour)
    pen.flat([(0, -1.3), (1.0, -0.1), (0, -0.1)], second)
    pen.line((0, -1.3), (0, 1.45), 0.05, (0.2, 0.15, 0.1))
    pen.line((-1.0, -0.1), (1.0, -0.1), 0.05, (0.2, 0.15, 0.1))
