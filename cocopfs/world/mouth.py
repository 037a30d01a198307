"""Mouth and nose, painted on the skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Gender
from cocopfs.world.noise import bell, ramp, step
from cocopfs.world.paint import Sheet
from cocopfs.world.person import Person
from cocopfs.world.pose import View


def paint_nose(sheet: Sheet, person: Person, base: NDArray[np.float32]) -> None:
    """base: (3,) the tone of the skin around."""
    it = person.features
    tip = it.eye_height + it.nose_length
    place = sheet.part(-0.3, 0.3, tip - 0.14, tip + 0.14)
    away = np.abs(place.u)
    hole = 1 - np.hypot(
        (away - 0.56 * it.nose_width) / 0.038,
        (place.v - tip - 0.052 - 0.1 * (away - 0.06)) / 0.0155,
    )
    place.cover(0.72 * step(hole, 0.18), base * np.array([0.14, 0.075, 0.065], np.float32))
    under = bell(place.v, tip + 0.064, 0.02) * step(it.nose_width - away, 0.02)
    place.darken(0.16 * under, (0.55, 0.43, 0.40))
    wing = bell(away, it.nose_width + 0.046, 0.014) * bell(place.v, tip + 0.012, 0.035)
    place.darken(0.45 * wing, (0.55, 0.40, 0.36))


def paint_mouth(sheet: Sheet, person: Person, view: View, base: NDArray[np.float32]) -> None:
    """base: (3,) the tone of the skin around."""
    it = person.features
    smile = max(view.smile, 0.0)
    half = it.mouth_width * (1 + 0.16 * smile)
    place = sheet.part(-0.44, 0.44, it.mouth_height - 0.2, it.mouth_height + 0.4)
    away, v = np.abs(place.u), place.v
    t = np.clip(away / half, 0, 1)
    arc = 1 - t**2
    line = it.mouth_height - (0.010 + 0.108 * view.smile) * t**2 + 0.016 * view.smile
    gap = 0.095 * view.mouth_open * arc**0.6 + 0.055 * max(view.smile - 0.5, 0) * arc
    upper, lower = (size * (1 - 0.2 * smile) for size in (it.upper_lip, it.lower_lip))
    bow = np.exp(-0.5 * ((away - 0.055) / 0.032) ** 2) - 1.1 * np.exp(-0.5 * (away / 0.024) ** 2)
    top = line - upper * arc**0.8 * (1 + 0.28 * it.cupid_bow * bow) - 0.15 * gap
    upper_edge, lower_edge = line - 0.15 * gap, line + 0.85 * gap
    bottom = lower_edge + lower * arc**0.7
    across = ramp(away / half, 1.02, 0.93)

    colour = _lip_colour(person, base)
    upper_lip = step(v - top, 0.008) * step(upper_edge - v, 0.005) * across
    lower_lip = step(v - lower_edge, 0.005) * step(bottom - v, 0.010) * across
    place.cover(0.88 * upper_lip, colour * np.float32(0.80))
    full = 1 + 0.16 * bell(v - (lower_edge + 0.45 * lower), 0, 0.02) - 0.25 * t**2
    place.cover(0.88 * lower_lip, colour[:, None, None] * full)
    place.gloss[:] += 0.5 * lower_lip + 0.1 * upper_lip
    below = bell(v - bottom - 0.022, 0, 0.018) * bell(place.u, 0, 0.10)
    place.darken(0.34 * below, (0.62, 0.48, 0.46))

    inside = step(v - upper_edge, 0.005) * step(lower_edge - v, 0.005) * ramp(away / half, 1.0, 0.9)
    inside = inside * np.clip(gap / 0.012, 0, 1)
    place.cover(inside, (0.06, 0.014, 0.014))
    teeth = (
        inside * step(upper_edge + np.clip(0.62 * gap, 0, 0.05) - v, 0.005) * ramp(t, 0.92, 0.82)
    )
    between = 1 - 0.12 * (np.abs(np.sin(place.u * 58)) < 0.12)
    enamel = np.array([1.0, 0.96, 0.89], np.float32)
    place.cover(0.95 * teeth, enamel[:, None, None] * ((1 - 0.5 * t**2) * between))
    closed = 1 - 0.6 * np.clip(gap / 0.02, 0, 1)
    seam = np.exp(-0.5 * ((v - upper_edge) / 0.0068) ** 2) * ramp(away / half, 1.10, 0.98) * closed
    place.cover(0.82 * seam, base * np.array([0.24, 0.10, 0.10], np.float32))
    corner = bell(away, 1.02 * half, 0.017) * bell(v - line, 0, 0.02)
    place.darken(0.5 * corner, (0.56, 0.44, 0.42))


def _lip_colour(person: Person, base: NDArray[np.float32]) -> NDArray[np.float32]:
    red = person.features.lip_colour * (0.95 if person.gender is Gender.FEMALE else 0.25)
    plain = base * np.array([0.82, 0.47, 0.47], np.float32)
    rouge = np.array([0.50, 0.10, 0.11], np.float32) * np.float32(1 - 0.65 * person.skin.melanin)
    return np.asarray(plain * (1 - red) + red * rouge, np.float32)
