"""Whom pictures show: what was not swapped, and what shows somebody else, is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.baseline.controls import at_cosine
from cocopfs.baseline.shown import OriginalFaces, Shown, shown
from cocopfs.baseline.verdict import judge
from tests.baseline.test_retrieval import unit
from tests.baseline.test_verdict import SOUND

PHOTOS, SWAPS, PEOPLE, WIDTH = 200, 5, 40, 128
COUNT = PHOTOS * SWAPS
PHOTO = np.repeat(np.arange(PHOTOS), SWAPS)
IDENTITY = (PHOTO + np.tile(np.arange(SWAPS), PHOTOS)) % PEOPLE
REFERENCES = unit(PEOPLE, WIDTH, 0)[IDENTITY]
SWAPPED = at_cosine(REFERENCES, 0.6, 1)
ORIGINALS = OriginalFaces(np.arange(PHOTOS), unit(PHOTOS, WIDTH, 2))
COPIES = at_cosine(ORIGINALS.faces[PHOTO], 0.99, 3)


def some(share: float) -> NDArray[np.int64]:
    return np.random.default_rng(4).permutation(COUNT)[: round(share * COUNT)]


def seen(
    swapped: NDArray[np.float32], originals: OriginalFaces | None = ORIGINALS, split: str = "train"
) -> Shown:
    return shown(split, swapped, REFERENCES, IDENTITY, PHOTO, originals)


def test_sound_pictures() -> None:
    found = seen(SWAPPED)
    assert found == Shown("train", COUNT, 0.0, COUNT, 0.0)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_unswapped_copies_are_counted_as_such_alone(share: float) -> None:
    damaged = SWAPPED.copy()
    damaged[some(share)] = COPIES[some(share)]
    found = seen(damaged)
    assert found.unswapped == pytest.approx(share)
    assert found.elsewhere == 0
    blind = seen(damaged, None)
    assert blind.unswapped is None
    assert blind.elsewhere > 0.9 * share, "whoever's reference happens to be nearest"
    for one in (found, blind):
        assert not judge(replace(SOUND, shown=[one])).sound


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_shuffled_rows_are_counted_though_they_keep_some_of_the_original(share: float) -> None:
    damaged = SWAPPED + 0.3 * ORIGINALS.faces[PHOTO]
    damaged = (damaged / np.linalg.norm(damaged, axis=1, keepdims=True)).astype(np.float32)
    rows = np.sort(some(share))
    damaged[rows] = damaged[np.roll(rows, 1)]
    found = seen(damaged)
    assert found.elsewhere == pytest.approx(share, abs=0.05)
    assert found.unswapped == 0
    assert not judge(replace(SOUND, shown=[found])).sound


def test_one_damaged_split_is_enough() -> None:
    damaged = SWAPPED.copy()
    damaged[some(0.3)] = COPIES[some(0.3)]
    whole = [seen(SWAPPED, split=split) for split in ("validation", "test")]
    verdict = judge(replace(SOUND, shown=[seen(damaged), *whole]))
    assert not verdict.sound
    assert "30% of train" in verdict.sentence


def test_pictures_whose_original_is_unknown_are_not_compared() -> None:
    few = OriginalFaces(ORIGINALS.photos[:10], ORIGINALS.faces[:10])
    found = seen(COPIES, few)
    assert (found.compared, found.unswapped) == (50, 1.0)
    assert found.elsewhere > 0.85
    assert seen(COPIES, OriginalFaces(np.array([999]), unit(1, WIDTH, 5))).unswapped is None
