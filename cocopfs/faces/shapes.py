"""A face's shapes, drawn from its five landmarks: its outline, its features, masks of both.

The face's *scale* is the larger of its eye-eye and eyes-mouth distances, in pixels: one of them
survives any turn of the head. Its *length* is the eyes-mouth distance.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SIDES = 1.1  # how much wider than the portrait's outline the mask may be


def face_scale(points: Points) -> float:
    """points: (5, 2), as everywhere here: eyes, nose, mouth's corners, in pixels."""
    return float(max(np.linalg.norm(points[1] - points[0]), np.linalg.norm(_down(points))))


def _down(points: Points) -> Points:
    """From between the eyes to between the mouth's corners."""
    down: Points = points[3:].mean(axis=0) - points[:2].mean(axis=0)
    return down


def face_outline(points: Points, wide: float = 1.0, high: float = 1.0) -> Points:
    """(64, 2): an oval from above the brows to the chin, narrower on the side turned away.

    wide, high: factors around the oval's centre, across and along the face.
    """
    eyes, down = points[:2].mean(axis=0), _down(points)
    length = max(float(np.linalg.norm(down)), 1e-6)
    down = down / length
    right = np.array([down[1], -down[0]])
    if (points[1] - points[0]) @ right < 0:
        right = -right
    # Beyond each eye as far as the nose is from it: that distance shrinks as the head turns.
    sides = []
    for eye, outward in ((points[0], -right), (points[1], right)):
        half = max(0.12 * length, float((eye - points[2]) @ outward))
        sides.append(float((eye - eyes) @ outward) + 1.05 * half)
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    across, along = np.cos(turn), np.sin(turn)
    width = np.where(across < 0, *sides) * (1 - 0.25 * np.clip(along, 0, 1))  # the jaw is narrower
    height = np.where(along < 0, 1.18, 1.03) * length
    x = wide * width * np.sign(across) * abs(across) ** 0.8
    y = 0.52 * length + high * height * np.sign(along) * abs(along) ** 0.8
    outline: Points = eyes + x[:, None] * right + y[:, None] * down
    return outline


def feature_mask(points: Points, shape: tuple[int, ...], eye: float, mouth: float) -> Mask:
    """Eyes with their brows, and the mouth: discs and a bar of these radii, in face lengths."""
    mask = np.zeros(shape, np.uint8)
    length = float(np.linalg.norm(_down(points)))
    for centre in points[:2]:
        cv2.circle(mask, _pixel(centre), int(eye * length), 1, -1)
    left, right = np.array([[0.75, 0.25], [0.25, 0.75]]) @ points[3:]
    cv2.line(mask, _pixel(left), _pixel(right), 1, max(1, int(2 * mouth * length)))
    return mask > 0


def _pixel(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def face_mask(points: Points, source: Points, size: float, shape: tuple[int, ...]) -> Mask:
    """The face's outline, on the sides no wider than the portrait's: beyond that is its hair and
    background. Above and below, the original's brows and beard must be covered."""
    theirs = _filled(face_outline(points, size, size), shape)
    return theirs & _filled(face_outline(source, _SIDES * size, 2 * size), shape)


def _filled(outline: Points, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 1)
    return mask > 0


def opened(mask: Mask, side: float) -> Mask:
    """The mask without its parts thinner than side, pixels."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (max(1, round(side)),) * 2)
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel) > 0
