"""How a person happens to be seen: pose, expression and light. Nothing here tells who it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class View:
    """Angles in radians. A head with all angles 0 looks at the viewer."""

    yaw: float = 0.0  # turned to the right of the picture
    pitch: float = 0.0  # looking up
    roll: float = 0.0  # clockwise in the picture
    smile: float = 0.3  # -0.5 sullen ... 1 broad
    mouth_open: float = 0.0  # 0 ... 1
    brow_raise: float = 0.0  # -1 ... 1
    lids: float = 1.0  # factor of the eyes' opening
    gaze: float = 0.0  # -1 left ... 1 right
    light_azimuth: float = -0.5  # 0 from the viewer, above 0 from the right of the picture
    light_elevation: float = 0.6
    ambient: float = 0.42
    key: float = 0.75  # strength of the light
    warmth: float = 0.0  # of its colour

    @property
    def rotation(self) -> NDArray[np.float32]:
        """(3, 3): from the head's own axes (x right, y down, z to the viewer) to the viewer's."""
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        return np.asarray(roll @ yaw @ pitch, np.float32)

    @property
    def light(self) -> NDArray[np.float32]:
        """(3,) unit vector towards the light, in the viewer's axes."""
        flat = math.cos(self.light_elevation)
        return np.array(
            [
                math.sin(self.light_azimuth) * flat,
                -math.sin(self.light_elevation),
                math.cos(self.light_azimuth) * flat,
            ],
            np.float32,
        )


def draw_view(rng: np.random.Generator, calm: float = 0.0) -> View:
    """A chance view. calm: 0 as in snapshots, 1 straight into the camera in even light."""
    wild = 1 - 0.8 * calm
    return View(
        yaw=float(np.clip(rng.normal(0, 0.26 * wild), -0.6, 0.6)),
        pitch=float(np.clip(rng.normal(0, 0.11 * wild), -0.28, 0.28)),
        roll=float(rng.normal(0, 0.09 * wild)),
        smile=float(np.clip(rng.normal(0.45, 0.35), -0.3, 1)),
        mouth_open=float(np.clip(rng.normal(-0.15, 0.32), 0, 0.9)),
        brow_raise=float(np.clip(rng.normal(0, 0.45), -1, 1)),
        lids=float(np.clip(rng.normal(1, 0.12), 0.55, 1.2)),
        gaze=float(np.clip(rng.normal(0, 0.25), -0.8, 0.8)),
        light_azimuth=float(np.clip(rng.normal(0, 0.7 * wild), -1.3, 1.3)),
        light_elevation=float(rng.uniform(0.15, 0.95)),
        ambient=float(rng.uniform(0.32, 0.50)),
        key=float(rng.uniform(0.60, 0.90)),
        warmth=float(rng.normal(0, 0.05)),
    )
