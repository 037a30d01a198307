"""Where a viewer's rays meet a head: marched over the radius r(θ, y), coarsely, then finely."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.head import CELL, RADIUS, U, V

_NEAR, _FAR = 1.30, -1.0
_COARSE_STEPS, _FINE_STEPS = 16, 16
_REFINEMENTS = (True, True, False)
"""Halving finds the walls of hair, which are steps in the radius; then the secant is right."""
_STRIDE = 3
_LINE = 256
"""cv2.remap takes no long rows: rays are kept in lines of this length."""


@dataclass(frozen=True)
class Rays:
    """The rays that may meet the head. column, row: (n, 256) float32, where on the grid they do;
    missed: by how much they passed it at least, head units, 0 where they met it; pixels: their
    places in the flattened picture (the last line is filled up with the last ray)."""

    column: NDArray[np.float32]
    row: NDArray[np.float32]
    missed: NDArray[np.float32]
    pixels: NDArray[np.intp]


def march(
    radius: NDArray[np.float32],
    rotation: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> Rays:
    """x: (w,), y: (h,): the columns and rows of the picture in the viewer's plane, head units,
    evenly spaced. rotation: as `View.rotation`."""
    before, solid = _coarse(radius, rotation, x[::_STRIDE], y[::_STRIDE])
    start, sure = (_spread(part, len(y), len(x)).ravel() for part in (before, solid))
    pixels = np.flatnonzero(start > _FAR + 1e-3)
    pixels = np.pad(pixels, (0, -len(pixels) % _LINE), "edge")
    origin = _plane(rotation, x[pixels % len(x)], y[pixels // len(x)])
    depth, missed = _first_meeting(radius, rotation[2], origin, start[pixels])
    missed[sure[pixels] > 0] = 0
    _, column, row = _gap(radius, origin, rotation[2], depth)
    shape = (-1, _LINE)
    return Rays(
        column.reshape(shape), row.reshape(shape), missed.reshape(shape), pixels.reshape(shape)
    )


def _first_meeting(
    radius: NDArray[np.float32],
    toward: NDArray[np.float32],
    origin: NDArray[np.float32],
    start: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The depth where each ray meets the surface first, or passes it nearest, and by how much it
    misses it. origin: (3, n)."""
    found, missed = np.empty_like(start), np.zeros_like(start)
    brackets = np.empty((4, len(start)), np.float32)  # outer and inner depth, gaps there
    met = np.zeros(start.shape, np.bool_)
    active, places, depth = np.arange(len(start)), origin, start
    last, gap_last = depth, np.full_like(start, 0.05)
    nearest, least = depth, np.full_like(start, 9)
    for step in range(_FINE_STEPS):
        gap, _, _ = _gap(radius, places, toward, depth)
        below = gap < 0
        rays = active[below]
        met[rays] = True
        brackets[:, rays] = last[below], depth[below], gap_last[below], gap[below]
        nearest, least = np.where(gap < least, depth, nearest), np.minimum(gap, least)
        lost = ~below & ((depth <= _FAR) | (step == _FINE_STEPS - 1))
        found[active[lost]], missed[active[lost]] = nearest[lost], least[lost]
        onward = ~below & ~lost
        active, places, last, gap_last = (
            active[onward],
            places[:, onward],
            depth[onward],
            gap[onward],
        )
        nearest, least = nearest[onward], least[onward]
        if not len(active):
            break
        # Rays that graze the surface must not creep.
        depth = last - np.clip(gap_last * np.float32(0.75), 0.05, 0.25)
    places, (a, b, gap_a, gap_b) = origin[:, met], brackets[:, met]
    for halve in _REFINEMENTS:
        middle = a + (b - a) * (0.5 if halve else gap_a / (gap_a - gap_b))
        gap, _, _ = _gap(radius, places, toward, middle)
        below = gap < 0
        a, gap_a = np.where(below, a, middle), np.where(below, gap_a, gap)
        b, gap_b = np.where(below, middle, b), np.where(below, gap, gap_b)
    found[met] = a + (b - a) * (gap_a / (gap_a - gap_b))
    return found, missed


def _coarse(
    radius: NDArray[np.float32],
    rotation: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For a thinned picture: a depth before the surface, `_FAR` where there is none, and 1 where
    rays surely meet it, both with the neighbours' answers in mind."""
    origin = _plane(rotation, np.tile(x, len(y)), np.repeat(y, len(x)))
    step = (_NEAR - _FAR) / _COARSE_STEPS
    found = np.full(len(x) * len(y), np.float32(_FAR))
    for number in range(_COARSE_STEPS, 0, -1):
        depth = np.float32(_NEAR - number * step)
        gap, _, _ = _gap(radius, origin, rotation[2], depth)
        found = np.where(gap < 0, depth + np.float32(step), found)
    square, picture = np.ones((3, 3), np.uint8), found.reshape(len(y), len(x))
    solid = cv2.erode((picture > _FAR).astype(np.float32), square, borderValue=0)
    return np.asarray(cv2.dilate(picture, square)), np.asarray(solid)


def _spread(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    size = (values.shape[1] * _STRIDE, values.shape[0] * _STRIDE)
    found = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(found[:height, :width])


def _plane(
    rotation: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3, n): points of the viewer's plane in the head's axes."""
    return np.stack([rotation[0, axis] * x + rotation[1, axis] * y for axis in range(3)])


def _gap(
    radius: NDArray[np.float32],
    origin: NDArray[np.float32],
    toward: NDArray[np.float32],
    depth: NDArray[Any] | np.float32,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """How far points lie outside the surface, and their place on the grid; (n,) each."""
    count = origin.shape[1]
    lines = np.empty((3, -(-count // _LINE) * _LINE), np.float32)
    for axis in range(3):
        np.add(origin[axis], depth * toward[axis], out=lines[axis, :count])
        lines[axis, count:] = 0
    x, y, z = lines.reshape(3, -1, _LINE)
    away, angle = cv2.cartToPolar(-z, -x)  # an angle of π is the nose
    column = (angle - np.float32(math.pi)) * np.float32(RADIUS / CELL) + np.float32(-U[0] / CELL)
    row = (y - V[0]) * np.float32(1 / CELL)
    surface = cv2.remap(radius, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return (away - surface).ravel()[:count], column.ravel()[:count], row.ravel()[:count]
