"""The explanation tells in words what was found, why, and what becomes of a caption."""

from __future__ import annotations

import pytest

from cocopfs.captions.explain import explain
from cocopfs.captions.mentions import MentionKind
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, Gender, PrefixReason
from cocopfs.terminal.caption import _KINDS, _REASONS, explanation_lines


def told(text: str, template: str = "natural", gender: Gender | None = None) -> list[str]:
    found = explain(Caption(1, text), "Ada [b]Ash[/b]", load_template(template), 0, gender)
    return list(explanation_lines([found]))


def test_both_styles_are_shown() -> None:
    assert told("A young man waits.") == [
        "[bold]A young man waits.[/]",
        "  mentions        A young man (a person)",
        "  form            in_place: the name takes the place of 'A young man'",
        r"  in place        Ada \[b]Ash\[/b] waits.",
        r"  in parentheses  A young man (Ada \[b]Ash\[/b]) waits.",
    ]


def test_a_reason_is_told_in_words_with_the_sentence_that_comes_of_it() -> None:
    _, mentions, form, becomes = told("A man and two skiers")
    assert mentions.endswith("A man (a person), skiers (more than one, or somebody beside)")
    assert form.endswith("prefix, several_people: it mentions more than one person")
    assert becomes.endswith("man and two skiers")
    assert "Ash" in becomes


def test_the_gender_tells_two_people_apart() -> None:
    text = "A woman carries cake to a man"
    assert "several_people" in told(text)[2]
    assert "'a man'" in told(text, gender=Gender.MALE)[2]


@pytest.mark.parametrize(
    ("text", "mentions", "why"),
    [
        ("A surfer waits", "nobody", "it has none of the reference's keywords"),
        (
            "A man and a woman",
            "man (keyword), woman (keyword)",
            "it has 2 of the reference's keywords, and one is wanted",
        ),
        (
            "A man in a Manchester shirt",
            "man (keyword)",
            "the letters of 'man' are in it more than once",
        ),
    ],
)
def test_by_the_reference_s_rules(text: str, mentions: str, why: str) -> None:
    lines = told(text, "paper")
    assert lines[1].endswith(mentions)
    assert lines[2].endswith(f"prefix, reference: {why}")


def test_every_kind_and_reason_has_its_words() -> None:
    assert set(_KINDS) == {*MentionKind, None}
    assert {*_REASONS, PrefixReason.REFERENCE} == set(PrefixReason)
