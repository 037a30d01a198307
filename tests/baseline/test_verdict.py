"""The verdict: every demand can fail it, each with its own reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.baseline.shown import Shown
from cocopfs.baseline.verdict import Evidence, WrongFaces, judge


def interval(mean: float, low: float, high: float) -> Interval:
    return Interval(mean, low, high, 100, 20)


def shown(
    elsewhere: float = 0.02, unswapped: float | None = 0.01, train: float = 0.0
) -> tuple[Shown, ...]:
    """train: more of both in the train split."""
    unknown = Interval(None, None, None, 0, 0)
    return tuple(
        Shown(
            split, near(elsewhere + more), unknown if unswapped is None else near(unswapped + more)
        )
        for split, more in (("train", train), ("validation", 0.0), ("test", 0.0))
    )


def near(share: float) -> Interval:
    return interval(share, share - 0.005, share + 0.005)


def share_of(wrong: int, photos: int, swaps: int = 1) -> Interval:
    """Of `photos` photographs with that many swaps each, all swaps of the first `wrong` count."""
    photo = np.repeat(np.arange(photos), swaps)
    return share_interval((photo < wrong).astype(np.float64), photo)


SOUND = Evidence(
    chance=0.2,
    text_only=0.2,
    wrong=WrongFaces(0.2, 0.2, 0, 0),
    oracle=interval(0.98, 0.95, 1.0),
    pad=interval(0.3, 0.25, 0.35),
    id_clip=interval(0.35, 0.3, 0.4),
    leaks=(),
    shown=shown(),
)


def test_a_sound_dataset() -> None:
    verdict = judge(SOUND)
    assert verdict.sound
    assert verdict.sentence.startswith("The dataset is sound")
    assert all(check.holds for check in verdict.checks)


def test_differences_that_are_nothing_but_rounding_are_chance() -> None:
    assert judge(replace(SOUND, wrong=WrongFaces(0.2 + 5e-17, 0.2, 0, 0))).sound


@pytest.mark.parametrize(
    ("chance", "low", "sound"),
    [(0.2, 0.4, True), (0.2, 0.39, False), (0.5, 0.75, True), (0.5, 0.74, False), (0.6, 0.9, True)],
)
def test_what_well_above_chance_is(chance: float, low: float, sound: bool) -> None:
    """Twice chance cannot be had where photographs have two swaps: then half of the way to 1."""
    oracle = interval(0.98, low, 1.0)
    assert judge(replace(SOUND, chance=chance, text_only=chance, oracle=oracle)).sound == sound


def test_photos_of_one_swap_tell_nothing() -> None:
    verdict = judge(replace(SOUND, chance=1.0, text_only=1.0, oracle=interval(1.0, 0.9, 1.0)))
    assert "no test photo has two swaps" in verdict.sentence


def test_the_order_of_the_two_models_does_not_matter() -> None:
    assert judge(replace(SOUND, pad=SOUND.id_clip, id_clip=SOUND.pad)).sound


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"leaks": ("3 identities are in several splits (n1)",)}, "3 identities are in several"),
        ({"text_only": 0.2001}, "the caption alone tells the swaps of a photo apart"),
        ({"wrong": WrongFaces(0.2001, 0.2, 0, 0)}, "a face that is not in the photo tells"),
        ({"wrong": WrongFaces(0.1999, 0.2, 0, 0)}, "a face that is not in the photo tells"),
        ({"wrong": WrongFaces(0.2, 0.2, 1, 0)}, "the words of 1 test photos differ"),
        (
            {"shown": shown(elsewhere=0.11, unswapped=0.0)},
            "show other people than their rows say: 11% of train",
        ),
        ({"shown": shown(unswapped=0.11)}, "still show the original faces: 11% of train"),
        ({"oracle": interval(0.5, 0.39, 0.6)}, "hardly those of their identities"),
        ({"oracle": Interval(1.0, None, None, 8, 3)}, "too few test photos to tell whether its"),
        ({"wrong": WrongFaces(None, None, 0, 3)}, "no test photo could be asked for with the face"),
        ({"pad": Interval(0.4, None, None, 8, 3)}, "too few test photos to tell whether CLIP-PAD"),
        ({"id_clip": interval(1e-17, 1e-17, 1e-17)}, "Id-CLIP learns no identities"),
        ({"pad": interval(0.02, -0.01, 0.05)}, "CLIP-PAD learns no identities"),
        ({"id_clip": interval(0.0, 0.0, 0.0)}, "Id-CLIP learns no identities"),
    ],
)
def test_what_makes_it_unsound(change: dict[str, object], reason: str) -> None:
    verdict = judge(replace(SOUND, **change))  # type: ignore[arg-type]
    assert not verdict.sound
    assert verdict.sentence.startswith("The dataset is not sound")
    assert reason in verdict.sentence
    assert [check.holds for check in verdict.checks].count(False) == 1


@pytest.mark.parametrize("damaged", [0.3, 0.5])
def test_a_part_of_one_split_is_enough(damaged: float) -> None:
    """Whatever the face oracle finds in the test split."""
    found = judge(replace(SOUND, shown=shown(train=damaged)))
    assert not found.sound
    assert f"still show the original faces: {0.01 + damaged:.0%} of train" in found.sentence
    assert f"than their rows say: {0.02 + damaged:.0%} of train" in found.sentence
    assert [check.holds for check in found.checks].count(False) == 2


@pytest.mark.parametrize("swaps", [1, 5])
@pytest.mark.parametrize(("wrong", "photos"), [(8, 25), (13, 25), (15, 50), (25, 50), (60, 200)])
def test_damage_of_a_small_split_is_told_from_25_photographs_on(
    wrong: int, photos: int, swaps: int
) -> None:
    """30 % and half, though whole photographs are damaged: as uneven as it can be."""
    sound, damaged = share_of(0, photos, swaps), share_of(wrong, photos, swaps)
    for found in (Shown("test", damaged, sound), Shown("test", sound, damaged)):
        assert not judge(replace(SOUND, shown=[*shown()[:2], found])).sound


@pytest.mark.parametrize(("wrong", "photos"), [(1, 5), (5, 5), (1, 9), (2, 12), (3, 25), (5, 48)])
def test_a_few_wrong_pictures_do_not_condemn_a_small_split(wrong: int, photos: int) -> None:
    few = share_of(wrong, photos)
    found = judge(replace(SOUND, shown=[shown()[0], Shown("validation", few, few)]))
    assert found.sound
    told = [check.found for check in found.checks if "validation" in check.found]
    assert len(told) == 2
    assert all(("too few photos to tell" in said) == (photos < 10) for said in told)


def test_the_worst_split_is_the_one_that_is_surely_bad() -> None:
    few = Shown("validation", share_of(4, 5), share_of(0, 5))
    found = judge(replace(SOUND, shown=[few, shown(elsewhere=0.3)[0]]))
    assert "than their rows say: 30% of train" in found.sentence


def test_the_page_says_whom_the_pictures_are_compared_with() -> None:
    demands = [check.demand for check in judge(SOUND).checks]
    assert any("99 other identities, drawn by seed for each picture" in said for said in demands)


def test_without_originals_that_check_is_left_out() -> None:
    found = judge(replace(SOUND, shown=shown(unswapped=None)))
    assert found.sound
    assert len(found.checks) == len(judge(SOUND).checks) - 1
    assert not judge(replace(SOUND, shown=shown(elsewhere=0.5, unswapped=None))).sound


def test_photos_that_cannot_be_judged_by_a_wrong_face_are_told() -> None:
    found = judge(replace(SOUND, wrong=WrongFaces(0.2, 0.2, 0, 7)))
    assert found.sound
    assert any("7 photos of several genders" in check.found for check in found.checks)
