"""A method's answers to the questions of a split: figures of each question, and their means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import share_interval
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.intervals import over_seeds
from cocopfs.baseline.questions import Questions
from cocopfs.baseline.results import Method
from cocopfs.baseline.retrieval import (
    RECALLS,
    Scores,
    best_positions,
    rank_in,
    recall_at,
    score_blocks,
)


@dataclass(frozen=True, slots=True)
class Ranking:
    """pick: (q,) id@5 of each question; text_to_image: Recall@k of each, by k; image_to_text: of
    each picture, (g,), by k, empty where texts are not ranked; seeds: id@5 and Recall@1 of each of
    the trainings that the others are means of, empty where nothing was trained."""

    pick: NDArray[np.float64]
    text_to_image: dict[int, NDArray[np.float64]]
    image_to_text: dict[int, NDArray[np.float64]]
    seeds: tuple[tuple[float, float], ...] = ()

    def method(self, key: str, label: str, questions: Questions, note: str = "") -> Method:
        """The means with their intervals over photographs."""
        photos = questions.photos
        return Method(
            key,
            label,
            note,
            share_interval(self.pick, photos),
            {k: share_interval(found, photos) for k, found in self.text_to_image.items()},
            {
                k: share_interval(found, questions.pictures.context)
                for k, found in self.image_to_text.items()
            },
            tuple(pick for pick, _ in self.seeds),
            tuple(first for _, first in self.seeds),
        )


def rank(texts: Vectors, pictures: Vectors, questions: Questions) -> Ranking:
    """By cosine: texts (q, d) and pictures (g, d) of unit length."""
    ranked = rank_scores(score_blocks(texts, pictures), questions)
    back = best_positions(pictures, texts, questions.own)
    return Ranking(ranked.pick, ranked.text_to_image, {k: recall_at(back, k) for k in RECALLS})


def rank_scores(blocks: Iterable[Scores], questions: Questions) -> Ranking:
    """By any scores, blocks of (c, g); texts are not ranked."""
    overall, within = rank_in(blocks, questions.target, questions.pictures.context)
    return Ranking(recall_at(within, 1), {k: recall_at(overall, k) for k in RECALLS}, {})


def mean_of(rankings: Sequence[Ranking]) -> Ranking:
    """Of several trainings, question by question."""
    first = rankings[0]
    return Ranking(
        over_seeds([one.pick for one in rankings]),
        {k: over_seeds([one.text_to_image[k] for one in rankings]) for k in first.text_to_image},
        {k: over_seeds([one.image_to_text[k] for one in rankings]) for k in first.image_to_text},
        tuple((float(o.pick.mean()), float(o.text_to_image[1].mean())) for o in rankings),
    )
