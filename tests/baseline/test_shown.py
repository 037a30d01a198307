"""Whom pictures show: what was not swapped, and what shows somebody else, is counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval
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
    none = Interval(0.0, 0.0, 3 / PHOTOS, COUNT, PHOTOS)
    assert found == Shown("train", none, none)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_unswapped_copies_are_counted_as_such_alone(share: float) -> None:
    damaged = SWAPPED.copy()
    damaged[some(share)] = COPIES[some(share)]
    found = seen(damaged)
    assert found.unswapped.mean == pytest.approx(share)
    assert found.elsewhere.mean == 0
    blind = seen(damaged, None)
    assert blind.unswapped.mean is None
    assert mean(blind.elsewhere) > 0.9 * share, "whoever's reference happens to be nearest"
    for one in (found, blind):
        assert not judge(replace(SOUND, shown=[one])).sound


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_shuffled_rows_are_counted_though_they_keep_some_of_the_original(share: float) -> None:
    damaged = SWAPPED + 0.3 * ORIGINALS.faces[PHOTO]
    damaged = (damaged / np.linalg.norm(damaged, axis=1, keepdims=True)).astype(np.float32)
    rows = np.sort(some(share))
    damaged[rows] = damaged[np.roll(rows, 1)]
    found = seen(damaged)
    assert found.elsewhere.mean == pytest.approx(share, abs=0.05)
    assert found.unswapped.mean == 0
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
    assert found.unswapped == Interval(1.0, 0.7, 1.0, 50, 10)
    assert mean(found.elsewhere) > 0.85
    nobody = seen(COPIES, OriginalFaces(np.array([999]), unit(1, WIDTH, 5)))
    assert (nobody.unswapped.mean, nobody.unswapped.n) == (None, 0)


def many(people: int, seed: int = 6) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """References of that many, and 1,000 rows' identities among them."""
    identity = np.random.default_rng(seed).integers(0, people, COUNT)
    return unit(people, WIDTH, seed), identity


def test_as_good_swaps_are_as_sound_among_thousands_of_identities() -> None:
    """The best of 4,000 strangers is nearer than the best of 100: not because swaps are worse."""
    shares, of_all = [], []
    for people in (100, 500, 4000):
        references, identity = many(people)
        swapped = at_cosine(references[identity], 0.28, 7)
        found = shown("train", swapped, references[identity], identity, PHOTO, None)
        shares.append(mean(found.elsewhere))
        of_all.append((swapped @ references.T).argmax(axis=1) != identity)
    assert max(shares) - min(shares) < 0.05
    assert of_all[0].mean() == shares[0], "of 100 all others are compared"
    assert of_all[-1].mean() > shares[-1] + 0.3


def test_the_order_of_the_rows_does_not_matter() -> None:
    references, identity = many(500)
    swapped = at_cosine(references[identity], 0.28, 7)
    order = np.random.default_rng(8).permutation(COUNT)
    one, other = (
        shown("test", swapped[rows], references[identity[rows]], identity[rows], PHOTO[rows], None)
        for rows in (np.arange(COUNT), order)
    )
    assert one == other
    assert mean(one.elsewhere) > 0


def test_one_identity_alone_has_no_other() -> None:
    found = shown("test", SWAPPED[:1], REFERENCES[:1], IDENTITY[:1], PHOTO[:1], None)
    assert found.elsewhere.mean == 0


def mean(found: Interval) -> float:
    assert found.mean is not None
    return found.mean
