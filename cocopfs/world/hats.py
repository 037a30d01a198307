"""What sits on a drawn head, over the hair and above the brows."""

from __future__ import annotations

import math

import numpy as np

from cocopfs.world.clothes import Hat
from cocopfs.world.colours import PAINTS, shade
from cocopfs.world.pen import Pen
from cocopfs.world.pose import View


def draw_hat(head: Pen, view: View, hat: Hat, colour: str) -> None:
    """head: a pen at the head's centre in head units, not mirrored."""
    pen = head.moved(0, 0, turn=view.roll)
    front = 0.62 * math.sin(view.yaw)  # where the middle of the forehead is seen
    paint = np.asarray(PAINTS[colour], np.float32)
    if hat is Hat.CAP:
        _dome(pen, paint, base=-0.50, top=-1.38, half=0.86)
        pen.solid(
            [
                (front - 0.68, -0.55),
                (front * 1.4 - 0.45, -0.40),
                (front * 1.7, -0.35),
                (front * 1.4 + 0.45, -0.40),
                (front + 0.68, -0.55),
                (front, -0.68),
            ],
            shade(paint, 0.75),
            0.12,
            smooth=True,
        )
        pen.ball(0, -1.38, 0.08, shade(paint, 0.7), height=0.05)
    elif hat is Hat.HELMET:
        for side in (-1, 1):
            pen.line((side * 0.78, -0.45), (side * 0.5, 0.95), 0.07, (0.02, 0.02, 0.02))
        _dome(pen, paint, base=-0.42, top=-1.52, half=0.97, gloss=0.5)
        for x in (-0.4, 0.0, 0.4):
            pen.ball(x + front * 0.5, -1.1, 0.08, shade(paint, 0.2), height=0.25, shadow=0)
        pen.solid(
            [(-0.95, -0.55), (0, -0.42), (0.95, -0.55), (0.95, -0.44), (0, -0.31), (-0.95, -0.44)],
            shade(paint, 0.4),
            0.05,
            smooth=True,
        )
    elif hat is Hat.BEANIE:
        _dome(pen, paint, base=-0.55, top=-1.52, half=0.86, gloss=0.02)
        pen.ball(0, -1.55, 0.24, shade(paint, 1.5), gloss=0)
        pen.solid(
            [(-0.9, -0.78), (0, -0.7), (0.9, -0.78), (0.9, -0.5), (0, -0.42), (-0.9, -0.5)],
            shade(paint, 0.7),
            0.12,
            smooth=True,
            gloss=0,
        )
    else:
        straw = (0.62, 0.45, 0.20)
        pen.ball(0, -0.62, 1.55, straw, height=0.26, gloss=0.02)
        _dome(pen, np.asarray(straw, np.float32), base=-0.66, top=-1.5, half=0.78, gloss=0.02)
        pen.solid(
            [(-0.78, -0.86), (0, -0.78), (0.78, -0.86), (0.79, -0.68), (0, -0.58), (-0.79, -0.68)],
            (0.2, 0.05, 0.05),
            0.06,
            smooth=True,
            gloss=0,
        )


def _dome(
    pen: Pen, colour: object, base: float, top: float, half: float, gloss: float = 0.08
) -> None:
    height = base - top
    t = np.linspace(0, math.pi, 11)
    arch = [(half * math.cos(a), base - height * math.sin(a) ** 0.8) for a in t]
    brow = [(-0.5 * half, base + 0.10), (0.0, base + 0.13), (0.5 * half, base + 0.10)]
    pen.solid(arch + brow, np.asarray(colour), 0.28, gloss=gloss)
