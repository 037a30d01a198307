"""Intervals over photographs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import levels, mean_interval, share_interval

Values = NDArray[np.float64]


def test_the_interval_is_scipys_where_clusters_hold_one_value() -> None:
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).gamma(2.0, size=200)
    found = mean_interval(values, np.arange(200))
    theirs = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        confidence_level=levels(200)[1] - levels(200)[0],
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found.mean == pytest.approx(values.mean())
    spread = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.06 * spread)
    assert found.high == pytest.approx(theirs.high, abs=0.06 * spread)


def test_swaps_of_one_photograph_are_no_independent_draws() -> None:
    random = np.random.default_rng(0)
    photos = np.repeat(np.arange(40), 5)
    values = np.repeat(random.normal(size=40), 5) + 0.1 * random.normal(size=200)
    clustered, alone = mean_interval(values, photos), mean_interval(values, np.arange(200))
    assert clustered.mean == alone.mean
    assert clustered.high is not None
    assert clustered.low is not None
    assert alone.high is not None
    assert alone.low is not None
    assert clustered.high - clustered.low > 1.8 * (alone.high - alone.low)


@pytest.mark.parametrize("clusters", [10, 11, 25, 400, 100_000])
def test_levels_are_of_students_distribution(clusters: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    reach = stats.t.ppf(0.975, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    low, high = levels(clusters)
    assert high == pytest.approx(stats.norm.cdf(reach), abs=1e-5)
    assert low == pytest.approx(1 - high)


def missed(clusters: int, draw: Callable[[np.random.Generator], Values], trials: int) -> float:
    """How often the interval of draws of three a cluster, whose truth is 0, does not hold it."""
    random = np.random.default_rng(3)
    fails = 0
    for _ in range(trials):
        found = mean_interval(draw(random), np.repeat(np.arange(clusters), 3))
        assert found.low is not None
        assert found.high is not None
        fails += not found.low <= 0 <= found.high
    return fails / trials


def normal(clusters: int) -> Callable[[np.random.Generator], Values]:
    def draw(random: np.random.Generator) -> Values:
        return np.repeat(random.normal(size=clusters), 3) + random.normal(size=3 * clusters)

    return draw


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    assert missed(30, normal(30), 120) <= 0.14


@pytest.mark.full
@pytest.mark.parametrize("clusters", [10, 15, 25, 60])
def test_few_clusters_are_missed_no_more_often(clusters: int) -> None:
    """A plain percentile interval misses 11 % with ten clusters, and 7 % with 25."""
    assert 0.03 <= missed(clusters, normal(clusters), 1500) <= 0.075


@pytest.mark.full
@pytest.mark.parametrize("clusters", [10, 25])
def test_shares_of_few_clusters_are_missed_no_more_often(clusters: int) -> None:
    def draw(random: np.random.Generator) -> Values:
        likely = np.repeat(random.beta(3, 2, clusters), 3)
        return np.asarray((random.random(3 * clusters) < likely) - 0.6)

    assert missed(clusters, draw, 1500) <= 0.075


def test_fewer_than_ten_clusters_have_no_interval() -> None:
    values = np.random.default_rng(0).normal(size=40)
    assert mean_interval(values[:9], np.arange(9)).low is None
    assert mean_interval(values, np.arange(40) % 9).low is None
    assert mean_interval(values[:10], np.arange(10)).low is not None


def test_unknown_values_do_not_count() -> None:
    found = mean_interval(np.array([1.0, np.nan, 3.0]), [1, 2, 3])
    assert (found.mean, found.n, found.clusters) == (2.0, 2, 2)
    assert found.low is None


def test_nothing_has_no_mean() -> None:
    found = mean_interval(np.empty(0), [])
    assert (found.mean, found.low, found.n) == (None, None, 0)


def test_a_share_that_was_never_missed_is_not_certain() -> None:
    found = share_interval(np.ones(40), np.repeat(np.arange(20), 2))
    assert (found.mean, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(1 - 3 / 20)
    none = share_interval(np.zeros(10), np.arange(10))
    assert none.low == 0.0
    assert none.high == pytest.approx(0.3)


def test_the_same_values_give_the_same_interval() -> None:
    values = np.random.default_rng(0).normal(size=50)
    assert mean_interval(values, np.arange(50)) == mean_interval(values, np.arange(50))
