"""Portraits: one drawn person in front of a plain background."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box
from cocopfs.world.camera import photograph
from cocopfs.world.face import draw_head, to_srgb
from cocopfs.world.noise import Grain, patch
from cocopfs.world.person import Hair, Person
from cocopfs.world.pose import View, draw_view
from cocopfs.world.seeds import generator


@dataclass(frozen=True)
class Portrait:
    """picture: (size, size, 3) uint8 BGR; landmarks: (5, 2), face_mask: (size, size) and box as in
    `face.DrawnHead`."""

    picture: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    face_mask: NDArray[np.bool_]
    box: Box
    view: View


def draw_portrait(person: Person, seed: int, size: int = 160) -> Portrait:
    """A chance portrait: pose, light, hair, clothes, background and camera depend on the seed.

    size: side of the picture, pixels.
    """
    rng = generator(seed, "portrait", person.key)
    view = draw_view(rng, calm=0.2)
    styled = replace(person, hair=_styled(person.hair, rng))
    found = _draw(styled, styled, view, rng, _placement(rng, size), size)
    return replace(found, picture=photograph(found.picture, rng))


def draw_studio_portrait(person: Person, view: View, seed: int, size: int = 160) -> Portrait:
    """A portrait in a chosen view, with a perfect camera; clothes and background depend on the
    seed."""
    rng = generator(seed, "studio", person.key)
    return _draw(person, person, view, rng, _placement(rng, size), size)


def draw_headshot(person: Person, face: Person, view: View, unit: float, seed: int) -> Portrait:
    """A head that fills the picture, with a perfect camera: two people with one body, in one view
    and with one seed, differ in the face alone.

    person: whose body it is; face: whose head is drawn. unit: pixels a head unit.
    """
    rng = generator(seed, "headshot")
    size = round(3.1 * unit)
    x, y = rng.uniform(-0.2, 0.2, 2) * unit
    middle = size / 2 - 0.5
    placement = np.array([[unit, 0, middle + x], [0, unit, middle + y]], np.float32)
    return _draw(person, face, view, rng, placement, size)


def _draw(
    person: Person,
    face: Person,
    view: View,
    rng: np.random.Generator,
    placement: NDArray[np.float32],
    size: int,
) -> Portrait:
    canvas = _background(rng, size)
    _draw_shoulders(canvas, person, view, placement, rng)
    head = draw_head(face, view, placement, (size, size))
    canvas += (head.colour - canvas) * head.opacity[..., None]
    return Portrait(to_srgb(canvas), head.landmarks, head.face_mask, head.box, view)


def _styled(hair: Hair, rng: np.random.Generator) -> Hair:
    """The same cut on another day."""
    return replace(
        hair,
        line=hair.line + float(rng.normal(0, 0.012)),
        parting=hair.parting * float(rng.uniform(0.6, 1.3)),
        volume=hair.volume * float(rng.uniform(0.85, 1.15)),
        key=int(rng.integers(1 << 31)),
    )


def _placement(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    scale = size / float(rng.uniform(2.75, 3.2))
    x, y = rng.uniform(-0.03, 0.03, 2) * size
    return np.array(
        [[scale, 0, size * 0.5 - 0.5 + x], [0, scale, size * 0.49 - 0.5 + y]], np.float32
    )


def _background(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """(size, size, 3) linear light RGB: two muted colours and soft patches, out of focus."""
    base = rng.uniform(0.08, 0.55) * (1 + 0.13 * rng.normal(0, 1, 3))
    other = base * rng.uniform(0.5, 1.6) * (1 + 0.1 * rng.normal(0, 1, 3))
    across, down = np.meshgrid(*[np.linspace(-0.5, 0.5, size, dtype=np.float32)] * 2)
    angle = rng.uniform(0, 2 * np.pi)
    share = np.clip(0.5 + across * np.cos(angle) + down * np.sin(angle), 0, 1)[..., None]
    patches = cv2.resize(
        rng.normal(0, 0.12, (5, 5, 1)).astype(np.float32),
        (size, size),
        interpolation=cv2.INTER_CUBIC,
    )[..., None]
    found = (base * share + other * (1 - share)) * (1 + patches)
    return np.asarray(np.clip(found, 0.01, 1), np.float32)


_SHOULDERS = (
    (-0.38, 1.10), (-0.26, 1.20), (0.0, 1.25), (0.26, 1.20), (0.38, 1.10), (0.62, 1.26),
    (1.15, 1.42), (1.50, 1.75), (1.65, 2.6), (1.65, 4.0), (-1.65, 4.0), (-1.65, 2.6),
    (-1.50, 1.75), (-1.15, 1.42), (-0.62, 1.26),
)  # fmt: skip


def _draw_shoulders(
    canvas: NDArray[np.float32],
    person: Person,
    view: View,
    placement: NDArray[np.float32],
    rng: np.random.Generator,
) -> None:
    size = canvas.shape[0]
    cloth = rng.choice([0.03, 0.08, 0.2, 0.5]) * (1 + 0.6 * rng.uniform(-1, 1, 3))
    points = np.array(_SHOULDERS) * (0.88 + 0.12 * person.outline.neck_width, 1)
    pixels = points @ placement[:, :2].T + placement[:, 2]
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(pixels * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    cover = mask.astype(np.float32) / 255
    scale = float(placement[0, 0])
    height = cv2.GaussianBlur(cover, (0, 0), 0.2 * scale)
    down, across = np.gradient(height * np.float32(0.55 * scale))
    facing = -across * view.light[0] - down * view.light[1] + view.light[2]
    facing = facing / np.sqrt(across**2 + down**2 + 1)
    folds = patch(Grain.MOTTLE, size, size, "cloth", int(rng.integers(1 << 31)))
    light = (view.ambient + view.key * np.clip(facing + 0.2, 0, 2) / 1.2) * (1 + 0.05 * folds)
    canvas += (np.clip(cloth, 0.01, 1) * light[..., None] - canvas) * cover[..., None]
