"""The verdict: every demand can fail it, each with its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cocopfs.audit.bootstrap import Interval
from cocopfs.baseline.verdict import Evidence, judge


def interval(mean: float, low: float, high: float) -> Interval:
    return Interval(mean, low, high, 100, 20)


SOUND = Evidence(
    chance=0.2,
    text_only=0.2,
    wrong=interval(0.01, -0.02, 0.04),
    oracle=interval(0.98, 0.95, 1.0),
    pad=interval(0.3, 0.25, 0.35),
    id_clip=interval(0.35, 0.3, 0.4),
    leaks=(),
    unswapped=0.01,
    elsewhere=0.02,
)


def test_a_sound_dataset() -> None:
    verdict = judge(SOUND)
    assert verdict.sound
    assert verdict.sentence.startswith("The dataset is sound")
    assert all(check.holds for check in verdict.checks)


def test_differences_that_are_nothing_but_rounding_are_chance() -> None:
    assert judge(replace(SOUND, wrong=interval(5e-17, 5e-17, 5e-17))).sound


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
        ({"wrong": interval(0.1, 0.05, 0.15)}, "people who are not in the photo"),
        ({"wrong": interval(-0.1, -0.15, -0.05)}, "people who are not in the photo"),
        ({"wrong": Interval(0.0, None, None, 8, 3)}, "too few test photos"),
        ({"oracle": interval(0.5, 0.39, 0.6)}, "hardly those of their identities"),
        ({"oracle": Interval(1.0, None, None, 8, 3)}, "too few test photos to tell whether its"),
        ({"wrong": Interval(None, None, None, 0, 0)}, "no face is a wrong one"),
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


def test_pictures_that_were_never_swapped_are_named_as_such() -> None:
    low = interval(0.2, 0.15, 0.25)
    found = judge(replace(SOUND, oracle=low, unswapped=1.0, elsewhere=0.9))
    assert "still show the original faces: 100%" in found.sentence


def test_shuffled_identities_are_named_as_such() -> None:
    low = interval(0.2, 0.15, 0.25)
    found = judge(replace(SOUND, oracle=low, unswapped=0.0, elsewhere=0.9))
    assert "show other people than their rows say: 90%" in found.sentence
    assert (
        "show other people"
        in judge(replace(SOUND, oracle=low, unswapped=None, elsewhere=0.9)).sentence
    )
