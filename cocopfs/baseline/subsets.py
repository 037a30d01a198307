"""Parts of a test set: galleries of several sizes, and quarters of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import Indices, Vectors, positions, recall_at

UNKNOWN = -1
_DRAWS = 5  # of a gallery of each size


@dataclass(frozen=True, slots=True)
class GalleryPoint:
    """A point of the curve: `contexts` photographs, and their pictures, the mean over the draws.
    recalls: (q,) Recall@1 of each query, the mean over the draws that its picture is in, NaN where
    it is in none."""

    contexts: int
    pictures: float
    recalls: NDArray[np.float64]


def drawn_contexts(contexts: Indices, size: int, seed: int) -> NDArray[np.bool_]:
    """(g,) bool: the pictures of `size` photographs, drawn whole. A larger draw of the same seed
    contains a smaller one, so that a curve is not shaken by its draws. All, where there are
    fewer."""
    names = np.unique(np.asarray(contexts))
    chosen = np.random.default_rng(seed).permutation(names)[:size]
    kept: NDArray[np.bool_] = np.isin(contexts, chosen)
    return kept


def gallery_curve(
    queries: Vectors,
    gallery: Vectors,
    target: Indices,
    contexts: Indices,
    sizes: Sequence[int],
) -> list[GalleryPoint]:
    """Recall@1 of the queries whose picture is in the gallery, by size of the gallery; the mean of
    five draws.

    queries (q, d), gallery (g, d), target (q,) as for `positions`; contexts: (g,) the photograph of
    each picture; sizes: in photographs, those above what there is are left out, and all of them is
    the last point.
    """
    target, owners = np.asarray(target), np.asarray(contexts)
    everything = len(np.unique(owners))
    points = []
    for size in sorted({*(size for size in sizes if 0 < size < everything), everything}):
        pictures: list[int] = []
        hits, draws = np.zeros(len(target)), np.zeros(len(target))
        for seed in range(_DRAWS if size < everything else 1):
            kept = drawn_contexts(owners, size, seed)
            place = np.cumsum(kept) - 1
            asked = kept[target]
            found = positions(queries[asked], gallery[kept], place[target[asked]])
            pictures.append(int(kept.sum()))
            hits[asked] += recall_at(found, 1)
            draws += asked
        recalls = np.divide(hits, draws, out=np.full(len(target), np.nan), where=draws > 0)
        points.append(GalleryPoint(size, float(np.mean(pictures)), recalls))
    return points


@dataclass(frozen=True, slots=True)
class Quartiles:
    """part: (n,) int64, 0 for the lowest quarter to 3, UNKNOWN where the figure is; edges: the
    three values between the quarters, none where nothing is known."""

    part: NDArray[np.int64]
    edges: tuple[float, ...]

    @property
    def labels(self) -> list[str | None]:
        """Names for `intervals.by_group`: Q1, the lowest quarter, to Q4."""
        return [None if part == UNKNOWN else f"Q{part + 1}" for part in self.part.tolist()]


def quartiles(values: NDArray[np.float64]) -> Quartiles:
    """The quarter in which each value lies, (n,) float64 with NaN where unknown. Equal values are
    in one quarter, so that the quarters of a figure with few values are unequal, or empty."""
    known = ~np.isnan(values)
    part = np.full(len(values), UNKNOWN, np.int64)
    if not known.any():
        return Quartiles(part, ())
    edges = np.quantile(values[known], (0.25, 0.5, 0.75))
    part[known] = np.searchsorted(edges, values[known], side="left")
    return Quartiles(part, tuple(edges.tolist()))
