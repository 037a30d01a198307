"""The texts of training and evaluation: prompts, ways to write the entity, prompt ensembles.

`[TOK]` stands where the face's vector enters; a text may hold it more than once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import Vectors
from cocopfs.captions.enrich import TOKEN

PROMPTS = (
    "An image with [TOK]",
    "An image containing [TOK]",
    "[TOK]",
    "A picture of [TOK]",
    "[TOK] in the image",
    "There is [TOK] in the picture",
)
"""The paper's prompts; `fixed` takes the first."""


class Prompting(StrEnum):
    """How training writes the entity into a caption."""

    FIXED = "fixed"  # the first prompt in front of the caption
    MULTI = "multi"  # one of the prompts in front of the caption
    IN_PLACE = "in_place"  # [TOK] in place of the person


class Expansion(StrEnum):
    """How evaluation writes the entity: the paper's six."""

    TOK = "TOK"  # [TOK] in place of the person
    TOK_NAME = "TOK NAME"
    NAME_TOK = "NAME TOK"
    IMAGE_WITH_TOK_THEN_NAME = "An image with TOK. NAME"  # in front, the name in place
    TOK_THEN_NAME = "TOK. NAME"
    TOK_THEN_TOK = "TOK. TOK"


def draw(seed: int, epoch: int, item: str, purpose: str, count: int) -> int:
    """A number below `count` by sha256(purpose, seed, epoch, item): the same whatever else is
    drawn.

    Purposes of this room: "prompt", and "caption" for which of a sample's captions an epoch takes.
    """
    text = f"{purpose}\0{seed}\0{epoch}\0{item}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % count


def training_text(
    prompting: Prompting, caption: str, in_place_tok: str, seed: int, epoch: int, item: str
) -> str:
    """The text of one training example in one epoch.

    caption: the original; in_place_tok: the same with [TOK] in place of the person, or in a
    sentence before it where the caption has no place for a name. item: what the prompt is drawn
    for, a sample id.
    """
    if prompting is Prompting.IN_PLACE:
        return in_place_tok
    number = 0 if prompting is Prompting.FIXED else draw(seed, epoch, item, "prompt", len(PROMPTS))
    return in_front(PROMPTS[number], caption)


def training_entity_text(prompting: Prompting, seed: int, epoch: int, item: str) -> str:
    """The text of the entity alone, for `loss: entity`: one of the prompts; the first unless
    `multi`."""
    multi = prompting is Prompting.MULTI
    number = draw(seed, epoch, item, "prompt", len(PROMPTS)) if multi else 0
    return f"{PROMPTS[number]}."


def in_front(prompt: str, caption: str) -> str:
    """ "An image with [TOK]" and a caption → "An image with [TOK]. A man rides a wave." """
    return f"{prompt}. {caption}"


def prompted(caption: str | None) -> tuple[str, ...]:
    """The six texts of a prompt ensemble: every prompt in front of the caption, or alone for a
    query of the entity alone (None)."""
    if caption is None:
        return tuple(f"{prompt}." for prompt in PROMPTS)
    return tuple(in_front(prompt, caption) for prompt in PROMPTS)


def expand(expansion: Expansion, in_place_tok: str, in_place: str, name: str) -> str:
    """A caption's text of evaluation with the entity.

    in_place_tok, in_place: the caption with [TOK] and with the name in place of the person, as the
    published columns `captions_in_place_tok` and `captions_in_place` have them; name: the
    identity's.
    """
    match expansion:
        case Expansion.TOK:
            return in_place_tok
        case Expansion.TOK_NAME:
            return in_place_tok.replace(TOKEN, f"{TOKEN} {name}")
        case Expansion.NAME_TOK:
            return in_place_tok.replace(TOKEN, f"{name} {TOKEN}")
        case Expansion.IMAGE_WITH_TOK_THEN_NAME:
            return in_front(PROMPTS[0], in_place)
        case Expansion.TOK_THEN_NAME:
            return in_front(TOKEN, in_place)
        case Expansion.TOK_THEN_TOK:
            return in_front(TOKEN, in_place_tok)


def entity_only(name: str) -> str:
    """The query for all pictures of an entity by its name, for a CLIP without faces."""
    return f"An image with {name}."


def expand_entity_only(expansion: Expansion, name: str) -> str:
    """ "An image with X." with X written in each of the six ways."""
    return expand(expansion, entity_only(TOKEN), entity_only(name), name)


def ensemble(embeddings: Sequence[Vectors]) -> NDArray[np.float32]:
    """The mean of several texts' unit embeddings, of unit length again: p of (q, d) → (q, d).

    Where they cancel out, which unit vectors of like texts never do, the first one stands.
    """
    stacked = np.stack([np.asarray(part, np.float64) for part in embeddings])
    mean = stacked.mean(axis=0)
    lengths = np.linalg.norm(mean, axis=-1, keepdims=True)
    kept = np.where(lengths > 1e-6, mean, stacked[0])
    unit = kept / np.linalg.norm(kept, axis=-1, keepdims=True)
    return np.asarray(unit, np.float32)
