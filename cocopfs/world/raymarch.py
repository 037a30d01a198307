"""Where a viewer's rays meet a head: marched over the radius r(θ, y), coarsely, then finely."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.head import CELL, RADIUS, U, V

_NEAR, _FAR = 1.30, -1.0
_COARSE_STEPS, _FINE_STEPS = 16, 10
_STRIDE = 3


def march(
    radius: NDArray[np.float32],
    rotation: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Where the rays through (x, y) of the viewer's plane, head units, meet the surface.

    x: (1, w), y: (h, 1), evenly spaced. Returns column and row of the grid, (h, w) float32, and
    by how much the ray missed the surface at least, head units, 0 where it met it.
    """
    near, solid = _coarse(radius, rotation, x, y)
    origin, toward = _origins(rotation, x, y), rotation[2]
    outer, inner = near, np.full_like(near, _FAR)  # a bracket of the surface
    gap_out, gap_in = np.full_like(near, 0.1), np.full_like(near, -0.05)
    hit = np.zeros(near.shape, np.bool_)
    missed = np.full_like(near, 9)
    depth = near
    for _ in range(_FINE_STEPS):
        gap, _, _ = _gap(radius, origin, toward, depth)
        np.minimum(missed, gap, out=missed)
        below = gap < 0
        hit |= below
        inner, gap_in = np.where(below, depth, inner), np.where(below, gap, gap_in)
        outer, gap_out = np.where(below, outer, depth), np.where(below, gap_out, gap)
        share = np.clip(gap_out / (gap_out - gap_in + np.float32(1e-6)), 0.08, 0.92)
        forward = np.clip(gap * np.float32(0.75), 0.02, 0.25)
        depth = np.where(hit, outer + (inner - outer) * share, depth - forward)
    _, column, row = _gap(radius, origin, toward, depth)
    return column, row, np.where(solid, 0, np.maximum(missed, 0)).astype(np.float32)


def _coarse(
    radius: NDArray[np.float32],
    rotation: NDArray[np.float32],
    x: NDArray[np.float32],
    y: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(h, w) each: a depth before the surface, and where rays surely meet it; from every third
    ray and its neighbours."""
    origin = _origins(rotation, x[:, ::_STRIDE], y[::_STRIDE])
    step = (_NEAR - _FAR) / _COARSE_STEPS
    found = np.full((origin[0].shape[0], origin[0].shape[1]), np.float32(_FAR))
    for number in range(_COARSE_STEPS, 0, -1):
        depth = np.float32(_NEAR - number * step)
        gap, _, _ = _gap(radius, origin, rotation[2], depth)
        found = np.where(gap < 0, depth, found)
    square = np.ones((3, 3), np.uint8)
    near = cv2.dilate(found, square) + np.float32(step)
    solid = cv2.erode((found > _FAR).astype(np.uint8), square, borderValue=0)
    size = (found.shape[1] * _STRIDE, found.shape[0] * _STRIDE)
    height, width = y.shape[0], x.shape[1]
    spread = [cv2.resize(part, size, interpolation=cv2.INTER_NEAREST) for part in (near, solid)]
    return spread[0][:height, :width], spread[1][:height, :width] > 0


def _origins(
    rotation: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]
) -> tuple[NDArray[np.float32], ...]:
    """Points of the viewer's plane in the head's axes."""
    return tuple(rotation[0, k] * x + rotation[1, k] * y for k in range(3))


def _gap(
    radius: NDArray[np.float32],
    origin: tuple[NDArray[np.float32], ...],
    toward: NDArray[np.float32],
    depth: NDArray[np.float32] | np.float32,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """How far points lie outside the surface, and their place on the grid."""
    x, y, z = (place + depth * axis for place, axis in zip(origin, toward, strict=True))
    away, angle = cv2.cartToPolar(-z, -x)  # an angle of π is the nose
    column = (angle - np.float32(math.pi)) * np.float32(RADIUS / CELL) + np.float32(-U[0] / CELL)
    row = (y - V[0]) * np.float32(1 / CELL)
    surface = cv2.remap(radius, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return away - surface, column, row
