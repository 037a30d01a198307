"""Late fusion, the strong simple baseline: CLIP's score of the context plus the face's cosine.

Both are standardised for each query over the gallery, z = (score - mean) / deviation, so that one
weight fits all queries: z(context) + weight · z(face). The weight comes from validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import RECALLS, Indices, Positions, Scores, positions_in, recall_at

WEIGHTS = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 8.0, 16.0)
"""The weights that are tried: from the context alone to hardly anything but the face."""

_FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class FusionWeight:
    """The chosen weight, and the sum of the recalls at RECALLS for every weight that was tried."""

    weight: float
    sums: Mapping[float, float]


def standardised(scores: Scores) -> NDArray[np.float64]:
    """Each row of (c, g) with mean 0 and deviation 1: float64. A row whose scores are all alike (to
    1e-9 of their size) tells nothing and becomes zeros, not enlarged rounding. Equal scores stay
    equal."""
    values = np.asarray(scores, np.float64)
    if not values.shape[1]:
        return values
    spread = np.ptp(values, axis=1, keepdims=True)
    flat = spread <= _FLAT * np.abs(values).max(axis=1, keepdims=True)
    centred = values - values.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.mean(centred**2, axis=1, keepdims=True))
    z: NDArray[np.float64] = np.where(flat, 0.0, centred / np.where(flat, 1.0, deviation))
    return z


def fused_blocks(
    context: Iterable[Scores], face: Iterable[Scores], weight: float
) -> Iterator[NDArray[np.float64]]:
    """z(context) + weight · z(face), block by block.

    context, face: blocks (c, g) of the same queries and pictures, cut alike (`score_blocks` with
    the same gallery size or chunk). Raises ValueError where they are not.
    """
    for first, second in _alike(context, face):
        yield standardised(first) + weight * standardised(second)


def choose_weight(
    context: Iterable[Scores],
    face: Iterable[Scores],
    target: Indices,
) -> FusionWeight:
    """The weight with the highest sum of R@1, 5, 10 and 50; the smallest of equal ones.

    context, face: as for `fused_blocks`, of validation; gone through once. target: (q,) the right
    picture of each query.
    """
    targets = np.asarray(target)
    found: dict[float, list[Positions]] = {weight: [] for weight in WEIGHTS}
    start = 0
    for first, second in _alike(context, face):
        own = targets[start : start + len(first)]
        start += len(first)
        z_context, z_face = standardised(first), standardised(second)
        for weight, parts in found.items():
            parts.append(positions_in([z_context + weight * z_face], own))
    if start != len(targets) or not start:
        raise ValueError(f"scores of {start} queries, expected those of {len(targets)}, some")
    sums = {
        weight: sum(
            float(np.concatenate([recall_at(part, depth) for part in parts]).mean())
            for depth in RECALLS
        )
        for weight, parts in found.items()
    }
    # Recalls are rounded fractions: what differs by rounding alone is equal.
    best = max(sums.values())
    weight = next(weight for weight, value in sums.items() if value >= best - 1e-12)
    return FusionWeight(weight, sums)


def _alike(first: Iterable[Scores], second: Iterable[Scores]) -> Iterator[tuple[Scores, Scores]]:
    for one, other in zip(first, second, strict=True):
        if one.shape != other.shape:
            raise ValueError(f"blocks of {one.shape} and {other.shape} scores, expected equal ones")
        yield one, other
