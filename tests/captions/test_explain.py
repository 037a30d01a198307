"""An explanation says what was found, what became of it, and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs.captions.enrich import enrich
from cocopfs.captions.explain import Mentioned, explain
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
        ("The man skateboard", [("The man", "unsure")], None, PrefixReason.UNSURE),
        ("A bench without a person", [("a person", "absent")], None, PrefixReason.NO_PERSON),
        ("A zebra beside another", [("another", "another")], None, PrefixReason.NO_PERSON),
        ("A passenger train", [], None, PrefixReason.NO_PERSON),
    ],
)
def test_what_was_found(
    text: str, mentions: list[tuple[str, str]], phrase: str | None, reason: PrefixReason | None
) -> None:
    found = explain(Caption(1, text), "N", NATURAL, 0)
    assert (found.phrase, found.written.reason) == (phrase, reason)
    assert [(row.words, str(row.kind)) for row in found.mentions] == mentions
    assert found.written.form is (CaptionForm.PREFIX if reason else CaptionForm.IN_PLACE)


def test_the_gender_counts() -> None:
    caption = Caption(1, "A woman carries cake to a man")
    assert explain(caption, "N", NATURAL, 0).written.reason is PrefixReason.SEVERAL_PEOPLE
    found = explain(caption, "N", NATURAL, 0, Gender.MALE)
    assert (found.phrase, found.written.in_place) == ("a man", "A woman carries cake to N")


def test_by_the_reference_s_rules() -> None:
    paper = load_template("paper")
    found = explain(Caption(1, "A young MAN waits"), "N", paper, 0)
    assert (found.phrase, found.mentions) == ("MAN", (Mentioned("MAN", None),))
    for text, keywords in (
        ("A surfer waits", []),
        ("A man and a Woman", ["man", "Woman"]),
        ("A man in a Manchester shirt", ["man"]),
    ):
        found = explain(Caption(1, text), "N", paper, 0)
        assert found.phrase is None
        assert found.written.reason is PrefixReason.REFERENCE
        assert [row.words for row in found.mentions] == keywords


@pytest.mark.parametrize("name", ["natural", "paper"])
def test_it_explains_what_enrich_does(real_captions: Path, name: str) -> None:
    template = load_template(name)
    for row in json.loads(real_captions.read_text())["annotations"][::5]:
        caption = Caption(row["id"], row["caption"])
        done, explained = enrich(caption, "N", template, 7), explain(caption, "N", template, 7)
        assert explained.written == done
        assert (explained.phrase is None) == (done.form is CaptionForm.PREFIX)
