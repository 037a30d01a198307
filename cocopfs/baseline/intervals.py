"""How sure the figures of the comparison are: bootstrap over photographs.

A photograph (context) is drawn with all its swaps and captions, for these share its scene. All
methods are measured on the same draws, so differences are paired: the interval of a difference is
much narrower than the difference of two intervals.

Seeds: a query's figures from several trainings are averaged before the bootstrap (`over_seeds`).
The interval then tells how the mean of such trainings would differ on other photographs; how much
one training differs from the next is told by the means of each, beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, mean_interval, ratio_interval, share_interval

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """figures: the mean of each method; to_chance: that divided by chance, 1 being no better;
    differences: first minus second of each pair of methods that was asked for."""

    figures: Mapping[str, Interval]
    to_chance: Mapping[str, Interval]
    differences: Mapping[tuple[str, str], Interval]


def compare(
    methods: Mapping[str, Values],
    contexts: NDArray[np.int64],
    chance: Values | None = None,
    pairs: Sequence[tuple[str, str]] = (),
) -> Comparison:
    """Means, ratios and paired differences of shares with their 95 % intervals over contexts.

    methods: of each its figure for every query, (q,) float64 from 0 to 1, NaN where unknown; all
    for the same queries in the same order. contexts: (q,) the photograph of each query. chance:
    (q,) what guessing gives; None for no ratios. pairs: methods to be subtracted.
    Raises ValueError where the queries are not as many, and KeyError for an unknown method.
    """
    for name, values in methods.items():
        if values.shape != np.shape(contexts):
            raise ValueError(f"{name}: {values.shape} figures for {np.shape(contexts)} queries")
    ratios = (
        {}
        if chance is None
        else {name: ratio_interval(values, chance, contexts) for name, values in methods.items()}
    )
    return Comparison(
        figures={name: share_interval(values, contexts) for name, values in methods.items()},
        to_chance=ratios,
        differences={
            (first, second): mean_interval(methods[first] - methods[second], contexts)
            for first, second in pairs
        },
    )


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
