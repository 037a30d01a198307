"""The texts that training and evaluation read."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from cocopfs.baseline.prompts import (
    PROMPTS,
    Expansion,
    Prompting,
    draw,
    ensemble,
    entity_only,
    expand,
    expand_entity_only,
    prompted,
    training_entity_text,
    training_text,
)
from tests.baseline.test_retrieval import unit

CAPTION = "A man rides a wave."
TOK = "[TOK] rides a wave."
NAMED = "Ada Ford rides a wave."


def text(prompting: Prompting, seed: int = 0, epoch: int = 0, item: str = "1_a") -> str:
    return training_text(prompting, CAPTION, TOK, seed, epoch, item)


def test_the_three_ways_of_training() -> None:
    assert text(Prompting.FIXED) == "An image with [TOK]. A man rides a wave."
    assert text(Prompting.IN_PLACE) == TOK
    allowed = {f"{prompt}. {CAPTION}" for prompt in PROMPTS}
    assert {text(Prompting.MULTI, epoch=epoch) for epoch in range(60)} == allowed
    assert len(allowed) == 6


def test_the_prompt_depends_on_seed_epoch_and_item_alone() -> None:
    drawn = [text(Prompting.MULTI, 1, 2, str(item)) for item in range(20)]
    again = [text(Prompting.MULTI, 1, 2, str(item)) for item in reversed(range(20))][::-1]
    assert drawn == again
    assert drawn != [text(Prompting.MULTI, 2, 2, str(item)) for item in range(20)]
    assert drawn != [text(Prompting.MULTI, 1, 3, str(item)) for item in range(20)]


def test_each_prompt_is_drawn_as_often() -> None:
    found = Counter(draw(0, epoch, f"{epoch}_x", "prompt", 6) for epoch in range(6000))
    assert sorted(found) == list(range(6))
    assert all(900 < count < 1100 for count in found.values())


def test_caption_and_prompt_are_drawn_apart() -> None:
    pairs = {
        (draw(0, epoch, "x", "prompt", 5), draw(0, epoch, "x", "caption", 5))
        for epoch in range(300)
    }
    assert len(pairs) == 25


@pytest.mark.parametrize(
    ("expansion", "in_context", "alone"),
    [
        (Expansion.TOK, "[TOK] rides a wave.", "An image with [TOK]."),
        (Expansion.TOK_NAME, "[TOK] Ada Ford rides a wave.", "An image with [TOK] Ada Ford."),
        (Expansion.NAME_TOK, "Ada Ford [TOK] rides a wave.", "An image with Ada Ford [TOK]."),
        (
            Expansion.IMAGE_WITH_TOK_THEN_NAME,
            "An image with [TOK]. Ada Ford rides a wave.",
            "An image with [TOK]. An image with Ada Ford.",
        ),
        (
            Expansion.TOK_THEN_NAME,
            "[TOK]. Ada Ford rides a wave.",
            "[TOK]. An image with Ada Ford.",
        ),
        (Expansion.TOK_THEN_TOK, "[TOK]. [TOK] rides a wave.", "[TOK]. An image with [TOK]."),
    ],
)
def test_the_six_expansions(expansion: Expansion, in_context: str, alone: str) -> None:
    assert expand(expansion, TOK, NAMED, "Ada Ford") == in_context
    assert expand_entity_only(expansion, "Ada Ford") == alone


def test_every_text_with_a_face_has_its_token() -> None:
    assert len(Expansion) == 6
    texts = [expand(expansion, TOK, NAMED, "Ada Ford") for expansion in Expansion]
    texts += [*prompted(CAPTION), *prompted(None)]
    texts += [training_entity_text(way, 0, epoch, "x") for way in Prompting for epoch in range(9)]
    assert all("[TOK]" in text for text in texts)
    assert "[TOK]" not in entity_only("Ada Ford")


def test_prompt_ensembles_have_all_prompts() -> None:
    assert prompted(None)[2] == "[TOK]."
    assert prompted(CAPTION)[5] == "There is [TOK] in the picture. A man rides a wave."
    assert training_entity_text(Prompting.FIXED, 0, 0, "x") == "An image with [TOK]."


def test_an_ensemble_is_the_direction_of_the_mean() -> None:
    parts = [unit(7, 12, seed) for seed in range(3)]
    found = ensemble(parts)
    mean = np.mean(parts, axis=0)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(ensemble(parts[:1]), parts[0], atol=1e-6)
    np.testing.assert_allclose(ensemble([parts[0], -parts[0]]), parts[0], atol=1e-6)
