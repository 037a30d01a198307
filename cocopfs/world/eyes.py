"""Eyes, brows and glasses, painted on the skin."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Gender
from cocopfs.world.hair import pigment
from cocopfs.world.noise import SIDE, Grain, bank, ramp, step
from cocopfs.world.paint import Sheet
from cocopfs.world.person import Features, Glasses, Person
from cocopfs.world.pose import View

_IRIS = (
    (0.045, 0.022, 0.012),
    (0.12, 0.06, 0.025),
    (0.16, 0.13, 0.05),
    (0.10, 0.17, 0.11),
    (0.12, 0.20, 0.28),
    (0.22, 0.29, 0.36),
)
_IRIS_RADIUS = 0.059
_FRAMES = ((0.012, 0.012, 0.013), (0.06, 0.025, 0.012), (0.30, 0.24, 0.14), (0.02, 0.03, 0.08))
_LASHES = (0.018, 0.012, 0.010)


def paint_eyes(sheet: Sheet, person: Person, view: View, base: NDArray[np.float32]) -> None:
    """base: (3,) the tone of the skin around."""
    middle, eye = person.features.eye_distance, person.features.eye_height
    for side in (-1, 1):
        u = side * middle
        _paint_eye(sheet.part(u - 0.26, u + 0.26, eye - 0.22, eye + 0.20), person, view, side)
        _paint_brow(
            sheet.part(u - 0.30, u + 0.30, eye - 0.42, eye - 0.02), person, view, side, base
        )


def paint_glasses(sheet: Sheet, person: Person) -> None:
    it = person.features
    if it.glasses is Glasses.NONE:
        return
    power, tall = (2.2, 0.175) if it.glasses is Glasses.ROUND else (4.0, 0.145)
    wide = min(0.205, it.eye_distance - 0.06)
    colour = _FRAMES[person.key % len(_FRAMES)]
    place = sheet.part(-1.02, 1.02, it.eye_height - 0.25, it.eye_height + 0.30)
    across, down = np.abs(place.u) - it.eye_distance, place.v - it.eye_height - 0.015
    oval = (np.abs(across / wide) ** power + np.abs(down / tall) ** power) ** (1 / power)
    lens = step(1 - oval, 0.02)
    bridge = np.where(np.abs(place.u) < it.eye_distance - wide, np.abs(down + 0.035), 9)
    arm = np.where(across > wide, np.abs(down + 0.045), 9)
    distance = np.minimum(np.minimum(np.abs(oval - 1) * tall, bridge), arm)
    shadow = np.roll(step(0.018 - distance, 0.008), 2, axis=0)
    place.darken(0.35 * shadow, (0.6, 0.5, 0.5))
    place.cover(0.05 * lens, (0.8, 0.85, 0.9))
    place.gloss[:] = np.maximum(place.gloss, 0.9 * lens)
    place.cover(0.95 * step(0.0135 - distance, 0.004) * ramp(across, 0.71, 0.66), colour)


def _paint_eye(place: Sheet, person: Person, view: View, side: int) -> None:
    it = person.features
    out = side * place.u - it.eye_distance  # outward from the middle of the eye
    down = place.v - it.eye_height + out * it.eye_tilt
    t = out / it.eye_width
    arc = np.clip(1 - t**2, 0, 1)
    opening = max(it.eye_opening * (view.lids - 0.16 * max(view.smile, 0)), 0.008)
    upper = -opening * arc**0.55 * (1 - 0.14 * t)
    lower = 0.62 * opening * arc**0.8 * (1 + 0.15 * t)
    within = ramp(np.abs(t), 1.06, 0.96)
    open_eye = step(down - upper, 0.005) * step(lower - down, 0.005) * ramp(np.abs(t), 1.0, 0.94)

    _shade_socket(place, it, out, down, upper, t)
    shade = np.clip(1 - 0.62 * np.exp(-(down - upper) / 0.022), 0.2, 1) * (
        1.05 - 0.40 * np.abs(t) ** 2.5
    )
    white = np.array([0.56, 0.52, 0.50], np.float32) * np.float32(1 - 0.22 * person.skin.melanin)
    place.cover(open_eye, white[:, None, None] * shade)
    corner = open_eye * ramp(t, -0.80, -0.97)
    place.cover(0.7 * corner, (0.48, 0.22, 0.18))
    _paint_iris(place, person, view, side, open_eye, shade, out, down)
    place.gloss[:] = np.maximum(place.gloss, 1.6 * open_eye)

    female = person.gender is Gender.FEMALE
    thick = (0.016 if female else 0.0095) * (1 + 0.35 * np.clip(t, -1, 1))
    lash_line = np.exp(-0.5 * ((down - upper + 0.003) / thick) ** 2) * within
    place.cover(0.93 * lash_line, _LASHES)
    if female:
        flick = down + 0.30 * opening + 0.5 * (out - 0.9 * it.eye_width)
        wing = np.exp(-0.5 * (flick / 0.008) ** 2) * ramp(t, 0.85, 0.98) * ramp(t, 1.25, 1.10)
        place.cover(0.75 * wing, _LASHES)
    rim = np.exp(-0.5 * ((down - lower - 0.002) / 0.0065) ** 2) * within
    place.darken((0.75 if female else 0.6) * rim, (0.40, 0.28, 0.26))


def _shade_socket(
    place: Sheet,
    it: Features,
    out: NDArray[np.float32],
    down: NDArray[np.float32],
    upper: NDArray[np.float32],
    t: NDArray[np.float32],
) -> None:
    socket = np.exp(-0.5 * ((down + 0.06) / 0.055) ** 2 - 0.5 * ((out + 0.02) / 0.14) ** 2)
    place.darken(0.36 * socket, (0.70, 0.58, 0.56))
    inner = np.exp(
        -0.5 * ((down + 0.02) / 0.07) ** 2 - 0.5 * ((out + 1.15 * it.eye_width) / 0.045) ** 2
    )
    place.darken(0.30 * inner, (0.62, 0.48, 0.45))
    bag = np.exp(-0.5 * ((down - 0.085) / 0.022) ** 2 - 0.5 * (out / 0.10) ** 2)
    place.darken((0.10 + 0.30 * it.age) * bag, (0.68, 0.56, 0.56))
    course = upper - 0.024 - 0.018 * it.lid_crease
    crease = np.exp(-0.5 * ((down - course) / 0.008) ** 2) * ramp(np.abs(t), 1.2, 0.9)
    place.darken(0.80 * it.lid_crease * crease, (0.45, 0.35, 0.32))


def _paint_iris(
    place: Sheet,
    person: Person,
    view: View,
    side: int,
    open_eye: NDArray[np.float32],
    shade: NDArray[np.float32],
    out: NDArray[np.float32],
    down: NDArray[np.float32],
) -> None:
    shift = 0.036 * view.gaze * side
    away = np.hypot(out - shift, down + 0.010)
    mask = step(_IRIS_RADIUS - away, 0.004) * open_eye
    kinds = len(_IRIS) if person.skin.melanin < 0.5 else 2
    colour = np.array(_IRIS[min(int(person.features.iris * kinds), kinds - 1)], np.float32)
    ring = 0.55 + 0.9 * np.clip(away / _IRIS_RADIUS, 0, 1) ** 2
    ring = ring * np.clip((1.04 * _IRIS_RADIUS - away) / 0.012 + 0.2, 0.2, 1)
    place.cover(mask, colour[:, None, None] * (ring * (0.35 + 0.75 * shade)))
    place.cover(step(0.023 - away, 0.003) * open_eye, (0.006, 0.005, 0.005))
    glint = np.hypot(side * out - side * shift + 0.018, down + 0.030)
    place.cover(0.9 * step(0.0105 - glint, 0.003) * open_eye, (0.95, 0.95, 0.95))


def _paint_brow(
    place: Sheet, person: Person, view: View, side: int, base: NDArray[np.float32]
) -> None:
    it = person.features
    out = side * place.u - it.eye_distance + 0.012
    t = np.clip((out + it.brow_length) / (2 * it.brow_length), 0, 1)
    arch = it.brow_arch * (np.sin(np.pi * (0.10 + 0.72 * t)) - 0.3)
    raised = it.brow_gap + 0.022 * view.brow_raise
    course = it.eye_height - raised - arch - it.brow_tilt * out
    thick = max(it.brow_thickness, 0.015) * (1 - 0.62 * t**2) * np.clip(0.45 + 4 * t, 0, 1)
    above = (course - place.v) / thick
    hairs = _brow_hairs(person, out, place.v - course, t)
    mask = step(1 - np.abs(above) + 0.22 * hairs, 0.28) * ramp(
        np.abs(out), it.brow_length + 0.02, it.brow_length - 0.035
    )
    colour = pigment(person.hair.colour) * np.float32(0.7) + base * np.float32(0.04)
    place.cover(np.clip(mask * (0.80 + 0.15 * hairs), 0, 0.94), colour)


def _brow_hairs(
    person: Person,
    out: NDArray[np.float32],
    down: NDArray[np.float32],
    t: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Strands that rise at the inner end of the brow and lie flat at the outer one."""
    lean = 1.2 - 1.1 * t
    across = down * np.cos(lean) + out * np.sin(lean)
    along = out * np.cos(lean) - down * np.sin(lean)
    shift = np.float32(person.key % SIDE)
    found = cv2.remap(
        bank(Grain.STRANDS),
        across * np.float32(140) + shift,
        along * np.float32(140) + shift,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(found, np.float32)
