"""Queries with several right pictures: "An image with X." and all pictures of X.

Items of equal score stand in random order, and every figure is its expectation over that order, in
closed form (McSherry and Najork, Computing Information Retrieval Performance Measures Efficiently
in the Presence of Tied Scores, ECIR 2008).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import Scores, Vectors, rows_of, score_blocks


@dataclass(frozen=True, slots=True)
class RelevantPositions:
    """For each right item of each query, all (p,) int64: its `query`; `better` and `tied`, the
    items of the gallery that score above it and the same (itself included); `right_better` and
    `right_tied`, how many of these are right. `relevant`: (q,) int64, the right items of a
    query."""

    query: NDArray[np.int64]
    better: NDArray[np.int64]
    tied: NDArray[np.int64]
    right_better: NDArray[np.int64]
    right_tied: NDArray[np.int64]
    relevant: NDArray[np.int64]


def relevant_positions(
    queries: Vectors,
    gallery: Vectors,
    relevant: Sequence[Sequence[int]],
    chunk: int | None = None,
) -> RelevantPositions:
    """Where all right items of each query stand by cosine: see `retrieval.score_blocks`.

    relevant: for each query its right rows of the gallery, at least one, each once.
    """
    return relevant_positions_in(score_blocks(queries, gallery, chunk), relevant)


def relevant_positions_in(
    blocks: Iterable[Scores], relevant: Sequence[Sequence[int]]
) -> RelevantPositions:
    """As `relevant_positions`, for blocks of any scores."""
    counts = np.array([len(items) for items in relevant], np.int64)
    for number, items in enumerate(relevant):
        if not items or len(set(items)) < len(items):
            raise ValueError(
                f"query {number} has right items {list(items)}, expected some, once each"
            )
    ends = np.cumsum(counts)
    found = np.zeros((4, int(counts.sum())), np.int64)
    for number, row in rows_of(blocks, len(relevant)):
        own = row[list(relevant[number])]
        for place, score in enumerate(own, start=int(ends[number] - counts[number])):
            found[:, place] = (
                np.count_nonzero(row > score),
                np.count_nonzero(row == score),
                np.count_nonzero(own > score),
                np.count_nonzero(own == score),
            )
    better, tied, right_better, right_tied = found
    query = np.repeat(np.arange(len(counts)), counts)
    return RelevantPositions(query, better, tied, right_better, right_tied, counts)


def kmin_recall_at(found: RelevantPositions, k: int) -> NDArray[np.float64]:
    """Right items among the first k, divided by min(k, n), n being all right items of the query:
    (q,) float64, the paper's kmin-R@k. A perfect ranking gets 1 for every k."""
    _require_positive(k)
    within = np.clip(k - found.better, 0, found.tied) / found.tied
    hits = np.bincount(found.query, within, len(found.relevant))
    return hits / np.minimum(k, found.relevant)


def average_precision_at(
    found: RelevantPositions, k: int, *, divide_by_k: bool = False
) -> NDArray[np.float64]:
    """AP@k of each query, (q,) float64: the precisions at the right items among the first k, summed
    and divided by min(k, n), so that a perfect ranking gets 1.

    divide_by_k: divided by k, as the reference does with k = 10: a perfect ranking of n < k right
    items gets n/k.

    Among t tied items with r right ones, behind b items with h right ones, place j = 1…t holds a
    right one with r/t, and then (j - 1)(r - 1)/(t - 1) of the tied right ones are expected before
    it: the precision there is (h + 1 + (j - 1)(r - 1)/(t - 1)) / (b + j).
    """
    _require_positive(k)
    gains = np.zeros(len(found.query))
    for place in np.flatnonzero(found.better < k):
        better, tied = int(found.better[place]), int(found.tied[place])
        steps = np.arange(min(tied, k - better))
        others = (found.right_tied[place] - 1) / max(1, tied - 1)
        precisions = (found.right_better[place] + 1 + steps * others) / (better + steps + 1)
        gains[place] = precisions.sum() / tied
    sums = np.bincount(found.query, gains, len(found.relevant))
    return sums / (k if divide_by_k else np.minimum(k, found.relevant))


def _require_positive(k: int) -> None:
    if k < 1:
        raise ValueError(f"the first {k} items: k is 1 or more")
