"""Closed outlines as (n, 2) float64 corners."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Outline = NDArray[np.float64]


def evenly(first: float, last: float, count: int) -> list[float]:
    """`count` numbers from first to last."""
    return [float(value) for value in np.linspace(first, last, count)]


def steps(first: float, end: float, step: float) -> list[float]:
    """The numbers from first, `step` apart, below end."""
    return [float(value) for value in np.arange(first, end, step)]


def ellipse(
    centre: Point, across: float, down: float, turn: float = 0.0, unit: float = 1.0
) -> Outline:
    """across, down: radii; turn in radians, clockwise in the picture; unit: pixels to one, which
    tells how many corners make it round."""
    size = max(across, down) * unit
    count = 12 if size < 4 else 20 if size < 12 else 32 if size < 40 else 60
    t = np.linspace(0, 2 * math.pi, count, endpoint=False)
    x, y = across * np.cos(t), down * np.sin(t)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.stack([centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos], 1)


def capsule(start: Point, end: Point, start_radius: float, end_radius: float) -> Outline:
    """The hull of two discs, nearly: what limbs and poles look like."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    angle = math.atan2(b[1] - a[1], b[0] - a[0])
    quarter = math.pi / 2
    front = angle + np.linspace(-quarter, quarter, 7)
    back = angle + np.linspace(quarter, 3 * quarter, 7)
    return np.concatenate(
        [
            b + end_radius * np.stack([np.cos(front), np.sin(front)], 1),
            a + start_radius * np.stack([np.cos(back), np.sin(back)], 1),
        ]
    )


def rectangle(left: float, top: float, right: float, bottom: float) -> Outline:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Outline:
    """A rectangle with round corners."""
    corners = (
        (right - radius, top + radius, -90),
        (right - radius, bottom - radius, 0),
        (left + radius, bottom - radius, 90),
        (left + radius, top + radius, 180),
    )
    arc = np.linspace(0, 90, 5)
    return np.concatenate(
        [
            np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], 1)
            for x, y, first in corners
            for t in (np.radians(first + arc),)
        ]
    )


def spline(points: Outline, count: int = 6) -> Outline:
    """The closed Catmull-Rom curve through the points."""
    before, after, beyond = (np.roll(points, shift, 0) for shift in (1, -1, -2))
    t = np.linspace(0, 1, count, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * points
        + (after - before) * t
        + (2 * before - 5 * points + 4 * after - beyond) * t**2
        + (3 * points - before - 3 * after + beyond) * t**3
    )
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2), np.float64)
