"""What became of some of the swaps: shares and means over those tried and those published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, mean_interval, share_interval
from cocopfs.audit.opinion import Key, reached
from cocopfs.audit.samples import Samples, photos_of
from cocopfs.audit.tried import Tried

Chosen = NDArray[np.bool_]
Flags = NDArray[np.float64] | None  # 1, 0, or NaN where unknown; null without the figure


@dataclass(frozen=True)
class Swaps:
    """The published swaps, and all that were tried where `work/` tells; the thresholds by group
    that decide who is verified."""

    samples: Samples
    tried: Tried | None
    thresholds: Mapping[Key, float | None]

    def verified(self, chosen: Chosen | None = None) -> Interval | None:
        """Share of the swaps *tried* whose similarity to the source reaches their group's
        threshold. Of the published ones it would tell nothing: the gate used that very one."""
        if self.tried is None:
            return None
        return _share(self._verified, photos_of(self.tried.samples), chosen)

    def still_original(self, chosen: Chosen | None = None) -> Interval | None:
        """Share of the *published* swaps whose similarity to the original face reaches their
        group's threshold: a recogniser takes them for the person who was there before."""
        return _share(self._still_original, photos_of(self.samples), chosen)

    @cached_property
    def _verified(self) -> Flags:
        return None if self.tried is None else self._reached(self.tried.samples, "similarity")

    @cached_property
    def _still_original(self) -> Flags:
        return self._reached(self.samples, "residual_similarity")

    def _reached(self, samples: Samples, name: str) -> Flags:
        if name not in samples.figures:
            return None
        return reached(samples.values(name), samples, self.thresholds)

    def passed(self, chosen: Chosen) -> Interval | None:
        """Share of the swaps tried that failed no figure."""
        if self.tried is None:
            return None
        flags = self.tried.passed[chosen].astype(np.float64)
        return share_interval(flags, photos_of(self.tried.samples)[chosen])

    def tried_mean(self, name: str, chosen: Chosen) -> Interval | None:
        """Mean of a figure over the swaps tried."""
        return None if self.tried is None else mean(self.tried.samples, name, chosen)


def mean(samples: Samples, name: str, chosen: Chosen) -> Interval | None:
    """Mean of a figure over some samples, with its interval over photographs; None where there is
    no such figure."""
    if name not in samples.figures:
        return None
    return mean_interval(samples.values(name)[chosen], photos_of(samples)[chosen])


def _share(flags: Flags, photos: NDArray[np.int64], chosen: Chosen | None) -> Interval | None:
    """None where no threshold is known."""
    if flags is None:
        return None
    if chosen is not None:
        flags, photos = flags[chosen], photos[chosen]
    found = share_interval(flags, photos)
    return found if found.n else None
