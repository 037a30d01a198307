"""Skin: its tone, its blush and marks, and everything painted on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocopfs.world.eyes import paint_eyes, paint_glasses
from cocopfs.world.hair import pigment
from cocopfs.world.head import beard_cover
from cocopfs.world.mouth import paint_mouth, paint_nose
from cocopfs.world.noise import Grain, bell, patch, ramp, step
from cocopfs.world.paint import Sheet, blank
from cocopfs.world.person import Beard, Person, Skin
from cocopfs.world.pose import View

_MELANIN = (0.0, 0.3, 0.6, 1.0)
_RED, _GREEN, _BLUE = (
    (0.80, 0.61, 0.35, 0.105),
    (0.515, 0.35, 0.170, 0.046),
    (0.375, 0.22, 0.090, 0.025),
)


def tone(skin: Skin) -> NDArray[np.float32]:
    """(3,) linear light RGB."""
    red, green, blue = (np.interp(skin.melanin, _MELANIN, knots) for knots in (_RED, _GREEN, _BLUE))
    return np.array(
        [red * (1 + 0.02 * skin.undertone), green, blue * (1 - 0.10 * skin.undertone)], np.float32
    )


def paint_skin(person: Person, view: View) -> Sheet:
    """The face of a person with that view's expression."""
    sheet = blank(tone(person.skin), 0.5)
    inner = _inner(sheet)
    if person.inner_skin != person.skin:
        sheet.cover(inner, tone(person.inner_skin))
    _paint_complexion(sheet, person, inner)
    _paint_marks(sheet, person)
    _paint_lines(sheet, person, view)
    _paint_beard(sheet, person)
    paint_eyes(sheet, person, view, tone(person.inner_skin))
    paint_nose(sheet, person, tone(person.inner_skin))
    paint_mouth(sheet, person, view, tone(person.inner_skin))
    paint_glasses(sheet, person)
    return sheet


def _inner(sheet: Sheet) -> NDArray[np.float32]:
    """1 on the inner face, fading to 0 at the outline."""
    return (
        ramp(np.abs(sheet.u), 0.80, 0.50) * ramp(sheet.v, -0.72, -0.45) * ramp(sheet.v, 0.98, 0.80)
    )


def _paint_complexion(sheet: Sheet, person: Person, inner: NDArray[np.float32]) -> None:
    it = person.features
    height, width = sheet.gloss.shape
    away = np.abs(sheet.u)
    mottle = patch(Grain.MOTTLE, height, width, person.key) * inner
    pores = patch(Grain.FINE, height, width, person.key) * inner
    sheet.colour[:] *= 1 + 0.035 * mottle + 0.018 * pores
    tip = it.eye_height + it.nose_length
    cheeks = bell(sheet.v, 0.24, 0.14) * bell(away, 0.42, 0.15)
    nose = bell(sheet.v, tip, 0.09) * bell(sheet.u, 0, 0.12)
    blush = (
        person.inner_skin.redness
        * 0.34
        * np.clip(cheeks + 0.8 * nose + 0.25 * mottle * inner, 0, 2)
    )
    sheet.darken(blush * inner, (0.99, 0.74, 0.76))
    sheet.gloss[:] += 0.4 * bell(sheet.v, -0.45, 0.2) * bell(sheet.u, 0, 0.3)
    sheet.gloss[:] += 0.8 * bell(sheet.v, tip - 0.02, 0.06) * bell(sheet.u, 0, 0.06)
    sheet.gloss[:] *= 1 + 0.10 * pores


def _paint_marks(sheet: Sheet, person: Person) -> None:
    it = person.features
    if it.freckles > 0.2:
        place = sheet.part(-0.55, 0.55, -0.12, 0.5)
        spots = step(patch(Grain.FINE, *place.gloss.shape, person.key, "freckles") - 1.3, 0.2)
        mask = it.freckles * spots * bell(place.v, 0.15, 0.14) * bell(place.u, 0, 0.33)
        place.darken(0.8 * mask, (0.62, 0.47, 0.36))
    base = tone(person.inner_skin)
    for u, v, radius in it.moles:
        place = sheet.part(u - 0.05, u + 0.05, v - 0.05, v + 0.05)
        mask = step(radius - np.hypot(place.u - u, place.v - v), 0.004)
        place.cover(0.85 * mask, base * np.array([0.32, 0.24, 0.22], np.float32))


def _paint_lines(sheet: Sheet, person: Person, view: View) -> None:
    """Folds from the nose to the mouth, lines of the forehead and beside the eyes."""
    it = person.features
    smile, mouth = max(view.smile, 0.0), it.mouth_height
    tip = it.eye_height + it.nose_length
    depth = 0.05 + 0.26 * it.age + 0.22 * smile
    for side in (-1, 1):
        left, right = sorted((side * 0.10, side * 0.42))
        place = sheet.part(left, right, tip - 0.1, mouth + 0.14)
        away = side * place.u
        course = 0.135 + 0.025 * smile + 0.30 * np.clip(place.v - (tip - 0.03), 0, 1) ** 1.1
        mask = np.exp(-0.5 * ((away - course) / 0.017) ** 2)
        mask *= ramp(place.v, tip - 0.06, tip + 0.02) * ramp(place.v, mouth + 0.06, mouth - 0.04)
        place.darken(depth * mask, (0.62, 0.47, 0.42))
    if it.age > 0.45:
        for v in (-0.54, -0.47, -0.40):
            place = sheet.part(-0.36, 0.36, v - 0.05, v + 0.05)
            course = v + 0.03 * np.cos(place.u * 5) - 0.03
            mask = np.exp(-0.5 * ((place.v - course) / 0.010) ** 2) * ramp(
                np.abs(place.u), 0.33, 0.18
            )
            place.darken(0.8 * (it.age - 0.4) * mask, (0.62, 0.50, 0.45))


def _paint_beard(sheet: Sheet, person: Person) -> None:
    it = person.features
    if it.beard is Beard.NONE:
        return
    place = sheet.part(-1.0, 1.0, -0.15, 1.16)
    density = 0.42 if it.beard is Beard.STUBBLE else 0.95
    softness = 0.045 if it.beard is Beard.STUBBLE else 0.022
    hairs = patch(Grain.FINE, *place.gloss.shape, person.key, "beard")
    mask = step(beard_cover(it, place.u, place.v) + 0.010 * hairs, softness)
    mask *= ramp(place.v, 1.14, 1.0) * ramp(place.v, -0.12, 0.15)
    colour = pigment(person.hair.colour) * np.float32(1.1)
    shades = np.clip(1 + 0.25 * hairs, 0.3, 2)
    place.cover(
        np.clip(density * mask * (1 + 0.15 * hairs), 0, 0.97), colour[:, None, None] * shades
    )
    place.gloss[:] *= 1 - 0.8 * mask
