"""Distributions of similarities: histograms of any number of scores, and smooth densities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Identity, unpack_vector

_BINS = 800
_WIDTH = 2.0 / _BINS
_BLOCK = 1024  # portraits compared at once


@dataclass
class Histogram:
    """Counts of scores in 800 bins over [-1, 1]."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))

    def add(self, scores: NDArray[np.floating]) -> None:
        """Count an array of scores; NaN are passed over."""
        known = scores[~np.isnan(scores)]
        place = ((known + 1.0) / _WIDTH).astype(np.int64)
        self.counts += np.bincount(place.clip(0, _BINS - 1), minlength=_BINS)

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    def density(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores (m,) and their density (m,) by a Gaussian kernel, from the lowest score to the
        highest and three bandwidths beyond; the bandwidth is Silverman's rule of thumb (Density
        Estimation, 1986, equation 3.31), at least two bins. Empty without scores."""
        if self.n == 0:
            return np.empty(0), np.empty(0)
        centres = np.linspace(-1 + _WIDTH / 2, 1 - _WIDTH / 2, _BINS)
        share = self.counts / self.n
        mean = float(share @ centres)
        spread = float(np.sqrt(share @ (centres - mean) ** 2))
        lower, upper = np.searchsorted(np.cumsum(share), [0.25, 0.75])
        quartiles = float(centres[upper] - centres[lower]) / 1.34
        scale = min(spread, quartiles) if quartiles > 0 else spread
        bandwidth = max(0.9 * scale * self.n**-0.2, 2 * _WIDTH)
        filled = np.flatnonzero(self.counts)
        reach = 3 * bandwidth
        at = np.arange(centres[filled[0]] - reach, centres[filled[-1]] + reach, _WIDTH)
        distance = (at[:, None] - centres[filled][None]) / bandwidth
        kernel = np.exp(-0.5 * distance**2) / (bandwidth * np.sqrt(2 * np.pi))
        return at, kernel @ share[filled]


@dataclass(frozen=True, slots=True)
class GalleryScores:
    """Cosines of two portraits of one identity, and of portraits of two identities of the same
    gender and ethnicity: the same pairs that `calibrate` counts."""

    genuine: Histogram
    impostor: Histogram


def gallery_scores(identities: Sequence[Identity]) -> GalleryScores:
    """Over sources and references of all identities. 3,500 identities × 5 portraits of one group
    are 153 million pairs; a block of a million scores is in memory at a time."""
    found = GalleryScores(Histogram(), Histogram())
    groups: dict[object, list[Identity]] = defaultdict(list)
    for identity in identities:
        groups[identity.gender, identity.ethnicity].append(identity)
    for members in groups.values():
        _score_group(members, found)
    return found


def _score_group(members: Sequence[Identity], found: GalleryScores) -> None:
    portraits = [
        (owner, unpack_vector(portrait.embedding))
        for owner, identity in enumerate(members)
        for portrait in (*identity.sources, identity.reference)
    ]
    owners = np.array([owner for owner, _ in portraits])
    vectors = np.stack([vector for _, vector in portraits])
    starts = range(0, len(owners), _BLOCK)
    for first in starts:
        rows = slice(first, first + _BLOCK)
        for second in starts[first // _BLOCK :]:
            columns = slice(second, second + _BLOCK)
            scores = vectors[rows] @ vectors[columns].T
            same = owners[rows, None] == owners[None, columns]
            once = np.ones(same.shape, np.bool_)
            if first == second:
                once = np.triu(once, 1)
            found.genuine.add(scores[same & once])
            found.impostor.add(scores[~same & once])


@dataclass(frozen=True, slots=True)
class Trend:
    """Medians and quartiles of y over bins of x that hold equally many points."""

    x: NDArray[np.float64]
    lower: NDArray[np.float64]
    median: NDArray[np.float64]
    upper: NDArray[np.float64]


def trend(x: NDArray[np.float64], y: NDArray[np.float64]) -> Trend | None:
    """None with fewer than 40 points, or where x hardly varies. x, y: (n,) without NaN."""
    bins = min(12, x.size // 20)
    if bins < 2:
        return None
    edges = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)))
    if edges.size < 3:
        return None
    rows = []
    for number, (low, high) in enumerate(pairwise(edges)):
        last = number == edges.size - 2
        inside = (x >= low) & ((x <= high) if last else (x < high))
        rows.append([float(np.median(x[inside])), *np.percentile(y[inside], [25, 50, 75])])
    return Trend(*np.array(rows).T)
