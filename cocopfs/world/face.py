"""Drawn faces: a person, seen in a view, placed into a picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box
from cocopfs.world.person import Person
from cocopfs.world.pose import View


@dataclass(frozen=True)
class DrawnHead:
    """A head with neck and hair, to be laid over a picture. All arrays have the picture's size.

    colour: (h, w, 3) float32 linear light RGB, not premultiplied; opacity: (h, w) float32 in
    [0, 1]. landmarks: (5, 2) float32 pixels, in the order of `records.Face`. face_mask: (h, w)
    bool, the skin of the face without hair, ears and neck. box: as detectors draw it, from the
    forehead to the chin.
    """

    colour: NDArray[np.float32]
    opacity: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    face_mask: NDArray[np.bool_]
    box: Box


def draw_head(
    person: Person, view: View, placement: NDArray[np.floating], size: tuple[int, int]
) -> DrawnHead:
    """placement: (2, 3), head units (x right, y down from the centre of the head; the chin at
    about 1, the crown at about -1.15, the neck ends at about 1.4) to pixels, a similarity.
    size: width and height of the picture, pixels."""
    width, height = size
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1) - placement[:, 2]
    x, y = np.moveaxis(grid @ np.linalg.inv(placement[:, :2]).T, -1, 0)
    inside = (x / 0.75) ** 2 + (y / 1.1) ** 2 < 1
    neck = (np.abs(x) < 0.4) & (y > 0) & (y < 1.4)
    tone = np.float32(0.8 - 0.7 * person.skin.melanin)
    colour = np.broadcast_to(tone * np.array([1, 0.65, 0.5], np.float32), (height, width, 3))
    points = np.array(
        [[-0.3, -0.05, 0.7], [0.3, -0.05, 0.7], [0, 0.31, 1], [-0.23, 0.58, 0.75], [0.23, 0.58, 0.75]]
    )
    landmarks = (points @ view.rotation.T)[:, :2] @ placement[:, :2].T + placement[:, 2]
    left, top = landmarks.min(0) - 20
    return DrawnHead(
        colour.astype(np.float32),
        cv2.GaussianBlur((inside | neck).astype(np.float32), (0, 0), 0.6),
        landmarks.astype(np.float32),
        inside,
        Box(float(left), float(top), 80.0, 110.0),
    )


@dataclass(frozen=True)
class Portrait:
    """picture: (size, size, 3) uint8 BGR; landmarks and face_mask as in `DrawnHead`."""

    picture: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    face_mask: NDArray[np.bool_]
    view: View


def to_srgb(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(..., 3) linear light RGB -> (..., 3) uint8 BGR."""
    encoded = np.clip(linear, 0, 1) ** np.float32(1 / 2.2)
    return np.ascontiguousarray((encoded * 255 + 0.5)[..., ::-1]).astype(np.uint8)


def from_srgb(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(..., 3) uint8 BGR -> (..., 3) linear light RGB."""
    return np.asarray((picture[..., ::-1].astype(np.float32) / 255) ** np.float32(2.2))
