"""How well people tell the right face from a wrong one, whatever they are inclined to say."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, levels, resampled_sums, share_interval

Flags = NDArray[np.float64]


def d_prime(
    own: Flags, own_photos: Sequence[int], foreign: Flags, foreign_photos: Sequence[int]
) -> Interval:
    """z(TAR) - z(FAR) of the marks of all raters together: 0 for who guesses or always says the
    same (Green and Swets, Signal Detection Theory and Psychophysics, 1966).

    own, foreign: (n,), (m,) float64, 1 for an accept and 0 for none; the photographs that they are
    of. Half an accept and one mark are added to both, which keeps rates of 0 and 1 finite (Hautus,
    Behavior Research Methods 27, 1995). The interval is a bootstrap over photographs, each with all
    its marks, own and foreign; it is as wide as the smaller number of photographs asks. There is
    none where TAR or FAR is 0 or 1, since no resample differs there, and none with fewer than ten
    photographs of either kind. `clusters` counts the photographs of both, one of both kinds once.
    """
    if not own.size or not foreign.size:
        return Interval(None, None, None, 0, 0)
    found = _z(own.sum(), own.size) - _z(foreign.sum(), foreign.size)
    photos, member = np.unique([*own_photos, *foreign_photos], return_inverse=True)
    n = own.size + foreign.size
    rates = share_interval(own, own_photos), share_interval(foreign, foreign_photos)
    if any(rate.low is None or rate.mean in (0.0, 1.0) for rate in rates):
        return Interval(float(found), None, None, n, photos.size)
    resampled = _resampled(own, member[: own.size], photos.size) - _resampled(
        foreign, member[own.size :], photos.size
    )
    low, high = np.quantile(resampled, levels(min(rate.clusters for rate in rates)))
    return Interval(float(found), float(low), float(high), n, photos.size)


def _resampled(flags: Flags, member: NDArray[np.int64], photos: int) -> Flags:
    """z of the rate in resamples of the photographs. member: which of them each mark is of."""
    accepts = np.bincount(member, flags, photos).astype(np.float64)
    marks = np.bincount(member, minlength=photos).astype(np.float64)
    # The same seed for own and foreign marks: a photograph is drawn with both or with neither.
    return _z(*resampled_sums(accepts, marks, np.random.default_rng(0)))


_quantile = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])


def _z(accepts: NDArray[np.float64], marks: NDArray[np.float64] | int) -> NDArray[np.float64]:
    z: NDArray[np.float64] = _quantile((accepts + 0.5) / (marks + 1))
    return z
