"""The picture on the README: samples of a drawn dataset beside what would truly have been seen."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.contact_sheet import around, draw, fit, write_lines
from cocopfs.engine.store import read_rows
from cocopfs.records import Box, Identity, Sample
from cocopfs.sources.pictures import read_picture
from cocopfs.world.disk import World
from cocopfs.world.truth import identity, photo_scene, photo_spec, true_swap

_TILE = 300
_TEXT = 420
_MARGIN = 12
_TITLES = ("photograph", "portrait", "before", "swap", "truth", "captions with the name")


def teaser(dataset: Path, world: World, seed: int, count: int) -> NDArray[np.uint8]:
    """A row a sample: photograph, source portrait, the face before, swapped, and truly photographed
    with the other's features, captions. (h, w, 3) uint8 BGR.

    dataset: built on that world, which was drawn with that seed. The samples are a stable draw.
    """
    portraits = {
        portrait.portrait_id: portrait
        for person in read_rows(dataset / "private" / "identities.parquet", Identity)
        for portrait in person.sources
    }
    rows = [_strip([np.full((30, _TILE, 3), 255, np.uint8)] * 5, (), _TITLES)]
    for sample in draw(dataset, count):
        face = Box(sample.face_x, sample.face_y, sample.face_width, sample.face_height)
        spec = photo_spec(seed, sample.coco_image_id)
        scene = photo_scene(seed, sample.coco_image_id).picture
        number = int(sample.identity.removeprefix("n"))
        truth = true_swap(spec, identity(seed, number)).picture
        source = portraits[sample.source_portrait]
        sitting = read_picture(world.vggface2, source.path, 10**7).pixels
        tiles = [fit(scene), fit(around(sitting, source.face.box))]
        tiles += [fit(around(picture, face)) for picture in (scene, _decoded(sample), truth)]
        rows.append(_strip(tiles, _lines(sample), ()))
    return np.concatenate(rows)


def _decoded(sample: Sample) -> NDArray[np.uint8]:
    coded = np.frombuffer(sample.image.bytes, np.uint8)
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _lines(sample: Sample) -> list[str]:
    lines = [f"{sample.name}, {sample.split}", ""]
    for plain, named in zip(sample.captions[:3], sample.captions_in_place, strict=False):
        lines += [*textwrap.wrap(plain, 56), *textwrap.wrap(f"→ {named}", 56), ""]
    return lines


def _strip(
    tiles: Sequence[NDArray[np.uint8]], lines: Sequence[str], titles: Sequence[str]
) -> NDArray[np.uint8]:
    height = tiles[0].shape[0] + _MARGIN
    text_x = len(tiles) * (_TILE + _MARGIN) + _MARGIN
    row = np.full((height, text_x + _TEXT, 3), 255, np.uint8)
    for number, tile in enumerate(tiles):
        x = _MARGIN + number * (_TILE + _MARGIN)
        row[: tile.shape[0], x : x + _TILE] = tile
    for number, title in enumerate(titles):
        row = write_lines(row, _MARGIN + number * (_TILE + _MARGIN), [title])
    return write_lines(row, text_x, lines)
