"""How sure a mean is when some of its values hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 1000
_FEWEST_CLUSTERS = 5


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of `n` values in `clusters` clusters with its 95 % interval; no interval with fewer
    than five clusters, no mean without values."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int


def mean_interval(
    values: NDArray[np.float64], clusters: NDArray[np.int64] | Sequence[int]
) -> Interval:
    """The mean and its percentile bootstrap interval over whole clusters (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993, chapters 8 and 13; 1,000 resamples from a fixed seed).

    values: (n,) float64, NaN where unknown. clusters: (n,) what each value belongs to, e.g. its
    photo: the swaps of one photo share its light, pose and size, and are no independent draws.
    """
    known = ~np.isnan(values)
    kept = values[known]
    _, member = np.unique(np.asarray(clusters)[known], return_inverse=True)
    count = int(member.max()) + 1 if kept.size else 0
    if count == 0:
        return Interval(None, None, None, 0, 0)
    mean = float(kept.mean())
    if count < _FEWEST_CLUSTERS:
        return Interval(mean, None, None, kept.size, count)
    sums = np.bincount(member, kept, count)
    sizes = np.bincount(member, minlength=count).astype(np.float64)
    random = np.random.default_rng(0)
    means = np.empty(_RESAMPLES)
    for number in range(_RESAMPLES):
        drawn = random.integers(0, count, count)
        means[number] = sums[drawn].sum() / sizes[drawn].sum()
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(mean, float(low), float(high), kept.size, count)


def share_interval(
    flags: NDArray[np.float64], clusters: NDArray[np.int64] | Sequence[int]
) -> Interval:
    """As `mean_interval`, for values that are 0, 1 or NaN.

    Where all are equal every resample is, too: then the other end is 3 of the clusters away (rule
    of three; Hanley and Lippman-Hand, JAMA 249, 1983).
    """
    found = mean_interval(flags, clusters)
    if found.low is None or found.mean not in (0.0, 1.0):
        return found
    reach = min(3 / found.clusters, 1.0)
    if found.mean == 1.0:
        return replace(found, low=1.0 - reach)
    return replace(found, high=reach)
