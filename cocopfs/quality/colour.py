"""Whether a swapped face has the colour of the skin around it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.light import to_lab
from cocopfs.quality.region import Region

_SIDE = 64  # of the grid of pixels that are looked at
_SKIN = 15.0  # distance in CIELAB from the median of a face up to which a pixel has its colour
_FEWEST = 16  # pixels of skin


def colour_difference(region: Region, *, grey: bool) -> float | None:
    """CIEDE2000 between the mean colours (CIELAB, D65) of the swapped face's skin and of the skin
    around it; for a grey photo the mean chroma inside the mask.

    The face is what lies inside the mask (opacity above 0.5), its skin what is no further than 15
    in CIELAB from the face's median colour. The skin around it is what lies outside the mask, at
    most the region's ring away, and is no further than 15 from the median colour of the *original*
    face: hair, clothes, deep shadow and most backgrounds are not compared. None where there is
    hardly any skin around the face.
    Looked at is a grid of at most 64 x 64 pixels of the region.
    """
    step = max(1, math.ceil(max(region.opacity.shape) / _SIDE))
    opacity = region.opacity[::step, ::step]
    inside = opacity > 0.5
    if not inside.any():
        return None
    swapped = to_lab(np.ascontiguousarray(region.swapped[::step, ::step]))
    if grey:
        return float(np.hypot(swapped[..., 1], swapped[..., 2])[inside].mean(dtype=np.float64))
    original = to_lab(np.ascontiguousarray(region.original[::step, ::step]))
    reach = 2 * math.ceil(region.ring / step) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    ring = (cv2.dilate(inside.astype(np.uint8), disk) > 0) & (opacity == 0)
    around = ring & _like_face(original, inside)
    if np.count_nonzero(around) < _FEWEST:
        return None
    face = inside & _like_face(swapped, inside)
    means = [swapped[where].mean(axis=0, dtype=np.float64) for where in (face, around)]
    return ciede2000(means[0], means[1])


def _like_face(lab: NDArray[np.float32], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pixels of (h, w, 3) have the colour that most of the face has: (h, w)."""
    distance = np.linalg.norm(lab - np.median(lab[inside], axis=0), axis=2)
    return np.asarray(distance <= _SKIN)


def ciede2000(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The colour difference of two CIELAB colours (3,): CIE 142-2001, with the equations' numbers
    and the cases of Sharma, Wu and Dalal (2005); k_L = k_C = k_H = 1."""
    (l1, a1, b1), (l2, a2, b2) = first.tolist(), second.tolist()
    mean_c7 = ((math.hypot(a1, b1) + math.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean_c7 / (mean_c7 + 25**7))  # of a, (4)
    c1, c2 = math.hypot(stretch * a1, b1), math.hypot(stretch * a2, b2)
    h1, h2 = _hue(stretch * a1, b1), _hue(stretch * a2, b2)
    turn, hue = _turn_and_mean(h1, h2) if c1 * c2 else (0.0, h1 + h2)
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    weight = (  # (15)
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / math.sqrt(20 + (lightness - 50) ** 2)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * weight
    about_blue = math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7)) * math.sin(about_blue)
    d_l = (l2 - l1) / s_l
    d_c = (c2 - c1) / s_c
    d_h = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / s_h
    return math.sqrt(max(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h, 0.0))


def _hue(a: float, b: float) -> float:
    """Degrees in [0, 360); 0 for a grey."""
    return math.degrees(math.atan2(b, a)) % 360


def _turn_and_mean(h1: float, h2: float) -> tuple[float, float]:
    """From one hue to the other the short way round, and the hue half way, (10) and (14)."""
    turn, mean = h2 - h1, (h1 + h2) / 2
    if abs(turn) > 180:
        turn -= math.copysign(360, turn)
        mean += 180 if mean < 180 else -180
    return turn, mean


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
