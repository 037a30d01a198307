"""Lighting a face like another: colour and low-frequency light, matched in Lab."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Field = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Tone:
    """A map from the colours of one face to those of another.

    Lightness keeps its own contrast within limits. Chroma follows the relation that the other's
    skin has between lightness and chroma, so a photo with a cast, a tint or without colour gives
    the same to its new face; what a portrait has beyond that relation (lips, eyes) is kept, no
    stronger than the other's.
    """

    def __init__(self, ours: Field, theirs: Field) -> None:
        """ours, theirs: (n, 3) and (m, 3) float32 Lab of skin."""
        middle, other = (float(np.clip(np.median(x[:, 0]), 5, 95)) for x in (ours, theirs))
        self._from, self._middle = middle, other
        bent = self._bend(ours[:, 0])
        self._contrast = float(np.clip((_spread(theirs[:, 0]) + 2) / (_spread(bent) + 2), 0.7, 1.4))
        self._ours, self._theirs = _chroma_of_lightness(ours), _chroma_of_lightness(theirs)
        self._our_range = np.percentile(ours[:, 0], [2, 98])
        self._their_range = np.percentile(theirs[:, 0], [2, 98])
        left = ours[:, 1:] - _evaluate(self._ours, ours[:, 0])
        wanted = theirs[:, 1:] - _evaluate(self._theirs, theirs[:, 0])
        strength = np.linalg.norm(np.median(theirs[:, 1:], axis=0)) / (
            np.linalg.norm(np.median(ours[:, 1:], axis=0)) + 1e-3
        )
        self._chroma = np.minimum(
            np.clip((wanted.std(0) + 0.1) / (left.std(0) + 0.1), 0, 1), strength
        )

    def _bend(self, lightness: Field) -> Field:
        m, o = self._from, self._middle
        above = o + (lightness - m) * min(1.0, (100 - o) / (100 - m))
        bent: Field = np.where(
            lightness < m, o * (np.clip(lightness, 0, m) / m) ** np.clip(m / o, 0.8, 1.5), above
        )
        return bent

    def __call__(self, lab: Field) -> Field:
        """(h, w, 3) Lab in the other's colours."""
        bent = self._bend(lab[..., 0])
        # contrast acts on skin; black and white stay where they are
        x, m = bent, self._middle
        room = np.where(x < m, x / m, (100 - x) / (100 - m))
        lightness = x + (self._contrast - 1) * (x - m) * np.clip(room, 0, 1)
        own = lab[..., 1:] - _evaluate(self._ours, np.clip(lab[..., 0], *self._our_range))
        base = _evaluate(self._theirs, np.clip(lightness, *self._their_range))
        return np.dstack([lightness, base + self._chroma * own]).astype(np.float32)


def skin(lab: Field, region: Mask, tolerance: float = 2.5) -> Mask:
    """Which pixels have the colour that most of the region has: not hair, glasses, shadow or
    background. (h, w, 3) Lab, (h, w) -> (h, w)."""
    values = lab[region]
    middle = np.median(values, axis=0)
    spread = 1.4826 * np.median(abs(values - middle), axis=0)
    found: Mask = (abs(lab - middle) <= tolerance * spread + (6, 2, 2)).all(axis=2)
    return found


def match_texture(ours: Picture, theirs: Picture, opacity: Field) -> Picture:
    """Our picture as sharp and as grainy as theirs, judged where opacity is high."""
    region = opacity > 0.5
    grey = [cv2.cvtColor(x, cv2.COLOR_BGR2GRAY).astype(np.float32) for x in (ours, theirs)]
    wanted = _sharpness(grey[1], region)
    result = ours
    for sigma in (0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.6):
        if _sharpness(grey[0], region) <= wanted:
            break
        result = cv2.GaussianBlur(ours, (0, 0), sigma)
        grey[0] = cv2.cvtColor(result, cv2.COLOR_BGR2GRAY).astype(np.float32)
    if UNSHARP:
        gain = float(np.clip(wanted / _sharpness(grey[0], region) - 1, 0, 1))
        fine = result.astype(np.float32) - cv2.GaussianBlur(result.astype(np.float32), (0, 0), 1.0)
        result = np.clip(np.rint(result + gain * fine), 0, 255).astype(np.uint8)
    if GRAIN:
        have, want = (_grain(cv2.cvtColor(x, cv2.COLOR_BGR2GRAY).astype(np.float32), region) for x in (result, theirs))
        extra = np.sqrt(max(0.0, want**2 - have**2))
        if extra > 0.3:
            noise = np.random.default_rng(0).standard_normal(region.shape, np.float32)
            noise = cv2.GaussianBlur(noise, (0, 0), 0.6)
            noise *= extra / _grain(noise, region)
            result = np.clip(np.rint(result + noise[..., None]), 0, 255).astype(np.uint8)
    return result


UNSHARP = True
GRAIN = True


def _sharpness(grey: Field, region: Mask) -> float:
    blurred = cv2.GaussianBlur(grey, (0, 0), 1.0), cv2.GaussianBlur(grey, (0, 0), 2.0)
    return float((grey - blurred[0])[region].std() / ((blurred[0] - blurred[1])[region].std() + 0.1))


def _grain(grey: Field, region: Mask) -> float:
    fine = (grey - cv2.GaussianBlur(grey, (0, 0), 1.0))[region]
    return float(np.median(abs(fine))) * 1.4826


def smooth(field: Field, weight: Field, sigma: float) -> Field:
    """Gaussian mean of a field (h, w, c) over the weighted pixels only (normalised convolution);
    far from any of them it goes to 0."""
    above = cv2.GaussianBlur(field * weight[..., None], (0, 0), sigma)
    below = cv2.GaussianBlur(weight, (0, 0), sigma) + 1e-3
    result: Field = above / below[..., None]
    return result


def to_lab(picture: Picture) -> Field:
    """uint8 BGR -> float32 L in [0, 100], a, b."""
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_BGR2LAB)


def to_bgr(lab: Field) -> Picture:
    """The inverse of `to_lab`, colours outside the gamut clipped."""
    picture = cv2.cvtColor(lab, cv2.COLOR_LAB2BGR)
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)


def _spread(values: Field) -> float:
    low, high = np.percentile(values, [16, 84])
    return float(high - low) / 2


def _chroma_of_lightness(lab: Field) -> Field:
    """(3, 2): a and b as quadratic functions of L/100, the higher terms held back."""
    powers = _powers(lab[:, 0])
    held = np.diag([0, 1e-3 * len(lab), 1e-3 * len(lab)])
    fit: Field = np.linalg.solve(powers.T @ powers + held, powers.T @ lab[:, 1:])
    return fit.astype(np.float32)


def _evaluate(fit: Field, lightness: Field) -> Field:
    result: Field = _powers(lightness) @ fit
    return result


def _powers(lightness: Field) -> Field:
    x = lightness / 100 - 0.5
    return np.stack([np.ones_like(x), x, x * x], axis=-1).astype(np.float32)
