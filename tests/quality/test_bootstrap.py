"""Intervals hold what other identities would give about as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.quality.bootstrap import BINS, bin_of, replicate
from cocopfs.quality.calibration import calibrate
from cocopfs.records import Threshold
from tests.quality.test_calibration import MEN, WOMEN, people


def test_bins_are_a_thousandth_of_a_cosine_wide() -> None:
    scores = np.array([-1, -1e-9, 0, 1 / 1024, 1 - 1e-9, 1, 1 + 1e-9])
    assert bin_of(scores).tolist() == [0, 1023, 1024, 1025, 2047, 2047, 2047]


def one_score(*places: int) -> NDArray[np.int64]:
    """A histogram with one score in each of these bins."""
    return np.bincount(places, minlength=BINS)


def test_a_unit_counts_as_often_as_it_is_drawn_and_a_pair_as_both_of_them() -> None:
    genuine = np.stack([one_score(1000), one_score(1001), one_score(1002)])
    impostors = np.zeros((3, 3, BINS), np.int64)
    impostors[0, 1], impostors[0, 2], impostors[1, 2] = map(one_score, (500, 501, 502))
    found = replicate(genuine, impostors, seed=1)
    drawn = found.genuine[:, 1000:1003]
    assert set(drawn.sum(axis=1)) == {3}
    assert len(np.unique(drawn, axis=0)) == 10  # 3 of 3 with replacement
    products = np.stack([drawn[:, 0] * drawn[:, 1], drawn[:, 0] * drawn[:, 2]], axis=1)
    np.testing.assert_array_equal(found.impostors[:, 500:502], products)
    assert found.impostors.sum() == (drawn[:, [0, 0, 1]] * drawn[:, [1, 2, 2]]).sum()


def test_where_all_are_alike_the_interval_is_a_point() -> None:
    """Each unit has ten genuine scores in one bin and each pair ten impostor scores below them."""
    genuine = np.stack([10 * one_score(1800)] * 12)
    impostors = np.broadcast_to(10 * one_score(1200), (12, 12, BINS))
    found = replicate(genuine, impostors, seed=1)
    low, high = found.threshold(1e-2)
    assert low == high == pytest.approx(-1 + 2 * 1200.99 / BINS)
    assert found.true_accepts(1e-2) == (1, 1)
    assert found.equal_error() == (0, 0)


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = calibrate(people(20, MEN), 0.01), calibrate(people(20, MEN), 0.01)
    assert first == second
    assert first[1].threshold_low is not None


def intervals(row: Threshold) -> list[tuple[float | None, float | None, float | None]]:
    return [
        (row.threshold_low, row.threshold, row.threshold_high),
        (row.tar_at_1e2_low, row.tar_at_1e2, row.tar_at_1e2_high),
        (row.eer_low, row.eer, row.eer_high),
    ]


@pytest.mark.parametrize("count", [40, 150])
def test_intervals_hold_their_figures_with_and_without_sets_of_identities(count: int) -> None:
    for row in calibrate(people(count, WOMEN) + people(count, MEN, start=count), 0.01):
        for low, figure, high in intervals(row):
            assert low is not None
            assert figure is not None
            assert high is not None
            assert low - 0.002 <= figure <= high + 0.002
            assert 0 < high - low < 0.3


@pytest.mark.full
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """The truth is what many other identities give."""
    (truth, _) = calibrate(people(1500, MEN, start=10**6), 0.01)
    hits = np.zeros(3)
    for number in range(60):
        (row, _) = calibrate(people(80, MEN, start=1000 * number), 0.01)
        for place, (low, _, high) in enumerate(intervals(row)):
            true = intervals(truth)[place][1]
            assert low is not None
            assert high is not None
            assert true is not None
            hits[place] += low <= true <= high
    assert (hits / 60 >= 0.85).all(), hits


def test_more_identities_narrow_the_interval() -> None:
    widths = []
    for count in (30, 300):
        (row, _) = calibrate(people(count, MEN), 0.01)
        assert row.threshold_low is not None
        assert row.threshold_high is not None
        widths.append(row.threshold_high - row.threshold_low)
    assert widths[1] < widths[0] / 2


def test_a_few_identities_tell_nothing_of_others() -> None:
    (row, _) = calibrate(people(9, MEN, portraits=5), 0.1)
    assert row.threshold is not None
    assert row.eer is not None
    assert row.threshold_low is row.threshold_high is row.eer_low is row.eer_high is None
