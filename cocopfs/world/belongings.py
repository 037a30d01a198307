"""What people carry. Pens have their origin in the hand (or on the floor, where said); head
units."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import METAL, shade
from cocopfs.world.outlines import evenly
from cocopfs.world.pen import Pen

_NIGHT = (0.018, 0.018, 0.022)


def umbrella(pen: Pen, colour: ArrayLike) -> None:
    """Open; the pole from the hand up to -4.4."""
    paint = np.asarray(colour, np.float32)
    pen.limb((0, 0.7), (0, -4.3), 0.06, 0.06, _NIGHT, shadow=0.1)
    pen.rod([(0, 0.7), (0.12, 0.95), (0.32, 0.9)], 0.09, (0.25, 0.11, 0.04))
    wide, rim, top = 3.1, -3.1, -4.55
    arch = [(wide * math.cos(t), rim + (top - rim) * math.sin(t)) for t in evenly(math.pi, 0, 17)]
    scallops = []
    for step in range(5, 0, -1):
        right, left = -wide + 2 * wide * step / 5, -wide + 2 * wide * (step - 1) / 5
        scallops += [
            ((right * 3 + left) / 4, rim - 0.2),
            ((right + left) / 2, rim - 0.27),
            ((right + left * 3) / 4, rim - 0.2),
            (left, rim),
        ]
    pen.solid(arch + scallops[:-1], paint, 0.6, gloss=0.1)
    for share in (-0.6, -0.2, 0.2, 0.6):
        curve = [
            (share * wide * math.sin(t), rim + (top - rim) * math.cos(t))
            for t in evenly(0.05, math.pi / 2, 7)
        ]
        for start, end in pairwise(curve):
            pen.line(start, end, 0.05, shade(paint, 0.55))
    pen.limb((0, top), (0, top - 0.3), 0.05, 0.03, _NIGHT)


def suitcase(pen: Pen, colour: ArrayLike) -> None:
    """On wheels, its handle in the hand; about 5 down to the floor."""
    for x in (-0.4, 0.4):
        pen.line((x, 0.1), (x, 1.6), 0.09, METAL)
    pen.rod([(-0.45, 0.05), (0.45, 0.05)], 0.11, _NIGHT)
    for x in (-0.75, 0.75):
        pen.ball(x, 4.98, 0.2, _NIGHT)
    pen.block(-1.15, 1.5, 1.15, 4.9, colour, radius=0.3, roundness=0.35, gloss=0.25)
    for x in (-0.6, 0.0, 0.6):
        pen.line((x, 1.85), (x, 4.6), 0.09, shade(np.asarray(colour), 0.65))


def backpack_straps(pen: Pen, colour: ArrayLike, shoulder: float) -> None:
    """What is seen of a backpack from the front; pen at the head's centre."""
    for side in (-1, 1):
        pen.limb(
            (side * shoulder * 0.62, 1.55),
            (side * shoulder * 0.70, 3.7),
            0.17,
            0.15,
            colour,
            shadow=0.3,
        )
        pen.limb((side * shoulder * 0.70, 3.7), (side * shoulder * 0.9, 4.2), 0.1, 0.08, colour)


def backpack_top(pen: Pen, colour: ArrayLike) -> None:
    """What is seen of a backpack behind the shoulders; pen at the head's centre."""
    pen.block(-1.35, 0.85, 1.35, 4.6, colour, radius=0.5, roundness=0.4)


def handbag(pen: Pen, colour: ArrayLike) -> None:
    """Hanging from the hand."""
    pen.ring(0, 0.75, 0.68, 0.12, shade(np.asarray(colour), 0.5))
    pen.block(-0.95, 0.8, 0.95, 2.25, colour, radius=0.25, roundness=0.3, gloss=0.2)
    pen.solid(
        [(-0.95, 0.85), (0.95, 0.85), (0.6, 1.5), (-0.6, 1.5)], shade(np.asarray(colour), 0.75), 0.1
    )
    pen.disc(0, 1.45, 0.12, (0.7, 0.5, 0.1))


def phone(pen: Pen, screen: bool) -> None:
    """Upright in the hand; screen: its lit side is seen, else its back."""
    pen.block(-0.38, -1.05, 0.38, 0.35, _NIGHT, radius=0.1, roundness=0.1, gloss=0.4)
    if screen:
        pen.panel(-0.31, -0.93, 0.31, 0.22, (0.25, 0.50, 0.78))
        for y in (-0.75, -0.45, -0.15):
            pen.panel(-0.22, y, 0.22, y + 0.16, (0.75, 0.8, 0.85))
    else:
        pen.disc(-0.2, -0.85, 0.09, (0.12, 0.12, 0.14))
        pen.disc(0.12, -0.35, 0.1, (0.35, 0.35, 0.37))


def book(pen: Pen, colour: ArrayLike, half: float = 1.35) -> None:
    """Open, its covers to the viewer, centred between the hands."""
    paint = np.asarray(colour, np.float32)
    for side, factor in ((-1, 1.0), (1, 0.85)):
        cover = [(0, -0.85), (side * half, -1.1), (side * half, 0.75), (0, 1.0)]
        pen.solid([(x, y - 0.08) for x, y in cover], (0.75, 0.72, 0.64), 0.08, shadow=0.3)
        pen.solid(cover, shade(paint, factor), 0.14, shadow=0)
    pen.line((0, -0.85), (0, 1.0), 0.09, shade(paint, 0.45))
    pen.panel(-half * 0.82, -0.45, -half * 0.2, -0.3, (0.8, 0.76, 0.6))
    pen.panel(-half * 0.72, -0.15, -half * 0.3, -0.05, (0.8, 0.76, 0.6))


def laptop(pen: Pen) -> None:
    """Its back to the viewer, standing on a table at the origin."""
    grey = (0.46, 0.47, 0.49)
    pen.shadow(0, 0.1, 2.3, 0.35, 0.35)
    pen.block(-1.95, -0.14, 1.95, 0.12, shade(grey, 0.7), radius=0.1, roundness=0.08)
    pen.solid([(-1.85, -0.08), (1.85, -0.08), (1.72, -2.2), (-1.72, -2.2)], grey, 0.12, gloss=0.3)
    pen.disc(0, -1.15, 0.2, (0.78, 0.78, 0.78))


def keyboard(pen: Pen) -> None:
    pen.solid([(-1.6, -0.12), (1.6, -0.12), (1.75, 0.22), (-1.75, 0.22)], (0.06, 0.06, 0.065), 0.08)
    for y in (-0.03, 0.08):
        pen.line((-1.45, y), (1.45, y), 0.05, (0.35, 0.35, 0.36))


def teddy_bear(pen: Pen, fur: ArrayLike) -> None:
    """Sitting in the arms, centred on its belly, about 3.6 high."""
    coat = np.asarray(fur, np.float32)
    for side in (-1, 1):
        pen.ball(side * 0.55, -1.75, 0.3, coat, gloss=0)
        pen.disc(side * 0.55, -1.73, 0.16, shade(coat, 1.6))
        pen.limb((side * 0.6, -0.4), (side * 1.05, 0.25), 0.3, 0.28, coat, gloss=0)
    pen.ball(0, 0.1, 0.88, coat, height=0.98, gloss=0)
    pen.ball(0, 0.2, 0.55, shade(coat, 1.5), height=0.62, gloss=0, shadow=0)
    for side in (-1, 1):
        pen.ball(side * 0.62, 0.95, 0.38, coat, height=0.42, gloss=0)
        pen.disc(side * 0.62, 1.0, 0.2, shade(coat, 1.5))
    pen.ball(0, -1.2, 0.74, coat, height=0.68, gloss=0)
    pen.ball(0, -0.98, 0.34, shade(coat, 1.6), height=0.26, gloss=0, shadow=0)
    pen.ball(0, -1.1, 0.12, _NIGHT, height=0.09, gloss=0.5)
    for side in (-1, 1):
        pen.ball(side * 0.27, -1.35, 0.08, _NIGHT, gloss=0.8)


def remote(pen: Pen, colour: ArrayLike = (0.75, 0.75, 0.75)) -> None:
    pen.block(-0.2, -0.95, 0.2, 0.35, colour, radius=0.1, roundness=0.1)
    pen.disc(0, -0.7, 0.08, (0.4, 0.05, 0.05))
    for y in (-0.45, -0.25):
        pen.disc(0, y, 0.07, (0.3, 0.3, 0.32))


def toothbrush(pen: Pen, colour: ArrayLike) -> None:
    """From the hand towards negative x."""
    pen.limb((0.35, 0.12), (-1.05, -0.2), 0.075, 0.055, colour, gloss=0.3)
    pen.solid(
        [(-1.1, -0.25), (-0.72, -0.17), (-0.75, -0.42), (-1.1, -0.48)], (0.8, 0.85, 0.9), 0.05
    )


def hair_drier(pen: Pen, colour: ArrayLike) -> None:
    """Held at the origin, blowing towards negative x."""
    pen.limb((0, 0.4), (0, -0.6), 0.16, 0.17, colour)
    pen.limb((0.25, -0.85), (-0.6, -0.85), 0.42, 0.34, colour, gloss=0.3)
    pen.block(-1.05, -1.1, -0.7, -0.6, _NIGHT, roundness=0.1)


def camera(pen: Pen) -> None:
    """Held before the face, centred."""
    pen.block(-0.95, -0.6, 0.95, 0.6, (0.03, 0.03, 0.035), radius=0.15, roundness=0.15)
    pen.block(-0.4, -0.85, 0.4, -0.55, (0.03, 0.03, 0.035), radius=0.1, roundness=0.1)
    pen.ball(0, 0.05, 0.55, (0.05, 0.05, 0.055), gloss=0.5)
    pen.ball(0, 0.05, 0.36, (0.02, 0.03, 0.06), gloss=0.9)
    pen.disc(0.68, -0.4, 0.12, (0.7, 0.7, 0.6))
