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
_COARSE_STEPS, _FINE_STEPS = 16, 10
_STRIDE = 3
_ROW = 256
"""cv2.remap takes no long rows: rays are kept in rows of this length."""


@dataclass(frozen=True)
class Rays:
    """The rays that may meet the head. column, row: (n, 256) float32, where on the grid they do;
    missed: by how much they passed it at least, head units, 0 where they met it; pixels: their
    places in the flattened picture (the last row of rays is filled up with the last of them)."""

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
    before, sure = _coarse(radius, rotation, x[None, ::_STRIDE], y[::_STRIDE, None])
    near, solid = (_spread(part, len(y), len(x)) for part in (before, sure))
    pixels = np.flatnonzero(near > _FAR + 0.5 * (_NEAR - _FAR) / _COARSE_STEPS + 0.1)
    pixels = np.pad(pixels, (0, -len(pixels) % _ROW), "edge").reshape(-1, _ROW)
    depth = near.ravel()[pixels]
    origin = _origins(rotation, x[pixels % len(x)], y[pixels // len(x)])
    outer, inner = depth, np.full_like(depth, _FAR)  # a bracket of the surface
    gap_out, gap_in = np.full_like(depth, 0.1), np.full_like(depth, -0.05)
    hit = np.zeros(depth.shape, np.bool_)
    missed = np.full_like(depth, 9)
    for _ in range(_FINE_STEPS):
        gap, _, _ = _gap(radius, origin, rotation[2], depth)
        np.minimum(missed, gap, out=missed)
        below = gap < 0
        hit |= below
        inner, gap_in = np.where(below, depth, inner), np.where(below, gap, gap_in)
        outer, gap_out = np.where(below, outer, depth), np.where(below, gap_out, gap)
        share = np.clip(gap_out / (gap_out - gap_in + np.float32(1e-6)), 0.08, 0.92)
        # Rays that graze the surface must not creep.
        forward = np.clip(gap * np.float32(0.75), 0.05, 0.25)
        depth = np.where(hit, outer + (inner - outer) * share, depth - forward)
    _, column, row = _gap(radius, origin, rotation[2], depth)
    missed = np.where(solid.ravel()[pixels] > 0, np.float32(0), np.maximum(missed, 0))
    return Rays(column, row, missed, pixels)


def _coarse(
    radius: NDArray[np.float32],
    rotation: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For a thinned picture: a depth before the surface, and 1 where rays surely meet it, both
    with the neighbours' answers in mind."""
    origin = _origins(rotation, x, y)
    step = (_NEAR - _FAR) / _COARSE_STEPS
    found = np.full((y.shape[0], x.shape[1]), np.float32(_FAR))
    for number in range(_COARSE_STEPS, 0, -1):
        depth = np.float32(_NEAR - number * step)
        gap, _, _ = _gap(radius, origin, rotation[2], depth)
        found = np.where(gap < 0, depth, found)
    square = np.ones((3, 3), np.uint8)
    solid = cv2.erode((found > _FAR).astype(np.float32), square, borderValue=0)
    return np.asarray(cv2.dilate(found, square) + np.float32(step)), np.asarray(solid)


def _spread(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    size = (values.shape[1] * _STRIDE, values.shape[0] * _STRIDE)
    found = cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(found[:height, :width])


def _origins(
    rotation: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> tuple[NDArray[np.float32], ...]:
    """Points of the viewer's plane in the head's axes."""
    return tuple(rotation[0, k] * x + rotation[1, k] * y for k in range(3))


def _gap(
    radius: NDArray[np.float32],
    origin: tuple[NDArray[np.float32], ...],
    toward: NDArray[np.float32],
    depth: NDArray[Any] | np.float32,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """How far points lie outside the surface, and their place on the grid."""
    x, y, z = (place + depth * axis for place, axis in zip(origin, toward, strict=True))
    away, angle = cv2.cartToPolar(-z, -x)  # an angle of π is the nose
    column = (angle - np.float32(math.pi)) * np.float32(RADIUS / CELL) + np.float32(-U[0] / CELL)
    row = (y - V[0]) * np.float32(1 / CELL)
    surface = cv2.remap(radius, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return away - surface, column, row
