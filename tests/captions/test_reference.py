"""`paper.yaml` writes what the rules of the dataset's authors can give, mistakes included."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocopfs.captions.enrich import TOKEN, Enriched, enrich
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, CaptionForm, PrefixReason

PAPER = load_template("paper")
FIGURE = "A woman with a hat,tie and striped halter smoking a long cigarette."
REST = " with a hat, tie and striped halter smoking a long cigarette."


def write(text: str, seed: int = 0, name: str = "N", caption_id: int = 1) -> Enriched:
    return enrich(Caption(caption_id, text), name, PAPER, seed)


def test_the_paper_s_figure() -> None:
    name = "Caitlin Foord"
    found = [write(FIGURE, seed, name) for seed in range(40)]
    assert {row.in_place for row in found} == {
        f"{name}{REST}",
        f"A famous woman {name}{REST}",
        f"A famous {name}{REST}",
    }
    assert {row.in_parentheses for row in found} == {
        f"A woman ({name}){REST}",
        f"A woman (whose name is {name}){REST}",
    }
    assert {row.form for row in found} == {CaptionForm.IN_PLACE}
    assert {row.reason for row in found} == {None}


@pytest.mark.parametrize(
    ("text", "in_place"),
    [
        ("The man is asleep", "The N is asleep"),
        ("A white man sits", "A white N sits"),
        ("A man's hand", "N 's hand"),
        ("A female tennis player", "N tennis player"),
        ("A man-made lake", "N -made lake"),
        ("MAN ON A BIKE", " N ON A BIKE"),
        ("A picture of a man .", "A picture of N ."),
        ("USA man rides", "USN rides"),
        ("There is an adult", "There is N "),
        ("A lady holds 1,000,2 things,all red", "N holds 1,000,2 things, all red"),
    ],
)
def test_its_mistakes_are_kept(text: str, in_place: str) -> None:
    assert in_place in {write(text, seed).in_place for seed in range(30)}


@pytest.mark.parametrize(
    "text",
    [
        "A man in a Manchester shirt",
        "A baby elephant beside a person",
        "A surfer rides a large wave.",
        "A man and a woman on a bench.",
        "A man beside a man",
        "Two men",
        "A shirt that says Manchester",
        "",
    ],
)
def test_any_other_caption_gets_a_prefix(text: str) -> None:
    found = [write(text, seed) for seed in range(60)]
    assert {row.in_place for row in found} == {
        f"An image with N. {text}",
        f"An image with a person whose name is N. {text}",
        f"N. {text}",
        f"A picture of N. {text}",
        f"N in the image. {text}",
        f"There is N in the picture. {text}",
    }
    assert all(row.in_place == row.in_parentheses for row in found)
    assert {(row.form, row.reason) for row in found} == {
        (CaptionForm.PREFIX, PrefixReason.REFERENCE)
    }


def test_minors_and_gender_are_told_as_by_natural() -> None:
    natural = load_template("natural")
    assert (PAPER.minors, PAPER.female, PAPER.male) == (
        natural.minors,
        natural.female,
        natural.male,
    )


@given(st.text(max_size=40), st.integers(0, 2**40))
def test_the_draw_hangs_on_seed_and_caption_only(text: str, caption_id: int) -> None:
    for seed, around in itertools.product((0, 1), ("{} man", "{}")):
        caption = around.format(text)
        first, second = (
            write(caption, seed, name, caption_id) for name in ("Jane Q", "Zélia Duncan")
        )
        assert first.in_place_tok == second.in_place_tok
        assert TOKEN in first.in_place_tok
        assert first.in_parentheses_tok == second.in_parentheses_tok
