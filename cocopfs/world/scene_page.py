"""A page of scenes, to be looked at."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.world.contexts import CONTEXTS
from cocopfs.world.kinds import Kind
from cocopfs.world.scenes import draw_scene, draw_spec
from cocopfs.world.seeds import generator

_COLUMNS = _ROWS = 5
_WIDTH, _HEIGHT = 320, 240


def scenes_page(seed: int) -> NDArray[np.uint8]:
    """25 scenes of different contexts: (1200, 1600, 3) uint8 BGR."""
    rng = generator(seed, "page of scenes")
    names = rng.permutation(list(CONTEXTS))[: _COLUMNS * _ROWS]
    tiles = [_tile(_wide_picture(seed, place, str(name))) for place, name in enumerate(names)]
    rows = [np.hstack(tiles[start : start + _COLUMNS]) for start in range(0, len(tiles), _COLUMNS)]
    return np.vstack(rows)


def _wide_picture(seed: int, place: int, context: str) -> NDArray[np.uint8]:
    """The first scene of the context that is not in portrait format, other people at each place."""
    for number in itertools.count(1000 * place):
        picture = draw_scene(draw_spec(seed, number, Kind.PLAIN, context=context)).picture
        if picture.shape[1] > picture.shape[0]:
            break
    return picture


def _tile(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to the tile's proportions, below and at both sides, and made smaller."""
    height, width = picture.shape[:2]
    wide, high = min(width, height * _WIDTH // _HEIGHT), min(height, width * _HEIGHT // _WIDTH)
    left = (width - wide) // 2
    cut = picture[:high, left : left + wide]
    return np.asarray(cv2.resize(cut, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
