"""The captions' word on the person's gender, when they give one with one voice."""

from __future__ import annotations

import pytest

from cocopfs.captions.gender import told_gender
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, Gender


@pytest.mark.parametrize(
    ("captions", "expected"),
    [
        (["A woman at a sink.", "She chops vegetables.", "A person cooks."], Gender.FEMALE),
        (["A LADY'S hand holding a phone"], Gender.FEMALE),
        (["A man on a bike", "a guy rides"], Gender.MALE),
        (["A man on a bike", "a woman rides"], None),
        (["A man hands a phone to her"], None),
        (["A surfer on a wave", "Somebody surfs"], None),
        (["A man-made lake", "A shirt that reads Manchester"], None),
        (["The Theremin in a shed", "Other chess pieces"], None),
        ([], None),
    ],
)
def test_the_gender_that_captions_tell(captions: list[str], expected: Gender | None) -> None:
    rows = [Caption(number, text) for number, text in enumerate(captions)]
    assert told_gender(rows, load_template("natural")) == expected
