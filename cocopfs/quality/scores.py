"""What is known of a group's genuine and impostor scores without keeping all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.bootstrap import BINS, Interval, Replicates, bin_of
from cocopfs.quality.roc import allowed, equal_error_rate
from cocopfs.records import Ethnicity, Gender, Threshold

_PENDING = 1 << 20  # scores that may wait before the highest of them are sorted out
_FEWEST = 10  # impostors that must be allowed to pass before a threshold means something
_FEWEST_IDENTITIES = 10  # below, resampling them tells nothing
_FARS = (1e-2, 1e-3)  # at which the TAR is reported


@dataclass
class GroupScores:
    """All genuine scores, the highest impostor scores and a histogram of the others, filled in by
    `cocopfs.quality.calibration`: first everything but the impostors near the equal error, then
    these."""

    far: float
    identities: int
    impostor_pairs: int  # that will come
    genuine: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(BINS, np.int64))
    replicates: Replicates = field(default_factory=Replicates.empty)
    near_equal_error: list[NDArray[np.float64]] = field(default_factory=list)
    _sums: list[float] = field(default_factory=list)
    _highest: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    _pending: list[NDArray[np.float64]] = field(default_factory=list)
    _waiting: int = 0  # scores in _pending

    def add_impostors(self, scores: NDArray[np.float64]) -> None:
        """scores: (n,)."""
        self._sums.append(float(scores.sum()))
        if self._highest.size == self._kept:
            scores = scores[scores > self._highest[0]]
        self._pending.append(scores)
        self._waiting += scores.size
        if self._waiting > max(_PENDING, self._kept):
            self._settle()

    def equal_error_bin(self) -> int | None:
        """The bin of scores in which FAR and FRR become equal; null without pairs."""
        pairs = self.genuine.size, self.impostor_pairs
        if 0 in pairs:
            return None
        accepted = [
            counts[::-1].cumsum()[::-1]
            for counts in (np.bincount(bin_of(self.genuine), minlength=BINS), self.histogram)
        ]
        return int(np.flatnonzero(accepted[1] / pairs[1] >= 1 - accepted[0] / pairs[0])[-1])

    def threshold(self, gender: Gender | None, ethnicity: Ethnicity | None) -> Threshold:
        """What all scores come to, see `calibrate`."""
        self._settle()
        self._highest.sort()
        n, genuine = self.impostor_pairs, self.genuine
        threshold = self._threshold_at(self.far)
        highest = float(self._highest[-1]) if n else None
        bound = highest if threshold is None else None
        low, high = self._interval(threshold, lambda: self.replicates.threshold(self.far))
        tars = [self._true_accepts(far) for far in _FARS]
        eer = self._equal_error()
        eer_low, eer_high = self._interval(eer, self.replicates.equal_error)
        return Threshold(
            gender=gender,
            ethnicity=ethnicity,
            identities=self.identities,
            genuine_pairs=genuine.size,
            impostor_pairs=n,
            genuine_mean=math.fsum(genuine) / genuine.size if genuine.size else None,
            impostor_mean=math.fsum(self._sums) / n if n else None,
            impostor_highest=highest,
            far=self.far,
            threshold=threshold,
            threshold_low=low,
            threshold_high=high,
            far_bound=min(1.0, 3 / n) if bound is not None else None,
            tar_at_bound=_share(genuine > bound) if bound is not None else None,
            tar_at_1e2=tars[0][0],
            tar_at_1e2_low=tars[0][1],
            tar_at_1e2_high=tars[0][2],
            tar_at_1e3=tars[1][0],
            tar_at_1e3_low=tars[1][1],
            tar_at_1e3_high=tars[1][2],
            eer=eer,
            eer_low=eer_low,
            eer_high=eer_high,
        )

    @property
    def _kept(self) -> int:
        """How many of the highest impostor scores are needed."""
        return allowed(max(self.far, *_FARS), self.impostor_pairs) + 1

    def _settle(self) -> None:
        """Keep the highest scores that are needed, the lowest of them in front."""
        scores = np.concatenate([self._highest, *self._pending])
        self._pending.clear()
        self._waiting = 0
        surplus = scores.size - self._kept
        if surplus > 0:
            scores = np.partition(scores, surplus)[surplus:].copy()
        elif scores.size:
            scores = np.partition(scores, 0)
        self._highest = scores

    def _threshold_at(self, far: float) -> float | None:
        """Once the highest scores are sorted."""
        passing = allowed(far, self.impostor_pairs)
        if passing < _FEWEST:
            return None
        return float(np.nextafter(self._highest[-1 - passing], np.inf))

    def _true_accepts(self, far: float) -> tuple[float | None, float | None, float | None]:
        """The TAR at a FAR with its interval."""
        threshold = self._threshold_at(far)
        share = None if threshold is None else _share(self.genuine >= threshold)
        return share, *self._interval(share, lambda: self.replicates.true_accepts(far))

    def _equal_error(self) -> float | None:
        place = self.equal_error_bin()
        if place is None:
            return None
        bins = bin_of(self.genuine)
        return equal_error_rate(
            self.genuine[bins == place],
            np.concatenate(self.near_equal_error),
            genuine_above=int(np.count_nonzero(bins > place)),
            impostors_above=int(self.histogram[place + 1 :].sum()),
            genuine_pairs=self.genuine.size,
            impostor_pairs=self.impostor_pairs,
        )

    def _interval(
        self, figure: float | None, read: Callable[[], Interval]
    ) -> tuple[float | None, float | None]:
        enough = self.genuine.size and self.identities >= _FEWEST_IDENTITIES
        return read() if figure is not None and enough else (None, None)


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(which.mean()) if which.size else None
