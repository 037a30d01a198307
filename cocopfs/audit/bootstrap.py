"""How sure a mean is when some of its values hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000
_AT_ONCE = 2**18  # clusters drawn together
_FEWEST_CLUSTERS = 10


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of `n` values in `clusters` clusters with its 95 % interval; no interval with fewer
    than ten clusters, no mean without values."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int


def mean_interval(
    values: NDArray[np.float64], clusters: NDArray[np.int64] | Sequence[int]
) -> Interval:
    """The mean and its expanded percentile bootstrap interval over whole clusters (Hesterberg, What
    Teachers Should Know About the Bootstrap, The American Statistician 69, 2015; 2,000 resamples
    from a fixed seed). A plain percentile interval of few clusters is too narrow: see `levels`.

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
    tops = np.bincount(member, top, count).astype(np.float64)
    bottoms = np.bincount(member, bottom, count).astype(np.float64)
    above, below = resampled_sums(tops, bottoms, np.random.default_rng(0))
    low, high = np.quantile(above / below, levels(count))
    return Interval(found, float(low), float(high), top.size, count)


def resampled_sums(
    tops: NDArray[np.float64], bottoms: NDArray[np.float64], random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sums of both over 2,000 resamples of the clusters, (2000,) each.

    tops, bottoms: (k,), what each cluster adds to the one sum and to the other.
    """
    count = tops.size
    above, below = np.empty(_RESAMPLES), np.empty(_RESAMPLES)
    size = max(1, _AT_ONCE // count)
    for start in range(0, _RESAMPLES, size):
        drawn = random.integers(0, count, (min(size, _RESAMPLES - start), count))
        above[start : start + size] = tops[drawn].sum(axis=1)
        below[start : start + size] = bottoms[drawn].sum(axis=1)
    return above, below


def levels(clusters: int) -> tuple[float, float]:
    """The quantiles of the bootstrap distribution that bound 95 % for that many clusters.

    Resampled means spread less than means of new clusters do, by √((k - 1) / k), and as the normal
    distribution where Student's with k - 1 degrees of freedom is due: both are made up for
    (Hesterberg 2015, section 3.3). They tend to 2.5 % and 97.5 %.
    """
    freedom = clusters - 1
    z = NormalDist().inv_cdf(0.975)
    # Student's quantile: Abramowitz and Stegun, 26.7.5; right to 1e-4 from 9 degrees on.
    t = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    t += (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    high = NormalDist().cdf(t * (clusters / freedom) ** 0.5)
    return 1 - high, high
