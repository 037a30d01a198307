"""What a recogniser makes of a gallery, and what that means for the swaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.audit.scores import GalleryScores, gallery_scores
from cocopfs.quality.calibration import calibrate
from cocopfs.records import Identity, Threshold


@dataclass(frozen=True, slots=True)
class Opinion:
    """A recogniser's thresholds, the overall one first, and its scores of the gallery: none and
    null where the gallery is not at hand. `verified`: share of the samples whose similarity reaches
    the overall threshold; null where there are too few impostors for one."""

    thresholds: tuple[Threshold, ...]
    gallery: GalleryScores | None
    verified: Interval | None

    @property
    def threshold(self) -> float | None:
        """The similarity that the recipe's FAR asks of anybody."""
        return self.thresholds[0].threshold if self.thresholds else None


def opinion(
    identities: Sequence[Identity],
    similarity: NDArray[np.float64] | None,
    photos: NDArray[np.int64],
    far: float,
) -> Opinion:
    """identities: with the recogniser's embeddings. similarity: (n,) of the samples to their
    sources, NaN where unknown. photos: (n,) the samples' photographs."""
    if not identities:
        return Opinion((), None, None)
    thresholds = tuple(calibrate(identities, far))
    limit, verified = thresholds[0].threshold, None
    if limit is not None and similarity is not None:
        reached = np.where(np.isnan(similarity), np.nan, similarity >= limit)
        verified = share_interval(reached, photos)
    return Opinion(thresholds, gallery_scores(identities), verified)
