"""Rays meet surfaces where geometry says they do."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.world.head import CELL, RADIUS, U, V
from cocopfs.world.pose import View
from cocopfs.world.raymarch import march

BALL = 0.8
ACROSS = np.linspace(-1.2, 1.2, 121, dtype=np.float32)


@pytest.mark.parametrize("view", [View(), View(yaw=0.5), View(pitch=-0.4), View(yaw=-0.3, roll=1)])
def test_rays_meet_a_ball_where_geometry_says(view: View) -> None:
    height = np.sqrt(np.clip(BALL**2 - V**2, 0, None))
    radius = np.repeat(height[:, None], len(U), axis=1).astype(np.float32)
    rays = march(radius, view.rotation, ACROSS, ACROSS)
    x, y = ACROSS[rays.pixels % 121], ACROSS[rays.pixels // 121]
    inside = np.hypot(x, y) < 0.95 * BALL
    seen = np.stack([x, y, np.sqrt(np.clip(BALL**2 - x**2 - y**2, 0, None))], -1) @ view.rotation
    u = np.arctan2(seen[..., 0], seen[..., 2]) * RADIUS
    away = np.hypot(seen[..., 0], seen[..., 2])
    off = np.abs(rays.column * CELL + U[0] - u)[inside & (away > 0.2)]
    assert off.max() < 0.03
    assert np.abs(rays.row * CELL + V[0] - seen[..., 1])[inside].max() < 0.03


def test_all_rays_that_meet_the_ball_are_there_and_no_others_count() -> None:
    height = np.sqrt(np.clip(BALL**2 - V**2, 0, None))
    radius = np.repeat(height[:, None], len(U), axis=1).astype(np.float32)
    rays = march(radius, View().rotation, ACROSS, ACROSS)
    met = np.zeros(121 * 121, bool)
    met[rays.pixels[rays.missed == 0]] = True
    distance = np.hypot(*np.meshgrid(ACROSS, ACROSS)).ravel()
    assert met[distance < 0.97 * BALL].all()
    assert not met[distance > 1.03 * BALL].any()
