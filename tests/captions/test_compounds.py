"""A person's noun in the name of a thing is nobody, and does not hide the person beside it."""

from __future__ import annotations

import pytest

from cocopfs.captions.enrich import enrich
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, Gender, PrefixReason

NATURAL = load_template("natural")


def in_place(text: str) -> str | PrefixReason | None:
    found = enrich(Caption(1, text), "N", NATURAL, 0)
    return found.reason or found.in_place


THINGS = (
    "a pedestrian crossing sign",
    "a pedestrian crossing",
    "a passenger loading area",
    "a doctor waiting room",
    "a customer parking lot",
    "a pedestrian walking bridge",
    "a pedestrian only street",
    "a pedestrian friendly street",
    "a human sized teddy bear",
    "a person shaped kite",
    "an individual serving of cake",
    "a man made lake",
    "a butcher block",
    "a monarch butterfly",
    "a mom and pop shop",
    "a man and woman restroom sign",
    "a bride and groom cake topper",
    "a jet fighter",
    "a military fighter in the sky",
    "a diner with a neon sign",
    "a camper parked in a lot",
    "a walker with wheels",
    "a vacuum cleaner",
    "a meat smoker",
    "a shower caddy",
    "a snow groomer",
    "a pile driver",
    "a blu ray player",
    "a land rover defender",
    "a tin man",
)


@pytest.mark.parametrize("thing", THINGS)
def test_a_thing_is_nobody(thing: str) -> None:
    assert in_place(f"{thing[0].upper()}{thing[1:]}.") is PrefixReason.NO_PERSON


@pytest.mark.parametrize("thing", [t for t in THINGS if t != "a walker with wheels"])
def test_whoever_is_beside_a_thing_gets_the_name(thing: str) -> None:
    assert in_place(f"A man beside {thing}.") == f"N beside {thing}."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A pedestrian crossing a road", "N crossing a road"),
        ("A pedestrian crossing busy streets", "N crossing busy streets"),
        ("A man crossing street", "N crossing street"),
        ("A passenger boarding a train", "N boarding a train"),
        ("A passenger waiting for a train", "N waiting for a train"),
        ("A woman only wearing a hat", "N only wearing a hat"),
        ("A tennis player serving a ball", "N serving a ball"),
        ("A man made a cake", "N made a cake"),
        ("A man and passenger train", "N and passenger train"),
        ("A man like that", "N like that"),
        ("A fire fighter next to a truck", "N next to a truck"),
        ("A bull fighter in a ring", "N in a ring"),
        ("A diner holds a fork", "N holds a fork"),
        ("A camper sitting by a tent", "N sitting by a tent"),
        ("A dog walker in the city", "N in the city"),
        ("A bus driver waits", "N waits"),
        ("A bride in a white dress", "N in a white dress"),
        ("A crossing guard stops traffic", "N stops traffic"),
        ("A woman in a chef's hat", "N in a chef's hat"),
        ("A chef's hands", "N's hands"),
    ],
)
def test_a_person_stays_one(text: str, expected: str) -> None:
    assert in_place(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A dog in a chef's hat", PrefixReason.AMBIGUOUS),
        ("A clown like robot", PrefixReason.UNSURE),
        ("A man made of snow", PrefixReason.DEPICTED),
        ("A man and woman statue", PrefixReason.DEPICTED),
        ("People crossing a bridge", PrefixReason.SEVERAL_PEOPLE),
        ("People serving food", PrefixReason.SEVERAL_PEOPLE),
        ("A diner", PrefixReason.AMBIGUOUS),
    ],
)
def test_doubt_is_a_reason(text: str, reason: PrefixReason) -> None:
    assert in_place(text) is reason


def test_a_sign_of_two_does_not_take_the_gender_s_name() -> None:
    text = "A man and woman restroom sign"
    assert enrich(Caption(1, text), "N", NATURAL, 0, Gender.MALE).reason is PrefixReason.NO_PERSON
