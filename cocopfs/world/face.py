"""Drawn faces: a person, seen in a view, placed into a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box
from cocopfs.world import head, paint
from cocopfs.world.hair import CUTS, pigment, strands_at
from cocopfs.world.head import Surface, build_surface, landmarks
from cocopfs.world.noise import step
from cocopfs.world.person import Person
from cocopfs.world.pose import View
from cocopfs.world.raymarch import Rays, march
from cocopfs.world.shading import light_surface
from cocopfs.world.skin import paint_skin

_FINENESS = 72.0
"""Samples for a head unit, at least, but for small heads: they are drawn finely and shrunk."""


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
    person: Person, view: View, placement: NDArray[np.floating[Any]], size: tuple[int, int]
) -> DrawnHead:
    """placement: (2, 3), head units (x right, y down from the centre of the head; the chin at
    about 1, the crown at about -1.16, the neck ends at about 1.4) to pixels, a similarity.
    size: width and height of the picture, pixels."""
    placement = np.asarray(placement, np.float32)
    surface = build_surface(person, view)
    width, height = size
    colour = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width), np.float32)
    face_mask = np.zeros((height, width), np.bool_)
    left, top, right, bottom = _extent(placement, size)
    if right > left and bottom > top:
        window = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float32) @ np.vstack(
            [placement, np.array([[0, 0, 1]], np.float32)]
        )
        drawn = _draw(person, view, surface, window[:2], (right - left, bottom - top))
        part = slice(top, bottom), slice(left, right)
        colour[part] = drawn[..., :3] / np.maximum(drawn[..., 3:4], np.float32(1e-4))
        opacity[part] = drawn[..., 3]
        face_mask[part] = drawn[..., 4] > 0.5
    points = landmarks(person, view, surface) @ view.rotation.T
    pixels = points[:, :2] @ placement[:, :2].T + placement[:, 2]
    return DrawnHead(
        colour=colour,
        opacity=opacity,
        landmarks=np.asarray(pixels, np.float32),
        face_mask=face_mask,
        box=_box(surface, view, placement),
    )


def to_srgb(linear: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(..., 3) linear light RGB -> (..., 3) uint8 BGR."""
    encoded = np.clip(linear, 0, 1) ** np.float32(1 / 2.2)
    return np.ascontiguousarray((encoded * 255 + 0.5)[..., ::-1]).astype(np.uint8)


def _extent(placement: NDArray[np.float32], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the picture that the head may touch: left, top, right, bottom."""
    reach = 1.75 * float(np.hypot(placement[0, 0], placement[1, 0]))
    x, y = placement[:, 2].tolist()
    width, height = size
    return (
        min(max(int(x - reach), 0), width),
        min(max(int(y - reach), 0), height),
        max(min(int(x + reach) + 1, width), 0),
        max(min(int(y + reach) + 1, height), 0),
    )


def _draw(
    person: Person,
    view: View,
    surface: Surface,
    placement: NDArray[np.float32],
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """(h, w, 5): premultiplied linear RGB, opacity, and how much of a pixel is face."""
    scale = float(np.hypot(placement[0, 0], placement[1, 0]))
    finer = min(max(_FINENESS / scale, 1.0), 3.0)
    width, height = size
    fine_width, fine_height = round(width * finer), round(height * finer)
    x = (np.arange(fine_width, dtype=np.float32) + 0.5) * np.float32(width / fine_width) - 0.5
    y = (np.arange(fine_height, dtype=np.float32) + 0.5) * np.float32(height / fine_height) - 0.5
    # A similarity is undone by turning the viewer instead of the picture.
    cosine, sine = placement[0, 0] / scale, placement[1, 0] / scale
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], np.float32)
    x = (x - placement[0, 2]) / np.float32(scale)
    y = (y - placement[1, 2]) / np.float32(scale)
    rays = march(surface.radius, turn @ view.rotation, x, y)
    drawn = np.zeros((fine_height * fine_width, 5), np.float32)
    colours = _colour(person, view, surface, rays)
    colours[..., 3] = np.clip(1 - rays.missed * np.float32(scale * finer), 0, 1) * colours[..., 3]
    colours[..., :3] *= colours[..., 3:4]
    colours[..., 4] *= colours[..., 3]
    drawn[rays.pixels] = colours
    whole = drawn.reshape(fine_height, fine_width, 5)
    parts = [
        cv2.resize(np.ascontiguousarray(whole[..., channels]), size, interpolation=cv2.INTER_AREA)
        for channels in (slice(0, 4), 4)
    ]
    return np.dstack(parts).astype(np.float32)


def _colour(person: Person, view: View, surface: Surface, rays: Rays) -> NDArray[np.float32]:
    """(n, 256, 5): linear RGB, opacity, and how much is face, of what each ray meets."""
    column, row = rays.column, rays.row
    light = _look_up(light_surface(surface, view), column, row)
    fields = cv2.merge([surface.hair, surface.face, surface.shown])
    inside, face, shown = _planes(_look_up(fields, column, row))
    across, along = _planes(_look_up(cv2.merge([surface.across, surface.along]), column, row))
    u, v = column * np.float32(head.CELL) + head.U[0], row * np.float32(head.CELL) + head.V[0]
    skin = paint_skin(person, view)
    sheet = cv2.merge([*skin.colour, skin.gloss])
    albedo = _look_up(
        sheet, (u - paint.U[0]) / np.float32(paint.CELL), (v - paint.V[0]) / np.float32(paint.CELL)
    )
    strands = strands_at(person.hair, across, along)
    single = strands_at(person.hair, across, along, finer=2.7)
    hair = _hair_mask(person, inside, strands + single)
    shades = np.clip(1 + 0.22 * strands + 0.14 * single, 0.3, 2.0)
    gloss = albedo[..., 3] * (1 - hair) + hair * shades
    drawn = np.empty((*column.shape, 5), np.float32)
    for channel, dye in enumerate(pigment(person.hair.colour)):
        body = albedo[..., channel] + (dye * shades - albedo[..., channel]) * hair
        shine = light[..., 3] * gloss * (1 - hair * (1 - (0.06 + 1.2 * dye)))
        drawn[..., channel] = body * light[..., channel] + shine
    drawn[..., 3] = shown
    drawn[..., 4] = face * (1 - hair)
    return drawn


def _hair_mask(
    person: Person, inside: NDArray[np.float32], strands: NDArray[np.float32]
) -> NDArray[np.float32]:
    cut = CUTS[person.hair.style]
    # Skin that reached into a thick shell would show as stripes on its edge.
    least = -1.0 if cut.steep else -9.0
    reach = np.float32(cut.ragged) * np.clip(strands, least, 4)
    return step(inside + reach + np.float32(0.012), 0.009)


def _look_up(
    values: NDArray[Any], column: NDArray[np.float32], row: NDArray[np.float32]
) -> NDArray[np.float32]:
    found = cv2.remap(values, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _planes(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [np.asarray(plane, np.float32) for plane in cv2.split(values)]


def _box(surface: Surface, view: View, placement: NDArray[np.float32]) -> Box:
    outline = [
        surface.at(u, v)
        for u, v in (
            (-0.76, -0.1),
            (0.76, -0.1),
            (-0.72, 0.3),
            (0.72, 0.3),
            (0, 0.93),
            (-0.2, 0.90),
        )
    ]
    brow = [surface.at(u, -0.76) for u in (-0.35, 0.0, 0.35)]
    points = (np.array([*outline, *brow]) @ view.rotation.T)[:, :2] @ placement[:, :2].T
    points = points + placement[:, 2]
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return Box(left, top, right - left, bottom - top)
