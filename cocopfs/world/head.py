"""The shape of a head: a radius over angle and height, r(θ, y), around the head's own axis.

Head units: origin in the middle of the head between the ears, x to the right of the picture, y
down, z to the viewer; the temples lie at x = ±0.73, the crown at y = -1.16, the chin near y = 1.
The grid's columns are u = RADIUS · θ (θ = 0 at the nose), so that u is about a length on the skin;
its rows are v = y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.world.hair import comb, cover, form, shell, strands_at
from cocopfs.world.noise import bell, ramp, step
from cocopfs.world.person import Beard, Features, Outline, Person
from cocopfs.world.pose import View

RADIUS = 0.75
CELL = 0.02
U = np.arange(-math.pi * RADIUS, math.pi * RADIUS, CELL).astype(np.float32)
V = np.arange(-1.62, 1.56, CELL).astype(np.float32)
NECKLINE = 1.24
_THETA = (U / RADIUS)[None, :]
_SIN, _COS = np.sin(_THETA), np.cos(_THETA)
_FRONT = slice(int(np.searchsorted(U, -1.1)), int(np.searchsorted(U, 1.1)))
_UF, _VC = U[None, _FRONT], V[:, None]


@dataclass(frozen=True)
class Surface:
    """radius: r on the grid; hair: on the grid, how far inside the hair a place lies, head units,
    negative on the skin; face: on the grid, 1 where skin would belong to the face; shown: on the
    grid, 0 below the neckline, where the body's own drawing begins; across, along: on the grid,
    coordinates of the strands of hair."""

    radius: NDArray[np.float32]
    hair: NDArray[np.float32]
    face: NDArray[np.float32]
    shown: NDArray[np.float32]
    across: NDArray[np.float32]
    along: NDArray[np.float32]

    def at(self, u: float, v: float) -> tuple[float, float, float]:
        """The point of the surface at u, v in the head's axes."""
        row = min(max(round((v - float(V[0])) / CELL), 0), len(V) - 1)
        column = min(max(round((u - float(U[0])) / CELL), 0), len(U) - 1)
        r, theta = float(self.radius[row, column]), u / RADIUS
        return r * math.sin(theta), v, r * math.cos(theta)


def build_surface(person: Person, view: View) -> Surface:
    """The head of a person with that view's expression."""
    skull = _skull(person.outline)
    jaw = _jaw(person.outline)
    radius = skull * _closing(jaw)
    radius[:, _FRONT] += _relief(person.features, view) * _inner_window()
    radius[:, _FRONT] += _beard_relief(person.features)
    radius = _smooth_max(radius, _neck(person.outline), 0.12)
    radius += _ears(person.outline)
    hair = cover(person.hair, U, V)
    shown = np.maximum(step(NECKLINE + 0.12 * _COS - _VC, 0.012), step(hair + 0.012, 0.006))
    body = form(person.hair, skull, V)
    across, along = comb(person.hair, body, U, V)
    strands = strands_at(person.hair, across, along)
    radius = shell(person.hair, radius, body, hair, strands, U, V)
    face = ramp(jaw - _VC, -0.05, 0.0) * ramp(np.abs(U)[None, :], 1.0, 0.9)
    radius = np.maximum(radius, 0).astype(np.float32)
    return Surface(radius, hair, face, shown, across, along)


def landmarks(person: Person, view: View, surface: Surface) -> NDArray[np.float32]:
    """(5, 3) in the head's axes: eyes, tip of the nose, corners of the mouth."""
    it = person.features
    across, corner = mouth_corner(it, view)
    across *= 0.89  # where annotators and detectors see the corner: inside the fold
    tip = it.eye_height + it.nose_length - 0.018  # where the nose stands out most
    places = (
        (-it.eye_distance, it.eye_height - 0.01),
        (it.eye_distance, it.eye_height - 0.01),
        (0.0, tip),
        (-across, corner),
        (across, corner),
    )
    return np.array([surface.at(u, v) for u, v in places], np.float32)


def mouth_corner(features: Features, view: View) -> tuple[float, float]:
    """u > 0 and v of a corner of the mouth with that expression."""
    across = features.mouth_width * (1 + 0.16 * max(view.smile, 0))
    return across, features.mouth_height - 0.010 - 0.078 * view.smile + 0.035 * view.mouth_open


def beard_cover(
    features: Features, u: NDArray[np.float32], v: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far inside the beard a place lies, head units, negative outside."""
    away, mouth, width = np.abs(u), features.mouth_height, features.mouth_width
    moustache = np.minimum(
        np.minimum(0.92 * width + 0.03 - away, v - (mouth - 0.125 + 0.10 * away)),
        mouth - 0.02 + 0.25 * away - v,
    )
    if features.beard is Beard.MOUSTACHE:
        return np.asarray(moustache)
    below = v - np.where(
        away < width + 0.03, mouth - 0.13, mouth - 0.10 - 0.62 * (away - width - 0.03)
    )
    if features.beard is Beard.GOATEE:
        chin = np.minimum(v - mouth - 0.02, 0.21 - away)
        ring = np.minimum(np.minimum(below, width + 0.055 - away), away - width + 0.02)
        return np.asarray(np.maximum(np.maximum(moustache, chin), ring))
    return np.asarray(np.minimum(below, np.minimum(0.98 - away, 1.0 - 0.42 * away**2 - v)))


_PROFILE = (-0.45, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.05, 1.6)
_HALF_WIDTH = (0.715, 0.735, 0.715, 0.69, 0.655, 0.615, 0.575, 0.54, 0.52)
_FRONT_DEPTH = (0.835, 0.83, 0.80, 0.80, 0.80, 0.80, 0.79, 0.76, 0.72)
_BACK_DEPTH = (0.96, 0.95, 0.90, 0.82, 0.70, 0.60, 0.52, 0.50, 0.50)
_CROWN = -1.16


def _skull(outline: Outline) -> NDArray[np.float32]:
    """The rounded box of the head without face, ears and end of the jaw."""
    width = np.interp(V, _PROFILE, _HALF_WIDTH) * outline.head_width
    width *= 1 + (outline.jaw_width - 1) * bell(V, 0.72, 0.33)
    front = np.interp(V, _PROFILE, _FRONT_DEPTH)
    front += outline.forehead * bell(V, -0.5, 0.22) + outline.chin_projection * bell(V, 0.9, 0.14)
    back = np.interp(V, _PROFILE, _BACK_DEPTH)
    depth = np.where(_COS > 0, front[:, None], back[:, None])
    power = 2.25
    inverse = np.abs(_SIN / width[:, None]) ** power + np.abs(_COS / depth) ** power
    top = np.clip((_PROFILE[0] - V) / (_PROFILE[0] - _CROWN), 0, 1)
    round_off = (1 - top**2.35) ** (1 / 2.1)
    return np.asarray(inverse ** (-1 / power) * round_off[:, None], np.float32)


def _jaw(outline: Outline) -> NDArray[np.float32]:
    """(1, columns): y of the lower edge of the head, chin in front, jaw angle beside."""
    back = np.clip(np.abs(_THETA) / 1.25, 0, 1) ** (1.75 * outline.chin_width**0.5)
    chin = 0.16 + 0.86 * outline.chin_length
    return np.asarray(chin - (chin - 0.60) * back, np.float32)


def _closing(jaw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rounds the head off at its lower edge."""
    t = np.clip((_VC - (jaw - 0.22)) / 0.22, 0, 1)
    return np.asarray(np.sqrt(1 - t**2.4), np.float32)


def _neck(outline: Outline) -> NDArray[np.float32]:
    size = 0.405 * outline.neck_width + 0.35 * np.clip(_VC - 1.0, 0, None) ** 2
    behind = 0.14
    found = -behind * _COS + np.sqrt(size**2 - (behind * _SIN) ** 2)
    return np.asarray(found * ramp(_VC, 0.0, 0.5), np.float32)


def _ears(outline: Outline) -> NDArray[np.float32]:
    """A tilted oval with a rim and a hollow."""
    size, away = outline.ear_size, np.abs(U)[None, :]
    leaning = away + 0.22 * (_VC - 0.07)
    oval = np.hypot((leaning - 1.26) / (0.14 * size), (_VC - 0.07) / (0.24 * size))
    hollow = np.hypot((leaning - 1.23) / 0.055, (_VC - 0.10) / 0.10)
    rise = (0.02 + 0.12 * ramp(away, 1.10, 1.34)) * ramp(oval, 1.0, 0.72)
    rise += 0.022 * bell(oval, 0.80, 0.10) - 0.06 * ramp(hollow, 1.1, 0.5)
    return np.asarray(size * rise, np.float32)


def _inner_window() -> NDArray[np.float32]:
    """1 on the inner face, 0 where a swap must change nothing."""
    return ramp(np.abs(_UF), 0.86, 0.66) * ramp(_VC, -0.72, -0.56) * ramp(_VC, 1.0, 0.88)


def _relief(it: Features, view: View) -> NDArray[np.float32]:
    """What eyes, nose, cheeks and mouth add to the radius, on the front columns."""
    smile, eye, mouth = max(view.smile, 0.0), it.eye_height, it.mouth_height
    tip, opened = eye + it.nose_length, 0.09 * view.mouth_open
    upper, lower, wide = it.upper_lip, it.lower_lip, it.mouth_width
    socket = it.eye_distance - 0.03
    single = (  # height, its v, and its reach along u and v
        (0.030, tip - it.nose_tip_up, 0.055, 0.05),
        (-0.022, (tip + mouth) / 2 + 0.03, 0.028, 0.05),  # philtrum
        (0.028, mouth, 0.20, 0.12),
        (0.5 * upper + 0.006, mouth - 0.5 * upper, 0.5 * wide, 0.024),
        (0.5 * lower + 0.008, mouth + 0.6 * lower + opened, 0.44 * wide, 0.03),
        (-0.024, mouth + lower + 0.06 + opened, 0.11, 0.032),
        (-0.030, mouth + 0.5 * opened, 0.8 * wide, 0.014 + 0.3 * opened),
    )
    double = [  # height, its u and v on either side, and its reach along u and v
        (0.022 + 0.4 * it.eye_depth, socket + 0.01, eye - it.brow_gap, 0.17, 0.065),
        (-it.eye_depth - 0.02, socket, eye, 0.11, 0.085),
        (0.044, it.eye_distance, eye, 0.08, 0.062),  # eyeball
        (-0.016, socket + 0.01, eye + 0.115, 0.10, 0.03),
        (it.cheekbones, 0.48, 0.17, 0.13, 0.11),
        (it.cheeks + 0.035 * smile + 0.01, 0.36, 0.36 - 0.05 * smile, 0.13, 0.13),
        (-0.03 + 0.5 * it.cheeks, 0.50, 0.50, 0.12, 0.14),
        (0.055, it.nose_width, tip + 0.012, 0.036, 0.044),
    ]
    fold = 0.015 * (it.age + 0.7 * smile + 0.1)
    for share in (0.0, 1 / 3, 2 / 3, 1.0):  # from the wings of the nose down beside the mouth
        down = tip - 0.01 + share * (mouth - tip + 0.03)
        double.append((-fold, 0.145 + 0.13 * share + 0.02 * smile, down, 0.028, 0.05))
    found = _nose(it, eye, tip)
    for height, v, reach_u, reach_v in single:
        found += np.float32(height) * bell(_VC, v, reach_v) * bell(_UF, 0, reach_u)
    for height, u, v, reach_u, reach_v in double:
        found += np.float32(height) * bell(_VC, v, reach_v) * bell(np.abs(_UF), u, reach_u)
    return found


def _nose(it: Features, eye: float, tip: float) -> NDArray[np.float32]:
    """The ridge of the nose, from between the eyes to the tip, and its fall below."""
    t = np.clip((V - (eye - 0.06)) / (tip - eye + 0.06), 0, 1)
    rise = it.nose_bridge * 0.8
    height = rise * np.sin(np.pi / 2 * t) ** 0.7 + (it.nose_projection - rise) * t**2.1
    height += it.nose_bump * np.exp(-0.5 * ((t - 0.45) / 0.15) ** 2)
    height *= np.where(tip < V, bell(V, tip, 0.05), 1) * ramp(V, eye - 0.18, eye - 0.02)
    width = 0.050 + 0.034 * t**2 * it.nose_width / 0.108
    return np.asarray(height[:, None] * np.exp(-0.5 * (_UF / width[:, None]) ** 2), np.float32)


def _beard_relief(it: Features) -> NDArray[np.float32]:
    depth = {Beard.FULL: 0.035, Beard.GOATEE: 0.02, Beard.MOUSTACHE: 0.015}.get(it.beard, 0.0)
    if not depth:
        return np.zeros((1, 1), np.float32)
    closed = ramp(_VC, 1.02, 0.94)
    return np.asarray(depth * step(beard_cover(it, _UF, _VC), 0.025) * closed, np.float32)


def _smooth_max(
    a: NDArray[np.float32], b: NDArray[np.float32], softness: float
) -> NDArray[np.float32]:
    """The greater of two radii, with a fillet where they meet."""
    near = np.clip(1 - np.abs(a - b) / softness, 0, 1) * (np.minimum(a, b) > 0)
    return np.asarray(np.maximum(a, b) + near**2 * (softness / 4), np.float32)
