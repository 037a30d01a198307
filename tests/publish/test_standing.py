"""What stood is kept only by builds to which it belongs."""

from __future__ import annotations

from typing import Any

import msgspec

from cocopfs.publish.standing import (
    Standing,
    StandingPhoto,
    Vacancy,
    file_sizes,
    making,
    same_people,
    vacancies,
)
from cocopfs.recipe import load_recipe
from cocopfs.records import Reason

RECIPE = load_recipe("trial").model_dump(mode="json")
PACK = {"detector": "d", "recogniser": "r", "gender": "g", "ethnicity": "e", "swapper": "s"}


def standing(**changes: Any) -> Standing:
    kept: dict[str, Any] = {
        "made_by": making(RECIPE, PACK, None),
        "identities": ("a", "b"),
        "photos": (StandingPhoto(1, (0, 1)), StandingPhoto(2, (1,), judged=2, good=1)),
        "thresholds": (),
        "names": {},
        "files": {"train": (3, 5, 2)},
    }
    return Standing(**{**kept, **changes})


def test_it_holds_for_the_same_making_alone() -> None:
    noted = standing()
    assert noted.holds_for(making(RECIPE, PACK, None), 3)
    assert noted.holds_for(making(RECIPE, {**PACK, "swapper": "other"}, None), 3), "swaps are later"
    assert not noted.holds_for(making({**RECIPE, "seed": 1}, PACK, None), 3)
    assert not noted.holds_for(making(RECIPE, {**PACK, "detector": "other"}, None), 3)
    assert not noted.holds_for(making(RECIPE, PACK, 10), 3)
    by = {**RECIPE, "match": {**RECIPE["match"], "identities_per_photo": 4}}
    assert not noted.holds_for(making(by, PACK, None), 3)


def test_a_setting_of_a_later_version_does_not_count() -> None:
    newer = {**RECIPE, "enroll": {**RECIPE["enroll"], "something_new": None}}
    assert standing().holds_for(making(newer, PACK, None), 3)


def test_an_age_floor_that_comes_or_goes_counts() -> None:
    for part in ("select", "enroll"):
        floor = {**RECIPE, part: {**RECIPE[part], "min_age": 18}}
        with_floor = making(floor, {**PACK, "age": "a"}, None)
        assert not standing().holds_for(with_floor, 3)
        assert not standing(made_by=with_floor).holds_for(making(RECIPE, PACK, None), 3)
        assert standing(made_by=with_floor).holds_for(with_floor, 3)
        other = making(floor, {**PACK, "age": "another"}, None)
        assert not standing(made_by=with_floor).holds_for(other, 3)


def test_photos_that_got_too_few_are_matched_anew_where_fewer_will_do() -> None:
    """They have no pairings to keep. A photo that somebody left keeps the others in either case."""
    made_by = making(RECIPE, PACK, None)
    refused = (StandingPhoto(3, (), reason=Reason.TOO_FEW_IDENTITIES),)
    noted = standing(photos=refused, needed=3)
    assert noted.holds_for(made_by, 3)
    assert noted.holds_for(made_by, 4), "the others' pairings are the same, and judge counts them"
    assert not noted.holds_for(made_by, 2)
    assert standing(needed=3).holds_for(made_by, 1), "nobody was refused"


def test_what_was_noted_before_match_asked_for_a_number_still_holds() -> None:
    before = msgspec.to_builtins(standing())
    del before["needed"]
    assert msgspec.convert(before, Standing).holds_for(making(RECIPE, PACK, None), 5)


def test_another_gate_keeps_the_pairings() -> None:
    other = {**RECIPE, "calibrate": {"far": 0.05}}
    assert standing().holds_for(making(other, PACK, None), 3)


def test_vacancies_are_those_of_photographs_that_lost_somebody() -> None:
    assert vacancies(standing()) == {2: Vacancy(2, 2, 1)}


def test_files_keep_their_rows_where_that_adds_up() -> None:
    assert file_sizes(standing(), "train", 10, 5) == [3, 5, 2]
    assert file_sizes(standing(), "train", 11, 5) == [5, 5, 1], "other rows than then"
    assert file_sizes(standing(), "train", 10, 4) == [4, 4, 2], "other files are asked for"
    assert file_sizes(standing(), "test", 6, 5) == [5, 1]
    assert file_sizes(None, "train", 10, 5) == [5, 5]
    assert file_sizes(None, "train", 0, 5) == []
    assert file_sizes(standing(files={"train": (5, 0, 2)}), "train", 7, 5) == [5, 0, 2]


def test_the_order_of_people_does_not_count() -> None:
    assert same_people(standing(), ["b", "a"])
    assert not same_people(standing(), ["a"])
