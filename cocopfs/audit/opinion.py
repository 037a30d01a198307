"""What a recogniser makes of a gallery, and what that means for the swaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.samples import Samples
from cocopfs.audit.scores import GalleryScores, gallery_scores
from cocopfs.quality.calibration import calibrate
from cocopfs.records import Identity, Threshold

Key = tuple[str | None, str | None]  # gender and ethnicity


@dataclass(frozen=True, slots=True)
class Opinion:
    """A recogniser's thresholds, the overall one first, and its scores of the gallery: none and
    null where the gallery is not at hand."""

    thresholds: tuple[Threshold, ...]
    gallery: GalleryScores | None

    @property
    def by_group(self) -> dict[Key, float | None]:
        """The similarity that the recipe's FAR asks of each group's identities; null for a group
        with too few impostors to tell."""
        return {(row.gender, row.ethnicity): row.threshold for row in self.thresholds[1:]}


def opinion(identities: Sequence[Identity], far: float) -> Opinion:
    """identities: with the recogniser's embeddings."""
    if not identities:
        return Opinion((), None)
    return Opinion(tuple(calibrate(identities, far)), gallery_scores(identities))


def reached(
    scores: NDArray[np.float64], samples: Samples, thresholds: Mapping[Key, float | None]
) -> NDArray[np.float64]:
    """Whether scores (n,) of the samples reach the threshold of their identity's own group: 1, 0,
    or NaN where score or threshold is not known. For a similarity to the source that is what
    "verified" means everywhere; for one to the original, that the swap still shows its person."""
    keys = zip(samples.texts("gender"), samples.texts("ethnicity"), strict=True)
    limits = np.array([_or_nan(thresholds.get(key)) for key in keys], np.float64)
    return np.where(np.isnan(limits) | np.isnan(scores), np.nan, scores >= limits)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
