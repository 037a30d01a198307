"""Making one face look as if it stood in the light of another: tone, shading, sharpness.

Colours are Lab (float32, L in [0, 100]), where a step looks about the same size everywhere.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

_SKIN_DEVIATIONS = 3.0
_SKIN_FLOOR = np.array([4.0, 1.5, 1.5], np.float32)  # Lab; even smooth skin varies so much
_SHADING_SHARE = 0.7  # of the coarse difference in light, which is also the face's own relief
_COARSE, _FINE, _RING = 0.45, 0.2, 0.3  # of the face's scale: two smoothings, width of the edge
_BLURS = (0.5, 0.7, 1.0, 1.4)  # pixels
_SHARPER = 1.25  # a measured ratio up to which two pictures look equally sharp


class Tone:
    """A map from the colours of one face to those of another, from samples of both skins.

    Lightness: median goes to median. Below it the curve runs through black, so that pupils stay
    dark in a lighter face and brows stay visible in a darker one; contrast follows the other skin.
    Chroma: the relation that the other skin has between lightness and chroma, so a photo with a
    cast, a tint or no colour gives the same to its new face; how far lips and eyes lie from their
    skin is kept, but never more colourful than the other face is.
    """

    def __init__(self, ours: Field, theirs: Field) -> None:
        """ours, theirs: (n, 3) and (m, 3) Lab of skin."""
        self._from, self._to = (float(np.clip(np.median(x[:, 0]), 5, 95)) for x in (ours, theirs))
        self._contrast = 1.0
        spread = _spread(theirs[:, 0]) + 2, _spread(self._lightness(ours[:, 0])) + 2
        self._contrast = float(np.clip(spread[0] / spread[1], 0.7, 1.4))
        self._our_range, self._their_range = (
            np.percentile(x[:, 0], [2, 98]).astype(np.float32) for x in (ours, theirs)
        )
        self._ours, self._theirs = _chroma_of_lightness(ours), _chroma_of_lightness(theirs)
        own = (ours[:, 1:] - _evaluate(self._ours, ours[:, 0])).std(axis=0)
        other = (theirs[:, 1:] - _evaluate(self._theirs, theirs[:, 0])).std(axis=0)
        colourful = _colourfulness(theirs) / max(_colourfulness(ours), 1e-3)
        self._accent = np.minimum((other + 0.1) / (own + 0.1), min(colourful, 1.0))

    def __call__(self, lab: Field) -> Field:
        """(h, w, 3) Lab in the other's colours."""
        lightness = self._lightness(lab[..., 0])
        accent = lab[..., 1:] - _evaluate(self._ours, np.clip(lab[..., 0], *self._our_range))
        chroma = _evaluate(self._theirs, np.clip(lightness, *self._their_range))
        return np.dstack([lightness, chroma + self._accent * accent]).astype(np.float32)

    def _lightness(self, lightness: Field) -> Field:
        start, end = self._from, self._to
        dark = end * (np.clip(lightness, 0, start) / start) ** np.clip(start / end, 0.8, 1.5)
        light = end + (lightness - start) * min(1.0, (100 - end) / (100 - start))
        bent = np.where(lightness < start, dark, light)
        # Contrast acts on the skin; black and white stay where they are.
        near = np.where(bent < end, bent / end, (100 - bent) / (100 - end))
        result: Field = bent + (self._contrast - 1) * (bent - end) * np.clip(near, 0, 1)
        return result


def skin(lab: Field, region: Mask) -> Mask:
    """Which pixels have the colour that most of the region has: not hair, glasses, deep shadow or
    background. lab: (h, w, 3), region: (h, w), not empty -> (h, w)."""
    values = lab[region]
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(abs(values - middle), axis=0)
    deviation = (abs(lab - middle) / (spread + _SKIN_FLOOR)).max(axis=2)
    found: Mask = deviation <= max(_SKIN_DEVIATIONS, float(np.median(deviation[region])))
    return found


def shading(difference: Field, skins: Mask, depth: Field, scale: float) -> Field:
    """What to add to a face to put it into the light around it: (h, w, 3).

    difference: (h, w, 3) Lab of the photo less that of the face. skins: (h, w), where both show
    skin: elsewhere they differ for other reasons than light. depth: (h, w), pixels to the mask's
    edge. Coarse inside; at the edge finer and whole, so that skin goes on without a step.
    """
    weight = skins.astype(np.float32)
    ring = np.clip(1 - depth / (_RING * scale), 0, 1)
    coarse = _smooth(difference, weight, _COARSE * scale)
    fine = _smooth(difference, weight * (ring > 0), _FINE * scale)
    share = (ring**2)[..., None]
    result: Field = _SHADING_SHARE * coarse * (1 - share) + fine * share
    return result


def soften(picture: Picture, photo: Picture, region: Mask) -> Picture:
    """The picture blurred as far as the photo is: a crisp face in a blurred photo looks pasted.

    Both (h, w, 3) uint8 BGR on the photo's own pixels; judged inside the region.
    """
    wanted = _SHARPER * _sharpness(photo, region)
    if _sharpness(picture, region) <= wanted:
        return picture
    blurred = picture
    for sigma in _BLURS:
        blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)
        if _sharpness(blurred, region) <= wanted:
            break
    return blurred


def to_lab(picture: Picture) -> Field:
    """uint8 BGR to Lab."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB), np.float32)


def to_bgr(lab: Field) -> Picture:
    """The inverse of `to_lab`, colours outside the gamut clipped."""
    picture = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)


def _spread(values: Field) -> float:
    low, high = np.percentile(values, [16, 84])
    return float(high - low) / 2


def _colourfulness(lab: Field) -> float:
    return float(np.linalg.norm(np.median(lab[:, 1:], axis=0)))


def _chroma_of_lightness(lab: Field) -> Field:
    """(3, 2): a and b as quadratic functions of lightness, the higher terms held back."""
    powers = _powers(lab[:, 0])
    held = np.diag([1e-6, 1e-3, 1e-3]) * len(lab)
    fit: Field = np.linalg.solve(powers.T @ powers + held, powers.T @ lab[:, 1:])
    return fit.astype(np.float32)


def _evaluate(fit: Field, lightness: Field) -> Field:
    result: Field = _powers(lightness) @ fit
    return result


def _powers(lightness: Field) -> Field:
    x = lightness / 100 - 0.5
    return np.stack([np.ones_like(x), x, x * x], axis=-1).astype(np.float32)


def _smooth(field: Field, weight: Field, sigma: float) -> Field:
    """Gaussian mean over the weighted pixels (normalised convolution), 0 far from any of them."""
    above = cv2.GaussianBlur(field * weight[..., None], (0, 0), sigma)
    below = cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3
    result: Field = above / below[..., None]
    return result


def _sharpness(picture: Picture, region: Mask) -> float:
    """Strength of the finest octave relative to the next: a matter of blur, not of content."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    once, twice = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.0, 2.0))
    return float((grey - once)[region].std() / ((once - twice)[region].std() + 0.1))
