"""A pen with its own coordinates: every prop and body is drawn in units of its own size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from cocopfs.world.canvas import Canvas, Pattern
from cocopfs.world.outlines import Outline, Point, capsule, ellipse, rectangle, rounded


@dataclass(frozen=True)
class Pen:
    """Draws at an origin (pixels), `unit` pixels to one, x mirrored where `flip` is -1, turned by
    `turn` radians clockwise. All lengths below are in units."""

    canvas: Canvas
    x: float
    y: float
    unit: float
    flip: int = 1
    turn: float = 0.0

    def at(self, x: float, y: float) -> Point:
        """Pixels of a point."""
        return self._pixels(np.array([[x, y]]))

    def moved(self, x: float, y: float, *, scale: float = 1.0, turn: float = 0.0) -> Pen:
        """A pen with its origin at x, y of this one."""
        new_x, new_y = self.at(x, y)
        return replace(
            self,
            x=new_x,
            y=new_y,
            unit=self.unit * scale,
            turn=self.turn + turn * self.flip,
        )

    def to(self, pixel: Point) -> Pen:
        """The same pen with its origin at a pixel."""
        return replace(self, x=pixel[0], y=pixel[1])

    def mirrored(self) -> Pen:
        return replace(self, flip=-self.flip)

    def flat(self, points: ArrayLike, colour: ArrayLike, *, smooth: bool = False) -> None:
        self.canvas.flat(self.outline(points), colour, smooth=smooth)

    def solid(
        self,
        points: ArrayLike,
        colour: ArrayLike,
        roundness: float,
        *,
        smooth: bool = False,
        gloss: float = 0.08,
        shadow: float = 0.22,
        pattern: Pattern | None = None,
    ) -> None:
        self.canvas.solid(
            self.outline(points),
            colour,
            roundness * self.unit,
            smooth=smooth,
            gloss=gloss,
            shadow=shadow,
            pattern=pattern,
        )

    def block(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        colour: ArrayLike,
        *,
        radius: float = 0.0,
        roundness: float = 0.1,
        gloss: float = 0.08,
        shadow: float = 0.22,
    ) -> None:
        """A cushioned rectangle."""
        points = (
            rounded(left, top, right, bottom, radius)
            if radius
            else rectangle(left, top, right, bottom)
        )
        self.solid(points, colour, roundness, gloss=gloss, shadow=shadow)

    def panel(
        self, left: float, top: float, right: float, bottom: float, colour: ArrayLike
    ) -> None:
        """A flat rectangle."""
        self.flat(rectangle(left, top, right, bottom), colour)

    def limb(
        self,
        start: Point,
        end: Point,
        start_radius: float,
        end_radius: float,
        colour: ArrayLike,
        *,
        gloss: float = 0.08,
        shadow: float = 0.22,
        pattern: Pattern | None = None,
    ) -> None:
        """A tapered capsule: arms, legs, poles, frames."""
        self.solid(
            capsule(start, end, start_radius, end_radius),
            colour,
            0.75 * max(start_radius, end_radius),
            gloss=gloss,
            shadow=shadow,
            pattern=pattern,
        )

    def rod(self, points: Sequence[Point], radius: float, colour: ArrayLike) -> None:
        """Capsules of one thickness from point to point."""
        for start, end in pairwise(points):
            self.limb(start, end, radius, radius, colour, shadow=0.1)

    def ball(
        self,
        x: float,
        y: float,
        radius: float,
        colour: ArrayLike,
        *,
        height: float | None = None,
        turn: float = 0.0,
        gloss: float = 0.12,
        shadow: float = 0.22,
    ) -> None:
        """An ellipsoid; `height` is its other radius."""
        other = radius if height is None else height
        outline = ellipse((x, y), radius, other, turn, self.unit)
        self.solid(outline, colour, 0.55 * min(radius, other), gloss=gloss, shadow=shadow)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        colour: ArrayLike,
        *,
        height: float | None = None,
        turn: float = 0.0,
    ) -> None:
        """A flat ellipse."""
        other = radius if height is None else height
        self.flat(ellipse((x, y), radius, other, turn, self.unit), colour)

    def line(self, start: Point, end: Point, thickness: float, colour: ArrayLike) -> None:
        """A flat line, never thinner than a pixel: strings, markings, spokes."""
        half = max(thickness * self.unit, 0.9) / 2 / self.unit
        self.flat(capsule(start, end, half, half), colour)

    def ring(self, x: float, y: float, radius: float, thickness: float, colour: ArrayLike) -> None:
        self.canvas.ring(self.at(x, y), radius * self.unit, thickness * self.unit, colour)

    def shadow(self, x: float, y: float, width: float, height: float, depth: float = 0.5) -> None:
        """A soft shadow on the ground."""
        self.canvas.ground_shadow(self.at(x, y), width * self.unit, height * self.unit, depth)

    def outline(self, points: ArrayLike) -> Outline:
        """Units -> pixels, (n, 2)."""
        given = np.asarray(points, np.float64).reshape(-1, 2) * self.unit
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        x, y = given[:, 0] * self.flip, given[:, 1]
        return np.stack([self.x + x * cos - y * sin, self.y + x * sin + y * cos], 1)

    def _pixels(self, point: Outline) -> Point:
        x, y = self.outline(point)[0]
        return float(x), float(y)
