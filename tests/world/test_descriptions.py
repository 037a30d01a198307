"""Captions read as COCO's annotators write, slips and all."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cocopfs.captions.minors import mentions_minor
from cocopfs.captions.template import load_template
from cocopfs.records import Gender
from cocopfs.world.contexts import CONTEXTS
from cocopfs.world.descriptions import CAPTIONS, describe
from cocopfs.world.grammar import gerund, sentence, third_person
from cocopfs.world.kinds import Kind
from cocopfs.world.scenes import Scene, draw_scene, draw_spec

SEED = 11


@pytest.fixture(scope="module")
def plain_scenes() -> list[Scene]:
    return [
        draw_scene(draw_spec(SEED, number, Kind.PLAIN, context=name))
        for number, name in enumerate(CONTEXTS)
    ]


@pytest.fixture(scope="module")
def plain_captions(plain_scenes: list[Scene]) -> list[str]:
    return [caption for scene in plain_scenes for caption in describe(scene)]


def captions_of(kind: Kind, count: int = 5) -> list[tuple[str, ...]]:
    return [describe(draw_scene(draw_spec(SEED, item, kind))) for item in range(count)]


def test_five_captions_a_scene_and_always_the_same(plain_scenes: list[Scene]) -> None:
    for scene in plain_scenes:
        captions = describe(scene)
        assert len(set(captions)) == CAPTIONS
        assert captions == describe(scene)


def test_no_caption_of_an_accepted_scene_names_a_minor(plain_captions: list[str]) -> None:
    template = load_template("natural")
    assert [text for text in plain_captions if mentions_minor(text, template)] == []


def test_some_caption_of_a_child_names_one() -> None:
    template = load_template("natural")
    for captions in captions_of(Kind.CHILD):
        assert any(mentions_minor(text, template) for text in captions)


def test_nothing_is_left_unfilled(plain_captions: list[str]) -> None:
    assert [text for text in plain_captions if re.search(r"[{}]", text)] == []
    assert [text for text in plain_captions if re.search(r"\b[Aa] [aeiou]", text)] == []


def test_they_tell_of_the_persons_gender(plain_scenes: list[Scene]) -> None:
    words = {
        Gender.FEMALE: r"\b(woman|lady|female|her|she)\b",
        Gender.MALE: r"\b(man|guy|male|gentleman|his|he)\b",
    }
    for scene in plain_scenes:
        text = " ".join(describe(scene)).lower()
        other = Gender.MALE if scene.spec.person.gender is Gender.FEMALE else Gender.FEMALE
        assert not re.search(words[other], text), text


def test_the_slips_of_real_annotators_occur(plain_captions: list[str]) -> None:
    share = {
        "no full stop": sum(not text.rstrip().endswith(".") for text in plain_captions),
        "trailing blank": sum(text != text.rstrip() for text in plain_captions),
        "double blank": sum("  " in text.strip() for text in plain_captions),
        "lower case": sum(text[:1].islower() for text in plain_captions),
        "possessive": sum("'s " in text.lower() for text in plain_captions),
    }
    assert all(0 < count < 0.5 * len(plain_captions) for count in share.values()), share


def test_they_are_as_long_and_as_varied_as_real_ones(
    plain_captions: list[str], real_captions: Path
) -> None:
    content = json.loads(real_captions.read_text("utf-8"))
    real = [entry["caption"] for entry in content["annotations"][: len(plain_captions)]]
    ours_length, real_length = (
        sum(len(text.split()) for text in texts) / len(texts) for texts in (plain_captions, real)
    )
    assert 0.75 * real_length < ours_length < 1.25 * real_length
    assert len(set(plain_captions)) > 0.95 * len(plain_captions)


def test_none_is_copied_from_coco(plain_captions: list[str], real_captions: Path) -> None:
    content = json.loads(real_captions.read_text("utf-8"))
    real = {entry["caption"].strip(" .").lower() for entry in content["annotations"]}
    shared = [text for text in plain_captions if text.strip(" .").lower() in real]
    assert len(shared) < 0.02 * len(plain_captions)  # "a man flying a kite" says everybody


def test_two_people_are_told_as_two() -> None:
    for captions in captions_of(Kind.TWO_PEOPLE):
        assert any(
            re.search(r"\b(two|couple|another|and an?|to an?)\b", text.lower()) for text in captions
        )


def test_where_nobody_is_nobody_is_told() -> None:
    for captions in captions_of(Kind.NO_PERSON):
        for text in captions:
            assert not re.search(r"\b(man|woman|person|guy|lady)\b", text.lower())


@pytest.mark.parametrize(
    ("verb", "doing", "does"),
    [
        ("ride", "riding", "rides"),
        ("swing", "swinging", "swings"),
        ("sit", "sitting", "sits"),
        ("carry", "carrying", "carries"),
        ("catch", "catching", "catches"),
        ("play", "playing", "plays"),
        ("do", "doing", "does"),
        ("hit", "hitting", "hits"),
        ("have", "having", "has"),
    ],
)
def test_verbs_are_inflected(verb: str, doing: str, does: str) -> None:
    assert gerund(verb) == doing
    assert third_person(verb) == does


def test_articles_agree() -> None:
    assert sentence("a orange kite  and an blue one") == "An orange kite and a blue one"
