"""Where the right picture stands among all pictures, ties counted fairly.

Scores come in blocks: a few queries against the whole gallery at a time, so that 100,000 queries
and as many pictures fit into memory. Items of equal score stand in random order; every figure is
its expectation over that order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.cosines import on_grid

Scores = NDArray[np.floating[Any]]
Vectors = NDArray[np.floating[Any]]
Indices = NDArray[np.integer[Any]]

RECALLS = (1, 5, 10, 50)
"""The k of Recall@k that are told, and whose sum chooses weight and checkpoint, as in the
reference."""

BLOCK_SCORES = 2**22
"""Scores of a block when nobody says how many queries it holds: 32 MiB."""

_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Positions:
    """For each query, all (q,) int64: `better`, the items that score above its best right one;
    `tied`, those that score the same, itself included; `right`, the right ones among the tied."""

    better: NDArray[np.int64]
    tied: NDArray[np.int64]
    right: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.better)


def score_blocks(
    queries: Vectors, gallery: Vectors, chunk: int | None = None
) -> Iterator[NDArray[np.float64]]:
    """Cosines of `chunk` queries at a time with the whole gallery: (c, g) float64, in order.

    queries: (q, d), gallery: (g, d), of unit length. The cosines are exact (see `on_grid`), so
    equal pictures tie whatever the chunk, the threads and the CPU.
    Raises ValueError for vectors that are not of unit length, or not finite.
    """
    _require_unit(queries, "queries")
    _require_unit(gallery, "gallery")
    size = chunk or max(1, BLOCK_SCORES // max(1, len(gallery)))
    columns = np.empty(gallery.shape)
    for start in range(0, len(gallery), _AT_ONCE):
        columns[start : start + _AT_ONCE] = on_grid(gallery[start : start + _AT_ONCE])
    for start in range(0, len(queries), size):
        yield on_grid(queries[start : start + size]) @ columns.T


def positions(
    queries: Vectors, gallery: Vectors, target: Indices, chunk: int | None = None
) -> Positions:
    """Where each query's target, (q,) row of the gallery, stands by cosine: see `score_blocks`."""
    return positions_in(score_blocks(queries, gallery, chunk), target)


def positions_in(blocks: Iterable[Scores], target: Indices) -> Positions:
    """As `positions`, for scores that are no cosines: blocks of (c, g), together q rows.

    Raises ValueError for a score that is not a number, and for another number of rows than targets.
    """
    return best_positions_in(blocks, [(index,) for index in np.asarray(target).tolist()])


def best_positions(
    queries: Vectors,
    gallery: Vectors,
    relevant: Sequence[Sequence[int]],
    chunk: int | None = None,
) -> Positions:
    """Where the best of each query's right items stands: a picture (query) has several texts.

    relevant: for each query the rows of the gallery that are right, at least one. For i2t these are
    the captions of the picture's own context with its own identity, not those of its other swaps.
    """
    return best_positions_in(score_blocks(queries, gallery, chunk), relevant)


def best_positions_in(blocks: Iterable[Scores], relevant: Sequence[Sequence[int]]) -> Positions:
    """As `best_positions`, for blocks of any scores."""
    found = np.zeros((3, len(relevant)), np.int64)
    for number, row in rows_of(blocks, len(relevant)):
        own = row[list(relevant[number])]
        if not own.size:
            raise ValueError(f"query {number} has no right item")
        best = own.max()
        found[:, number] = (
            np.count_nonzero(row > best),
            np.count_nonzero(row == best),
            np.count_nonzero(own == best),
        )
    return Positions(*found)


def pick_within(
    queries: Vectors, gallery: Vectors, target: Indices, contexts: Indices
) -> Positions:
    """Where each query's target stands among the swaps of its own photograph alone.

    contexts: (g,) the photograph of each picture. `recall_at(…, 1)` of it is id@n, n ≤ 5 being how
    many swaps the photograph has: whether the right person is picked when the context is given.
    Where the queries of a photograph's swaps are the same for all of them, it is exactly the mean
    of 1/n: see `chance_within`.
    """
    _require_unit(queries, "queries")
    _require_unit(gallery, "gallery")
    target, members = np.asarray(target), _members(contexts)
    found = np.ones((3, len(queries)), np.int64)
    for context, asked in _members(np.asarray(contexts)[target]).items():
        own = members[context]
        scores = on_grid(queries[asked]) @ on_grid(gallery[own]).T
        places = np.searchsorted(own, target[asked])
        right = scores[np.arange(len(asked)), places][:, None]
        found[0, asked] = (scores > right).sum(axis=1)
        found[1, asked] = (scores == right).sum(axis=1)
    return Positions(*found)


def rank_in(
    blocks: Iterable[Scores], target: Indices, contexts: Indices
) -> tuple[Positions, Positions]:
    """`positions` and `pick_within`, for blocks of any scores, which are gone through once."""
    targets, owners = np.asarray(target).tolist(), np.asarray(contexts)
    members = _members(owners)
    overall = np.ones((3, len(targets)), np.int64)
    within = np.ones((3, len(targets)), np.int64)
    for number, row in rows_of(blocks, len(targets)):
        right = row[targets[number]]
        own = row[members[int(owners[targets[number]])]]
        overall[:2, number] = np.count_nonzero(row > right), np.count_nonzero(row == right)
        within[:2, number] = np.count_nonzero(own > right), np.count_nonzero(own == right)
    return Positions(*overall), Positions(*within)


def chance_within(target: Indices, contexts: Indices) -> NDArray[np.float64]:
    """1/n for each query (q,): n is how many swaps the photograph of its target has."""
    _, place, counts = np.unique(np.asarray(contexts), return_inverse=True, return_counts=True)
    shares: NDArray[np.float64] = 1.0 / counts[place[np.asarray(target)]]
    return shares


def recall_at(found: Positions, k: int) -> NDArray[np.float64]:
    """The probability of each query, (q,) float64, to have a right item among its first k.

    `better` items come first for certain, and s = clip(k - better, 0, tied) of the tied ones do: of
    one right item these hold it with s/tied, of r right ones they miss all with C(tied - r, s) /
    C(tied, s). The mean is Recall@k where each query has one right item.
    """
    if k < 1:
        raise ValueError(f"recall at {k}: k is 1 or more")
    places = np.clip(k - found.better, 0, found.tied)
    missed = np.ones(len(found))
    for taken in range(int(found.right.max(initial=0))):
        # C(t - r, s) / C(t, s) is the product of (t - s - i) / (t - i) over i < r.
        open_ = taken < found.right
        left = np.maximum(found.tied - places - taken, 0)[open_]
        missed[open_] *= left / (found.tied[open_] - taken)
    # The same for one right item, but without the rounding of a difference.
    hits: NDArray[np.float64] = np.where(found.right == 1, places / found.tied, 1.0 - missed)
    return hits


def rows_of(blocks: Iterable[Scores], count: int) -> Iterator[tuple[int, Scores]]:
    """The rows of the blocks by number. A score that is not a number would count as worst."""
    number = 0
    for block in blocks:
        if number + len(block) > count:
            raise ValueError(f"scores of more than {count} queries")
        if np.isnan(block).any():
            raise ValueError(f"a score of queries {number} to {number + len(block)} is no number")
        for row in block:
            yield number, row
            number += 1
    if number != count:
        raise ValueError(f"scores of {number} queries, expected those of {count}")


def _members(contexts: Indices) -> dict[int, NDArray[np.intp]]:
    """The pictures of each photograph, in order."""
    owners = np.asarray(contexts)
    order = np.argsort(owners, kind="stable")
    names, starts = np.unique(owners[order], return_index=True)
    parts = np.split(order, starts[1:]) if names.size else []
    return {int(name): part for name, part in zip(names, parts, strict=True)}


def _require_unit(vectors: Vectors, name: str) -> None:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    if not (np.abs(lengths - 1) < 1e-2).all():  # not a number fails, too
        worst = int(np.argmax(np.nan_to_num(np.abs(lengths - 1), nan=np.inf)))
        raise ValueError(f"{name}: row {worst} is of length {lengths[worst]:g}, expected 1")
