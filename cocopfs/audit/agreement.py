"""Do people agree with each other, and with the figures? Pure functions on marks and ranks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def cohen_kappa(first: Sequence[bool], second: Sequence[bool]) -> float | None:
    """Agreement of two raters beyond chance (Cohen, Educational and Psychological Measurement 20,
    1960): (p - e) / (1 - e), with p the share of equal marks and e that expected of raters with the
    same habits who mark independently. None without items, or where e is 1: nobody ever varied.
    """
    a, b = np.asarray(first, np.bool_), np.asarray(second, np.bool_)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} marks and {b.size}: two raters mark the same items")
    if not a.size:
        return None
    expected = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return _beyond_chance(float((a == b).mean()), float(expected))


def fleiss_kappa(counts: NDArray[np.int64]) -> float | None:
    """Agreement of any number of raters beyond chance (Fleiss, Psychological Bulletin 76, 1971).

    counts: (items, categories), how many raters put an item into a category; every item was marked
    by the same number of raters, at least two. None without items, or where all marks are one.
    """
    if not counts.size:
        return None
    raters = counts.sum(axis=1)
    if raters.min() != raters.max() or raters[0] < 2:
        raise ValueError("every item is marked by the same number of raters, two or more")
    n = float(raters[0])
    per_item = ((counts**2).sum(axis=1) - n) / (n * (n - 1))
    shares = counts.sum(axis=0) / counts.sum()
    return _beyond_chance(float(per_item.mean()), float((shares**2).sum()))


def spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float | None:
    """Correlation of the ranks of x and y (n,), ties sharing their mean rank (Spearman, American
    Journal of Psychology 15, 1904). None with fewer than three points, or where one is constant."""
    if x.size < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    a, b = _ranks(x), _ranks(y)
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / np.sqrt((a @ a) * (b @ b)))


def _beyond_chance(observed: float, expected: float) -> float | None:
    return None if np.isclose(expected, 1.0) else (observed - expected) / (1 - expected)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean_rank: NDArray[np.float64] = (2 * last - counts + 1) / 2
    return mean_rank[place]
