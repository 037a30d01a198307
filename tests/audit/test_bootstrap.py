"""Intervals over photographs."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.audit.bootstrap import mean_interval, share_interval


def test_the_interval_is_scipys_where_clusters_hold_one_value() -> None:
    stats = pytest.importorskip("scipy.stats")
    values = np.random.default_rng(0).gamma(2.0, size=200)
    found = mean_interval(values, np.arange(200))
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
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


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    hits = 0
    for _ in range(120):
        offsets = random.normal(size=30)
        values = np.repeat(offsets, 3) + random.normal(size=90)
        found = mean_interval(values, np.repeat(np.arange(30), 3))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0 <= found.high
    assert 0.86 <= hits / 120 <= 1.0


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
