"""The picture on the README: samples of a drawn dataset beside what would truly have been seen.

`python -m cocopfs.world.teaser OUT docs/teaser.jpg`, where OUT is what `cocopfs build` made.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from cocopfs.audit.contact_sheet import around, draw, fit, write_lines
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.publish.decoding import decode
from cocopfs.publish.sheet import encode_sheet
from cocopfs.recipe import Recipe
from cocopfs.records import Box, Identity, Sample
from cocopfs.sources.pictures import read_picture
from cocopfs.world.embedded import EmbeddedWorld
from cocopfs.world.truth import identity, photo_scene, photo_spec, true_swap

_TILE = 300
_TEXT = 420
_MARGIN = 12
_TITLES = ("photograph", "portrait", "before", "swap", "truth", "captions with the name")


def teaser(dataset: Path, count: int) -> NDArray[np.uint8]:
    """A row a sample: photograph, source portrait, the face before, swapped, and truly photographed
    with the other's features, captions. (h, w, 3) uint8 BGR. The samples are a stable draw.

    dataset: built on its own drawn world, which still lies in its `work/`.
    """
    recipe = Recipe.model_validate_json(
        json.dumps(msgspec.json.decode((dataset / "manifest.json").read_bytes())["recipe"])
    )
    if recipe.world is None:
        raise UsageError(f"{dataset} was built on no drawn world, so no truth is known")
    world, seed = EmbeddedWorld(dataset / "work", recipe.world, recipe.seed).world, recipe.seed
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
        tiles += [
            fit(around(picture, face)) for picture in (scene, decode(sample.image.bytes), truth)
        ]
        rows.append(_strip(tiles, _lines(sample), ()))
    return np.concatenate(rows)


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


def main(dataset: Path, picture: Path, count: int = 4) -> None:
    """Write the picture, as JPEG."""
    commit_bytes(picture, encode_sheet(teaser(dataset, count), ".jpg", 86))


if __name__ == "__main__":
    typer.run(main)
