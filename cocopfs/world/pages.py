"""Pages of drawn people and scenes, to be looked at.

`python -m cocopfs.world.pages docs` draws those of docs/drawn-world.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from cocopfs.engine.commit import commit_bytes
from cocopfs.records import Ethnicity, Gender
from cocopfs.world.contexts import CONTEXTS
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Person, draw_person
from cocopfs.world.photographs import encode_jpeg
from cocopfs.world.portrait import draw_portrait, draw_studio_portrait
from cocopfs.world.pose import View
from cocopfs.world.scenes import draw_scene, draw_spec
from cocopfs.world.seeds import generator

_SIDE = 200
_SCENE = 320, 240
_KINDS = tuple(product(Ethnicity, Gender))


def faces_page(seed: int) -> NDArray[np.uint8]:
    """32 people, one picture each: (800, 1600, 3) uint8 BGR."""
    tiles = [
        draw_studio_portrait(_somebody(seed, number), _calm_view(seed, number), seed, _SIDE)
        for number in range(32)
    ]
    return _grid([tile.picture for tile in tiles], 8)


def identity_page(seed: int) -> NDArray[np.uint8]:
    """Four people, eight chance portraits each, a row a person: (800, 1600, 3) uint8 BGR."""
    people = [_somebody(seed, number) for number in (3, 8, 14, 21)]
    tiles = [
        draw_portrait(person, seed + number, _SIDE).picture
        for person in people
        for number in range(8)
    ]
    return _grid(tiles, 8)


def scenes_page(seed: int) -> NDArray[np.uint8]:
    """25 scenes of different contexts: (1200, 1600, 3) uint8 BGR."""
    names = generator(seed, "page of scenes").permutation(list(CONTEXTS))[:25]
    return _grid([_scene(seed, place, str(name)) for place, name in enumerate(names)], 5)


PAGES: Final[Mapping[str, Callable[[int], NDArray[np.uint8]]]] = {
    "drawn-world-faces.jpg": faces_page,
    "drawn-world-identities.jpg": identity_page,
    "drawn-world-scenes.jpg": scenes_page,
}
"""The pictures of docs/drawn-world.md, by seed."""


def _somebody(seed: int, number: int) -> Person:
    group, gender = _KINDS[(number * 5) % len(_KINDS)]
    return draw_person(generator(seed, "person of the page", number), gender, group)


def _calm_view(seed: int, number: int) -> View:
    rng = generator(seed, "view of the page", number)
    return replace(
        View(),
        yaw=float(rng.uniform(-0.35, 0.35)),
        pitch=float(rng.uniform(-0.08, 0.08)),
        roll=float(rng.uniform(-0.06, 0.06)),
        smile=float(rng.uniform(0.2, 0.9)),
        light_azimuth=float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.7)),
    )


def _grid(tiles: list[NDArray[np.uint8]], columns: int) -> NDArray[np.uint8]:
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows])


def _scene(seed: int, place: int, context: str) -> NDArray[np.uint8]:
    """The first scene of the context that is not in portrait format, other people at each place."""
    for number in count(1000 * place):
        picture = draw_scene(draw_spec(seed, number, Kind.PLAIN, context=context)).picture
        if picture.shape[1] > picture.shape[0]:
            break
    return _tile(picture)


def _tile(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to the tile's proportions, below and at both sides, and made smaller."""
    height, width = picture.shape[:2]
    wide = min(width, height * _SCENE[0] // _SCENE[1])
    high = min(height, width * _SCENE[1] // _SCENE[0])
    left = (width - wide) // 2
    cut = picture[:high, left : left + wide]
    return np.asarray(cv2.resize(cut, _SCENE, interpolation=cv2.INTER_AREA), np.uint8)


def main(folder: Path, width: int = 1280) -> None:
    """Write the pages as JPEG, so many pixels wide."""
    for name, page in PAGES.items():
        drawn = page(1)
        size = width, width * drawn.shape[0] // drawn.shape[1]
        small = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
        commit_bytes(folder / name, encode_jpeg(small, 82))


if __name__ == "__main__":
    typer.run(main)
