"""An explanation says what was found, what became of it, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs.captions.enrich import enrich
from cocopfs.captions.explain import explain
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, CaptionForm, Gender, PrefixReason

NATURAL = load_template("natural")


@pytest.mark.parametrize(
    ("text", "mentions", "phrase", "reason"),
    [
        ("A  young man , tired", [("A young man", "person")], "A young man", None),
        ("Her hand holds a man's hat", [("a man's", "person")], "a man's", None),
        (
            "A woman beside a statue of a man",
            [("A woman", "person"), ("a man", "depicted")],
            "A woman",
            None,
        ),
        (
            "A man and two skiers",
            [("A man", "person"), ("skiers", "several")],
            None,
            PrefixReason.SEVERAL_PEOPLE,
        ),
        ("A kid with a dog", [("kid", "minor")], None, PrefixReason.MINOR),
        ("A poster of a man", [("a man", "depicted")], None, PrefixReason.DEPICTED),
        ("A pitcher on a table", [("A pitcher", "ambiguous")], None, PrefixReason.AMBIGUOUS),
        ("Somebody's house", [("Somebody's", "owner")], None, PrefixReason.AMBIGUOUS),
        ("The man bun", [("The man", "unsure")], None, PrefixReason.UNSURE),
        ("A bench without a person", [("a person", "absent")], None, PrefixReason.NO_PERSON),
        ("A zebra beside another", [("another", "another")], None, PrefixReason.NO_PERSON),
        ("A passenger train", [], None, PrefixReason.NO_PERSON),
    ],
)
def test_what_was_found(
    text: str, mentions: list[tuple[str, str]], phrase: str | None, reason: PrefixReason | None
) -> None:
    found = explain(Caption(1, text), NATURAL)
    assert (found.phrase, found.reason) == (phrase, reason)
    assert [(row.words, str(row.kind)) for row in found.mentions] == mentions
    assert found.form is (CaptionForm.PREFIX if reason else CaptionForm.IN_PLACE)


def test_the_gender_counts() -> None:
    caption = Caption(1, "A woman carries cake to a man")
    assert explain(caption, NATURAL).reason is PrefixReason.SEVERAL_PEOPLE
    assert explain(caption, NATURAL, Gender.MALE).phrase == "a man"


def test_by_the_reference_s_rules() -> None:
    paper = load_template("paper")
    assert explain(Caption(1, "A young MAN waits"), paper).phrase == "MAN"
    assert explain(Caption(1, "A surfer waits"), paper).reason is PrefixReason.REFERENCE


@pytest.mark.parametrize("name", ["natural", "paper"])
def test_it_explains_what_enrich_does(real_captions: Path, name: str) -> None:
    template = load_template(name)
    for row in json.loads(real_captions.read_text())["annotations"][::5]:
        caption = Caption(row["id"], row["caption"])
        done, explained = enrich(caption, "N", template, 0), explain(caption, template)
        assert (done.form, done.reason) == (explained.form, explained.reason)
