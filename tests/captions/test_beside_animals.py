""" "A male", "a mother" beside an animal is a person where it does what people do."""

from __future__ import annotations

import pytest

from cocopfs.captions.enrich import enrich
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, PrefixReason

NATURAL = load_template("natural")


@pytest.mark.parametrize(
    "text",
    [
        "A male walking a horse on a sunny day.",
        "A male on a horse.",
        "A male on the back of an elephant",
        "A female riding a horse.",
        "A female in a white dress near a cow",
        "A female petting an elephant",
        "A female feeding the giraffes",
        "A male holding a cat.",
        "An adult is walking two dogs",
        "A male in a hat, holding a big dog",
        "A mother and her dog on the beach",
        "A parent with a dog",
        "A male with a hot dog",
        "An adult beside a toy horse",
    ],
)
def test_a_person(text: str) -> None:
    found = enrich(Caption(1, text), "N", NATURAL, 0)
    assert found.reason is None
    assert found.in_place.startswith("N ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A mother zebra with her calf", PrefixReason.NO_PERSON),
        ("An adult elephant in the grass", PrefixReason.NO_PERSON),
        ("A male lion on a rock", PrefixReason.NO_PERSON),
        ("A mother duck wearing a hat", PrefixReason.NO_PERSON),
        ("A zebra and its mother", PrefixReason.AMBIGUOUS),
        ("A horse and its mother on a horse", PrefixReason.AMBIGUOUS),
        ("A mother and her calf", PrefixReason.AMBIGUOUS),
        ("A mother feeding her calf", PrefixReason.AMBIGUOUS),
        ("A mother carrying a kitten", PrefixReason.AMBIGUOUS),
        ("A mother with a baby elephant", PrefixReason.AMBIGUOUS),
        ("A male with a female lion", PrefixReason.AMBIGUOUS),
        ("A male with a zebra", PrefixReason.AMBIGUOUS),
        ("An adult and a younger giraffe wearing a tag", PrefixReason.AMBIGUOUS),
        ("Two giraffes, an adult and a calf", PrefixReason.AMBIGUOUS),
        ("A mother stands near a zebra", PrefixReason.AMBIGUOUS),
    ],
)
def test_an_animal_or_perhaps_one(text: str, reason: PrefixReason) -> None:
    assert enrich(Caption(1, text), "N", NATURAL, 0).reason is reason
