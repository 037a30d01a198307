"""Animals from their side, looking to positive x. Pens have their origin on the ground."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.colours import shade
from cocopfs.world.pen import Pen

_NIGHT = (0.015, 0.012, 0.012)


def dog(pen: Pen, fur: ArrayLike) -> None:
    """About 3.6 long and 3 high."""
    coat = np.asarray(fur, np.float32)
    pen.shadow(0, 0, 1.7, 0.3)
    _legs(pen, shade(coat, 0.65), (-0.75, 0.95), -1.1, 0.2, 0.14)
    pen.limb((-1.25, -1.55), (-1.95, -2.45), 0.17, 0.07, coat)
    pen.limb((-0.9, -1.5), (0.85, -1.55), 0.52, 0.6, coat)
    _legs(pen, coat, (-1.05, 0.7), -1.1, 0.23, 0.15)
    pen.limb((0.9, -1.75), (1.35, -2.4), 0.44, 0.36, coat)
    pen.limb((1.5, -2.45), (2.15, -2.25), 0.42, 0.22, coat)
    pen.limb((1.2, -2.75), (1.0, -2.15), 0.18, 0.2, shade(coat, 0.55))
    pen.ball(2.33, -2.32, 0.12, _NIGHT, gloss=0.5)
    pen.ball(1.66, -2.58, 0.085, _NIGHT, gloss=0.6)
    pen.line((1.95, -2.1), (2.28, -2.13), 0.04, _NIGHT)
    pen.limb((0.8, -1.98), (1.2, -1.72), 0.09, 0.09, (0.5, 0.04, 0.04), shadow=0)


def sitting_cat(pen: Pen, fur: ArrayLike) -> None:
    """From the front, about 2 wide and 3 high; fits into arms."""
    coat = np.asarray(fur, np.float32)
    pen.limb((0.7, -0.25), (1.25, -1.2), 0.16, 0.11, shade(coat, 0.75))
    pen.solid(
        [(-0.8, 0), (-0.75, -0.9), (-0.4, -1.6), (0.4, -1.6), (0.75, -0.9), (0.8, 0)],
        coat,
        0.35,
        smooth=True,
        gloss=0.02,
    )
    pen.ball(0, -0.75, 0.4, shade(coat, 1.5), height=0.55, gloss=0, shadow=0)
    for side in (-1, 1):
        pen.limb((side * 0.28, -0.8), (side * 0.3, -0.05), 0.17, 0.19, coat)
        pen.solid(
            [(side * 0.2, -2.4), (side * 0.52, -3.0), (side * 0.68, -2.2)], coat, 0.12, gloss=0
        )
        pen.flat([(side * 0.34, -2.45), (side * 0.51, -2.8), (side * 0.58, -2.3)], (0.6, 0.3, 0.28))
    pen.ball(0, -2.05, 0.68, coat, height=0.58, gloss=0.02)
    for side in (-1, 1):
        pen.disc(side * 0.27, -2.12, 0.14, (0.45, 0.55, 0.08))
        pen.disc(side * 0.27, -2.12, 0.055, _NIGHT, height=0.13)
        pen.ball(side * 0.14, -1.8, 0.19, shade(coat, 1.4), height=0.14, gloss=0, shadow=0)
        for y in (-1.88, -1.78):
            pen.line((side * 0.2, y), (side * 0.85, y - 0.06), 0.02, (0.75, 0.75, 0.75))
    pen.flat([(-0.09, -1.94), (0.09, -1.94), (0, -1.84)], (0.55, 0.18, 0.18))


def horse(pen: Pen, coat: ArrayLike) -> None:
    """About 8.5 long, its back at -4.6."""
    hide = np.asarray(coat, np.float32)
    mane = shade(hide, 0.25)
    pen.shadow(0, 0, 3.8, 0.5)
    for x, foot in ((-1.9, -2.2), (2.0, 2.3)):
        _hoofed(pen, shade(hide, 0.6), (x, -3.2), (foot, -0.15))
    pen.limb((-2.9, -4.3), (-3.6, -1.9), 0.3, 0.16, mane)
    pen.solid(
        [
            (-2.9, -4.5),
            (-1.5, -4.85),
            (0.8, -4.6),
            (2.2, -4.9),
            (2.9, -3.9),
            (2.2, -2.7),
            (0, -2.55),
            (-2.1, -2.8),
            (-3.0, -3.6),
        ],
        hide,
        0.7,
        smooth=True,
        gloss=0.1,
    )
    for x, foot in ((-2.4, -2.5), (1.6, 1.5)):
        _hoofed(pen, hide, (x, -3.2), (foot, 0.0))
    pen.solid(
        [(1.7, -4.4), (2.6, -5.9), (3.3, -6.7), (3.9, -6.3), (3.4, -5.2), (2.9, -3.6)],
        hide,
        0.45,
        smooth=True,
        gloss=0.1,
    )
    pen.solid(
        [(1.6, -4.8), (2.3, -6.2), (3.2, -7.0), (3.3, -6.7), (2.7, -5.7), (2.2, -4.6)],
        mane,
        0.15,
        smooth=True,
    )
    pen.limb((3.5, -6.4), (4.75, -5.35), 0.52, 0.34, hide)
    pen.solid([(3.15, -6.8), (3.25, -7.4), (3.5, -6.8)], hide, 0.1)
    pen.ball(3.75, -6.5, 0.11, _NIGHT, gloss=0.6)
    pen.disc(4.9, -5.4, 0.07, _NIGHT)
    pen.line((4.35, -5.15), (4.0, -6.2), 0.07, (0.1, 0.04, 0.02))
    pen.line((4.4, -5.3), (1.4, -5.0), 0.06, (0.1, 0.04, 0.02))
    pen.solid(
        [(-1.2, -4.9), (0.9, -4.9), (1.1, -3.7), (-1.2, -3.7)],
        (0.16, 0.06, 0.03),
        0.25,
        smooth=True,
    )


def elephant(pen: Pen, size: float = 1.0) -> None:
    """About 11 long and 8 high."""
    pen = pen.moved(0, 0, scale=size)
    hide = np.array((0.25, 0.24, 0.245), np.float32)
    pen.shadow(0, 0, 4.6, 0.6)
    for x in (-2.1, 1.7):
        pen.limb((x, -3.2), (x, -0.5), 0.8, 0.62, shade(hide, 0.6))
    pen.limb((-3.6, -5.3), (-4.2, -2.8), 0.16, 0.1, shade(hide, 0.7))
    pen.solid(
        [
            (-3.6, -5.2),
            (-2.2, -7.0),
            (0.4, -7.3),
            (2.6, -6.6),
            (3.0, -4.4),
            (1.8, -2.6),
            (-1.0, -2.3),
            (-3.2, -2.9),
        ],
        hide,
        1.2,
        smooth=True,
        gloss=0.02,
    )
    for x in (-2.7, 1.0):
        pen.limb((x, -3.2), (x, -0.5), 0.88, 0.68, hide)
        for toe in (-0.4, 0.0, 0.4):
            pen.disc(x + toe, -0.08, 0.16, (0.45, 0.42, 0.38), height=0.13)
    trunk = [(4.2, -5.0), (4.9, -3.6), (5.0, -2.2), (5.5, -1.5)]
    for (start, end), radius in zip(pairwise(trunk), (0.62, 0.44, 0.32), strict=True):
        pen.limb(start, end, radius, radius * 0.75, hide, gloss=0.02, shadow=0.1)
    pen.ball(3.5, -6.0, 1.45, hide, height=1.55, gloss=0.02)
    pen.limb((4.3, -4.6), (5.3, -3.7), 0.18, 0.06, (0.78, 0.74, 0.62))
    pen.solid(
        [(2.9, -7.0), (1.5, -7.2), (0.7, -5.7), (1.5, -4.2), (2.7, -4.5), (3.1, -5.7)],
        shade(hide, 0.85),
        0.4,
        smooth=True,
        gloss=0,
        shadow=0.4,
    )
    pen.ball(4.15, -6.2, 0.13, _NIGHT, gloss=0.6)


def cow(pen: Pen, coat: ArrayLike, patches: ArrayLike) -> None:
    """About 6 long and 4 high."""
    hide = np.asarray(coat, np.float32)
    pen.shadow(0, 0, 2.8, 0.4)
    _legs(pen, shade(hide, 0.6), (-1.5, 1.5), -1.8, 0.3, 0.22)
    pen.line((-2.5, -3.1), (-2.8, -1.4), 0.12, shade(hide, 0.6))
    pen.solid(
        [
            (-2.5, -3.3),
            (0, -3.35),
            (2.1, -3.5),
            (2.4, -2.3),
            (1.5, -1.5),
            (-1.6, -1.45),
            (-2.6, -2.2),
        ],
        hide,
        0.6,
        smooth=True,
        gloss=0.02,
    )
    for x, y, radius in ((-1.5, -2.7, 0.6), (0.3, -2.3, 0.5), (1.3, -3.0, 0.4)):
        pen.ball(x, y, radius, patches, height=radius * 0.75, gloss=0, shadow=0)
    _legs(pen, hide, (-1.9, 1.2), -1.8, 0.34, 0.24)
    pen.limb((2.0, -3.1), (2.7, -3.6), 0.7, 0.5, hide, shadow=0.1)
    pen.limb((2.9, -3.75), (3.5, -3.15), 0.5, 0.4, hide)
    pen.ball(3.65, -3.0, 0.36, (0.6, 0.38, 0.34), height=0.3)
    for x in (2.55, 3.1):
        pen.limb((x, -4.2), (x + 0.12, -4.6), 0.1, 0.04, (0.7, 0.66, 0.55))
    pen.limb((2.55, -3.95), (2.1, -4.0), 0.16, 0.1, patches)
    pen.ball(3.1, -3.85, 0.1, _NIGHT, gloss=0.6)
    pen.disc(3.75, -3.05, 0.06, _NIGHT)


def giraffe(pen: Pen) -> None:
    """About 5 long and 11 high."""
    hide, patches = np.array((0.62, 0.42, 0.17), np.float32), (0.28, 0.12, 0.04)
    pen.shadow(0, 0, 2.4, 0.4)
    _legs(pen, shade(hide, 0.65), (-1.0, 1.0), -3.6, 0.26, 0.16)
    pen.limb((-1.4, -4.4), (1.2, -4.9), 0.85, 1.0, hide, gloss=0.02)
    _legs(pen, hide, (-1.4, 0.7), -3.6, 0.28, 0.17)
    pen.limb((1.4, -5.2), (2.5, -9.4), 0.62, 0.36, hide, gloss=0.02)
    for x, y, r in (
        (-1.3, -4.5, 0.33),
        (-0.5, -4.9, 0.36),
        (-0.6, -4.1, 0.3),
        (0.3, -5.1, 0.34),
        (0.4, -4.3, 0.33),
        (1.2, -4.9, 0.33),
        (1.5, -5.9, 0.27),
        (1.9, -6.9, 0.25),
        (1.7, -6.4, 0.16),
        (2.1, -7.8, 0.22),
        (2.3, -8.7, 0.2),
    ):
        pen.ball(x, y, r, patches, gloss=0, shadow=0, height=r * 1.15)
    pen.limb((2.5, -9.6), (3.5, -9.2), 0.42, 0.26, hide)
    pen.limb((2.4, -9.8), (2.35, -10.4), 0.09, 0.11, patches)
    pen.limb((2.2, -9.7), (1.75, -9.85), 0.15, 0.08, hide)
    pen.ball(2.75, -9.75, 0.1, _NIGHT, gloss=0.6)
    pen.disc(3.6, -9.25, 0.05, _NIGHT)


def bird(pen: Pen, feathers: ArrayLike) -> None:
    """A small standing bird, 1 high."""
    coat = np.asarray(feathers, np.float32)
    for x in (-0.1, 0.12):
        pen.line((x, 0), (x, -0.35), 0.04, (0.6, 0.3, 0.05))
    pen.solid(
        [(-0.9, -0.5), (-0.3, -0.9), (0.3, -0.8), (0.4, -0.4), (0, -0.25)], coat, 0.18, smooth=True
    )
    pen.ball(0.42, -0.95, 0.24, shade(coat, 0.8))
    pen.flat([(0.6, -1.0), (0.92, -0.92), (0.6, -0.86)], (0.7, 0.4, 0.05))
    pen.disc(0.48, -1.0, 0.05, _NIGHT)


def _legs(
    pen: Pen, colour: ArrayLike, pair: tuple[float, float], top: float, thick: float, thin: float
) -> None:
    for x in pair:
        pen.limb((x, top), (x + 0.04, -thin), thick, thin, colour)
        pen.limb(
            (x + 0.02, -thin * 0.8), (x + thin * 1.2, -thin * 0.8), thin, thin, colour, shadow=0.05
        )


def _hoofed(
    pen: Pen, colour: ArrayLike, hip: tuple[float, float], foot: tuple[float, float]
) -> None:
    knee = (hip[0] + foot[0]) / 2 + 0.1, (hip[1] + foot[1]) / 2 + 0.1
    pen.limb(knee, (foot[0], foot[1] - 0.25), 0.26, 0.19, colour)
    pen.limb(hip, knee, 0.55, 0.28, colour, shadow=0.05)
    pen.block(foot[0] - 0.25, foot[1] - 0.3, foot[0] + 0.28, foot[1], _NIGHT, roundness=0.08)
