"""How well people tell the right face from a wrong one, whatever they are inclined to say."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, levels, resampled_sums, share_interval

Flags = NDArray[np.float64]


def d_prime(
    own: Flags, own_items: Sequence[int], foreign: Flags, foreign_items: Sequence[int]
) -> Interval:
    """z(TAR) - z(FAR) of the marks of all raters together: 0 for who guesses or always says the
    same (Green and Swets, Signal Detection Theory and Psychophysics, 1966).

    own, foreign: (n,), (m,) float64, 1 for an accept and 0 for none; the items that they are of.
    Half an accept and one mark are added to both, which keeps rates of 0 and 1 finite (Hautus,
    Behavior Research Methods 27, 1995). The interval is a bootstrap over items, own and foreign
    ones apart, as wide as the smaller number of items asks. There is none where TAR or FAR is 0 or
    1, since no resample differs there, and none with fewer than ten items of either kind.
    `clusters` counts the items of both.
    """
    if not own.size or not foreign.size:
        return Interval(None, None, None, 0, 0)
    (tops, bottoms), (other_tops, other_bottoms) = (
        _by_item(own, own_items),
        _by_item(foreign, foreign_items),
    )
    found = _z(own.sum(), own.size) - _z(foreign.sum(), foreign.size)
    n, items = own.size + foreign.size, tops.size + other_tops.size
    rates = share_interval(own, own_items), share_interval(foreign, foreign_items)
    if any(rate.low is None or rate.mean in (0.0, 1.0) for rate in rates):
        return Interval(float(found), None, None, n, items)
    # One generator for both: the same draws would tie own items to foreign ones.
    random = np.random.default_rng(0)
    resampled = _z(*resampled_sums(tops, bottoms, random)) - _z(
        *resampled_sums(other_tops, other_bottoms, random)
    )
    low, high = np.quantile(resampled, levels(min(tops.size, other_tops.size)))
    return Interval(float(found), float(low), float(high), n, items)


def _by_item(flags: Flags, items: Sequence[int]) -> tuple[Flags, Flags]:
    """Accepts and marks of each item."""
    _, member = np.unique(items, return_inverse=True)
    accepts = np.bincount(member, flags).astype(np.float64)
    return accepts, np.bincount(member).astype(np.float64)


_quantile = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])


def _z(accepts: NDArray[np.float64], marks: NDArray[np.float64] | int) -> NDArray[np.float64]:
    z: NDArray[np.float64] = _quantile((accepts + 0.5) / (marks + 1))
    return z
