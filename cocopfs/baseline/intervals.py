"""How sure the figures of the comparison are: bootstrap over photographs.

A photograph (context) is drawn with all its swaps and captions, for these share its scene. Methods
are compared by `mean_interval` of the difference of each query's figures: it is much narrower than
the difference of two intervals.

Seeds: a query's figures from several trainings are averaged before the bootstrap (`over_seeds`).
The interval then tells how the mean of such trainings would differ on other photographs; how much
one training differs from the next is told by the means of each, beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, share_interval

Values = NDArray[np.float64]


def over_seeds(runs: Sequence[Values]) -> Values:
    """The mean of each query's figure over trainings: runs of (q,) → (q,)."""
    if not runs or len({run.shape for run in runs}) > 1:
        raise ValueError(f"runs of {[run.shape for run in runs]} figures, expected equal ones")
    mean: Values = np.mean(np.stack(runs), axis=0)
    return mean


def by_group(
    values: Values, contexts: NDArray[np.int64], labels: Sequence[str | None]
) -> dict[str, Interval]:
    """The mean within each group, by name; queries whose label is None are the group "unknown".

    values: (q,) from 0 to 1; contexts, labels: (q,) photograph and group of each query.
    """
    named = np.array([label or "unknown" for label in labels], np.str_)
    return {
        str(name): share_interval(values[named == name], np.asarray(contexts)[named == name])
        for name in np.unique(named)
    }
