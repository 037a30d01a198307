"""How far thresholds and error rates would differ with other identities: bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 2048
"""Bins of equal width over the cosines from -1 to 1."""

REPLICATES = 500
MAX_UNITS = 64

_EDGES = np.linspace(-1, 1, BINS + 1)
_LEVELS = (0.025, 0.975)

Interval = tuple[float, float]


def bin_of(scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bin of each cosine, of any shape."""
    bins = np.asarray((scores + 1) * (BINS / 2), np.intp)  # cut off: bins hold their lower edge
    return np.clip(bins, 0, BINS - 1)


@dataclass
class Replicates:
    """Histograms of the genuine and of the impostor scores as other identities might give them,
    (REPLICATES, BINS) float64 each. Those of several groups may be added."""

    genuine: NDArray[np.float64]
    impostors: NDArray[np.float64]

    @classmethod
    def empty(cls) -> Replicates:
        return cls(np.zeros((REPLICATES, BINS)), np.zeros((REPLICATES, BINS)))

    def add(self, other: Replicates) -> None:
        self.genuine += other.genuine
        self.impostors += other.impostors

    def threshold(self, far: float) -> Interval:
        """95 % interval of the threshold at that FAR."""
        accepts = self._accepted(self.impostors)
        return _interval(_between(_EDGES[None], accepts - far))

    def true_accepts(self, far: float) -> Interval:
        """95 % interval of the TAR at that FAR."""
        accepts = self._accepted(self.impostors)
        return _interval(_between(self._accepted(self.genuine), accepts - far))

    def equal_error(self) -> Interval:
        """95 % interval of the equal error rate."""
        accepts, rejects = self._accepted(self.impostors), 1 - self._accepted(self.genuine)
        return _interval(_between(accepts, accepts - rejects))

    def _accepted(self, histograms: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n, BINS + 1): the share of scores from each edge upwards, of replicates that have any
        genuine and any impostor pairs."""
        some = (self.genuine.sum(axis=1) > 0) & (self.impostors.sum(axis=1) > 0)
        above = np.zeros((np.count_nonzero(some), BINS + 1))
        above[:, :-1] = histograms[some, ::-1].cumsum(axis=1)[:, ::-1]
        return above / above[:, :1]


def replicate(
    genuine: NDArray[np.integer], impostors: NDArray[np.integer], seed: int
) -> Replicates:
    """Resample units with replacement.

    genuine: (u, BINS), the histogram of each unit's genuine scores.
    impostors: (u, u, BINS), upper triangle: those of the impostor scores between two units.

    A unit that is drawn w times gives its genuine scores w times, and the scores between two units
    are there as often as both of them together (w · w'), as if the units had been collected anew
    (the pigeonhole bootstrap: Owen, Annals of Applied Statistics 2007). A unit is an identity, or a
    few of them where there are many: see `cocopfs.quality.calibration`.
    """
    units = len(genuine)
    random = np.random.default_rng(seed)
    weights = random.multinomial(units, np.full(units, 1 / units), REPLICATES).astype(np.float64)
    rows, columns = np.triu_indices(units)
    # All factors are whole numbers, so the sums are exact in whatever order they are taken.
    pairs = weights[:, rows] * weights[:, columns]
    return Replicates(weights @ genuine, pairs @ impostors[rows, columns])


def _between(values: NDArray[np.float64], excess: NDArray[np.float64]) -> NDArray[np.float64]:
    """values, (n or 1, BINS + 1), where excess, (n, BINS + 1), falls through 0: (n,). Between two
    edges both are taken as straight lines."""
    after = np.count_nonzero(excess > 0, axis=1).clip(1, BINS)
    rows = np.arange(len(excess))
    values = np.broadcast_to(values, excess.shape)
    high, low = excess[rows, after - 1], excess[rows, after]
    share = high / (high - low)
    first, second = values[rows, after - 1], values[rows, after]
    return np.asarray(first + share * (second - first))


def _interval(values: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(values, _LEVELS)
    return float(low), float(high)
