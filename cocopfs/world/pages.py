"""Pages of drawn people, to be looked at."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Ethnicity, Gender
from cocopfs.world.person import Person, draw_person
from cocopfs.world.portrait import draw_portrait, draw_studio_portrait
from cocopfs.world.pose import View
from cocopfs.world.seeds import generator

_SIDE = 200
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
