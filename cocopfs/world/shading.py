"""Light on a head: soft daylight from above and one lamp, with occlusion and cast shadows."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.head import CELL, RADIUS, Surface, U, V
from cocopfs.world.noise import ramp
from cocopfs.world.pose import View

_SIN, _COS = np.sin(U / RADIUS)[None, :], np.cos(U / RADIUS)[None, :]
# Light bleeds through skin into the shadow, red farthest.
_WRAP = (0.40, 0.24, 0.17)
_SHADOW_REACH = (0.035, 0.07, 0.12, 0.19, 0.28, 0.40)


def light_surface(surface: Surface, view: View) -> NDArray[np.float32]:
    """(v, u, 4) on the surface's grid: the RGB light that falls on it, and its gloss."""
    light = view.rotation.T @ view.light
    viewer = view.rotation.T @ np.array([0, 0, 1], np.float32)
    sky = view.rotation.T @ np.array([0, -1, 0], np.float32)
    nx, ny, nz, slope = _normals(surface.radius)
    facing = nx * light[0] + ny * light[1] + nz * light[2]
    upward = nx * sky[0] + ny * sky[1] + nz * sky[2]
    open_sky = _openness(surface.radius)
    lit = 1 - _cast_shadow(surface.radius, light)
    half = (light + viewer) / np.float32(np.linalg.norm(light + viewer))
    hair = ramp(surface.hair, -0.01, 0.03)
    glance = np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1)
    skin_gloss = 0.13 * glance**14 + 0.12 * glance**60
    along = (slope * (_SIN * half[0] + _COS * half[2]) + half[1]) / np.sqrt(1 + slope * slope)
    across = np.clip(1 - along * along, 0, 1)
    hair_gloss = 0.5 * across**10 * np.clip(facing + 0.4, 0, 1)
    found = np.empty((*surface.radius.shape, 4), np.float32)
    ambient = view.ambient * (0.78 + 0.30 * upward) * open_sky
    edge = np.clip(1 - (nx * viewer[0] + ny * viewer[1] + nz * viewer[2]), 0, 1)
    ambient = ambient + 0.08 * edge**3
    for channel, wrap in enumerate(_WRAP):
        tint = (1 + view.warmth, 1.0, 1 - view.warmth)[channel]
        direct = np.clip((facing + wrap) / (1 + wrap), 0, 1) * (0.35 + 0.65 * open_sky)
        # the rim of a shadow on skin is red
        soft = lit if channel else np.sqrt(lit)
        found[..., channel] = view.key * tint * direct * (0.12 + 0.88 * soft) + ambient * (
            1.5 - 0.5 * tint
        )
    gloss = skin_gloss * np.clip(facing + 0.15, 0, 1) * (1 - hair) + hair_gloss * hair
    found[..., 3] = gloss * view.key * lit
    return found


def _normals(radius: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
    """x, y, z of the outward normals, from the gradient of distance - r(θ, y), and dr/dy."""
    smooth = cv2.GaussianBlur(radius, (0, 0), 0.8)
    padded = np.pad(smooth, ((1, 1), (0, 0)), "edge")
    along = (padded[2:] - padded[:-2]) * np.float32(0.5 / CELL)
    wrapped = np.concatenate([smooth[:, -1:], smooth, smooth[:, :1]], 1)
    around = (wrapped[:, 2:] - wrapped[:, :-2]) * np.float32(0.5 / CELL * RADIUS)
    around /= np.maximum(smooth, 0.05)
    x, y, z = _SIN - around * _COS, -along, _COS + around * _SIN
    scale = 1 / np.sqrt(x * x + y * y + z * z)
    return x * scale, y * scale, z * scale, along


def _openness(radius: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the sky a place sees: hollows lie below their surroundings' mean."""
    small = cv2.resize(radius, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    wide = cv2.resize(cv2.GaussianBlur(small, (0, 0), 5), radius.shape[::-1])
    near = cv2.GaussianBlur(radius, (0, 0), 2.5)
    return np.asarray(np.clip(1 + 5.5 * (radius - near) + 1.6 * (radius - wide), 0.35, 1.1))


def _cast_shadow(radius: NDArray[np.float32], light: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of the lamp is hidden from each place of the grid, by looking towards it."""
    small = radius[::2, ::2]
    theta = (U[::2] / RADIUS)[None, :]
    x, y, z = small * np.sin(theta), V[::2, None], small * np.cos(theta)
    hidden = np.zeros_like(small)
    for reach in _SHADOW_REACH:
        away, angle = cv2.cartToPolar(-(z + reach * light[2]), -(x + reach * light[0]))
        column = (angle - math.pi) * (RADIUS / CELL / 2) + float(-U[0]) / CELL / 2
        row = np.broadcast_to((y + reach * light[1] - V[0]) / (2 * CELL), small.shape)
        above = cv2.remap(
            small,
            column.astype(np.float32),
            np.ascontiguousarray(row, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        np.maximum(hidden, (above - away - 0.012) / (0.05 + 0.25 * reach), out=hidden)
    soft = cv2.GaussianBlur(np.clip(hidden, 0, 1), (0, 0), 1.1)
    return np.asarray(cv2.resize(soft, radius.shape[::-1], interpolation=cv2.INTER_LINEAR))
