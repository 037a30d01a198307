"""Intervals over photographs: paired, and as wide as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, levels, mean_interval, ratio_interval
from cocopfs.baseline.intervals import by_group, over_seeds


def width(found: Interval) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def photos(count: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(count, dtype=np.int64), 5)


def test_a_difference_is_paired() -> None:
    """Two methods that fail on the same photographs, one of them a little more often."""
    random = np.random.default_rng(0)
    contexts = photos(100)
    first = (random.random(100)[contexts] < 0.5).astype(np.float64)
    second = np.where(random.random(500) < 0.05, 0.0, first)
    difference = mean_interval(first - second, contexts)
    assert difference.mean == pytest.approx(first.mean() - second.mean())
    assert difference.low is not None
    assert difference.low > 0
    assert width(difference) < width(mean_interval(first, contexts)) / 3
    other = mean_interval(second - first, contexts)
    assert other.low == pytest.approx(-(difference.high or 0))
    assert mean_interval(first - first, contexts) == Interval(0.0, 0.0, 0.0, 500, 100)


def test_the_ratio_to_chance_is_of_the_means() -> None:
    """Photographs of two and of five swaps: chance varies with what is drawn."""
    contexts = np.repeat(np.arange(40), np.tile([2, 5], 20))
    chance = 1 / np.repeat(np.tile([2.0, 5.0], 20), np.tile([2, 5], 20))
    for times in (1.0, 2.0):
        found = ratio_interval(times * chance, chance, contexts)
        assert (found.mean, found.low, found.high) == pytest.approx((times,) * 3)


def test_the_interval_of_a_ratio_is_scipys() -> None:
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(2)
    top, bottom = random.gamma(2.0, size=200), random.gamma(3.0, size=200)
    found = ratio_interval(top, bottom, np.arange(200))
    theirs = stats.bootstrap(
        (top, bottom),
        lambda a, b, axis: a.sum(axis=axis) / b.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        method="percentile",
        confidence_level=levels(200)[1] - levels(200)[0],
        rng=np.random.default_rng(1),
    ).confidence_interval
    spread = theirs.high - theirs.low
    assert found.mean == pytest.approx(top.sum() / bottom.sum())
    assert found.low == pytest.approx(theirs.low, abs=0.06 * spread)
    assert found.high == pytest.approx(theirs.high, abs=0.06 * spread)


def test_unknown_figures_do_not_count_in_a_ratio() -> None:
    values = np.array([1.0, np.nan, 3.0])
    found = ratio_interval(values, np.array([2.0, 5.0, np.nan]), [1, 2, 3])
    assert found == Interval(0.5, None, None, 1, 1)
    assert ratio_interval(values[1:2], values[:1], [1]).mean is None


def test_seeds_are_averaged_by_query() -> None:
    runs = [np.array([1.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.5, 0.0])]
    assert over_seeds(runs).tolist() == [1.0, 0.5, 0.0]
    for wrong in ([], [np.zeros(2), np.zeros(3)]):
        with pytest.raises(ValueError, match="expected equal ones"):
            over_seeds(wrong)


def test_groups_have_figures_of_their_own() -> None:
    contexts = photos(24)
    values = (contexts % 2).astype(np.float64)
    labels = [("odd" if context % 2 else None) for context in contexts.tolist()]
    found = by_group(values, contexts, labels)
    assert {name: row.mean for name, row in found.items()} == {"odd": 1.0, "unknown": 0.0}
    assert found["odd"].clusters == 12
    assert found["odd"].low == 0.75  # twelve photographs without a miss prove no more
