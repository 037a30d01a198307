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
    if not kept.size:
        return Interval(None, None, None, 0, 0)
    return _interval(float(kept.mean()), kept, np.ones(kept.size), np.asarray(clusters)[known])


def ratio_interval(
    values: NDArray[np.float64],
    others: NDArray[np.float64],
    clusters: NDArray[np.int64] | Sequence[int],
) -> Interval:
    """The mean of `values` divided by the mean of `others`, with the interval as `mean_interval`'s;
    both are of the same items, drawn together.

    values, others: (n,) float64, NaN where unknown: an item counts where both are known. others are
    above 0.
    """
    known = ~(np.isnan(values) | np.isnan(others))
    top, bottom = values[known], others[known]
    if not top.size:
        return Interval(None, None, None, 0, 0)
    ratio = float(top.sum() / bottom.sum())
    return _interval(ratio, top, bottom, np.asarray(clusters)[known])


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


def _interval(
    found: float,
    top: NDArray[np.float64],
    bottom: NDArray[np.float64],
    clusters: NDArray[np.int64],
) -> Interval:
    """The interval of sum(top) / sum(bottom). The draws depend on the number of clusters alone, so
    that what is known of the same clusters is drawn alike."""
    _, member = np.unique(clusters, return_inverse=True)
    count = int(member.max()) + 1
    if count < _FEWEST_CLUSTERS:
        return Interval(found, None, None, top.size, count)
    tops = np.bincount(member, top, count)
    bottoms = np.bincount(member, bottom, count)
    random = np.random.default_rng(0)
    ratios = np.empty(_RESAMPLES)
    for number in range(_RESAMPLES):
        drawn = random.integers(0, count, count)
        ratios[number] = tops[drawn].sum() / bottoms[drawn].sum()
    low, high = np.percentile(ratios, [2.5, 97.5])
    return Interval(found, float(low), float(high), top.size, count)
