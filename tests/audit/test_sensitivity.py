"""How well right and wrong faces are told apart, against SciPy and theory."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.audit.sensitivity import d_prime

stats = pytest.importorskip("scipy.stats")


def flags(yes: int, of: int) -> NDArray[np.float64]:
    return (np.arange(of) < yes).astype(np.float64)


@pytest.mark.parametrize(("hits", "alarms"), [(18, 5), (10, 10), (4, 17), (20, 0), (20, 20)])
def test_as_by_hand(hits: int, alarms: int) -> None:
    found = d_prime(flags(hits, 20), range(20), flags(alarms, 20), range(20, 40))
    expected = stats.norm.ppf((hits + 0.5) / 21) - stats.norm.ppf((alarms + 0.5) / 21)
    assert found.mean == pytest.approx(expected, abs=1e-9)
    assert (found.n, found.clusters) == (40, 40)


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """One mark a photograph: the variance of d' by the delta method (Gourevitch and Galanter,
    Psychometrika 32, 1967)."""
    n, tar, far = 400, 0.8, 0.3
    found = d_prime(flags(320, n), range(n), flags(120, n), range(n, 2 * n))
    variance = sum(p * (1 - p) / n / stats.norm.pdf(stats.norm.ppf(p)) ** 2 for p in (tar, far))
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(2 * 1.96 * variance**0.5, rel=0.08)


def test_photographs_with_both_kinds_are_drawn_whole() -> None:
    """A photograph whose own and foreign marks go together says less of their difference."""
    own, foreign = flags(24, 40), flags(24, 40)
    apart = d_prime(own, range(40), foreign, range(40, 80))
    tied = d_prime(own, range(40), foreign, range(40))
    assert (apart.clusters, tied.clusters) == (80, 40)
    assert apart.low is not None
    assert apart.low < -0.4
    assert (tied.low, tied.high) == (0.0, 0.0)


def test_raters_who_agree_are_no_further_photographs() -> None:
    own, foreign = flags(15, 20), flags(6, 20)
    one = d_prime(own, range(20), foreign, range(20))
    items = [item for item in range(20) for _ in range(5)]
    five = d_prime(np.repeat(own, 5), items, np.repeat(foreign, 5), items)
    assert one.low is not None
    assert one.high is not None
    assert five.low is not None
    assert five.high is not None
    assert five.high - five.low > 0.95 * (one.high - one.low)


@pytest.mark.parametrize(
    ("own", "foreign"),
    [(flags(20, 20), flags(6, 20)), (flags(15, 20), flags(0, 20)), (flags(6, 9), flags(6, 20))],
)
def test_no_interval_that_resampling_cannot_tell(
    own: NDArray[np.float64], foreign: NDArray[np.float64]
) -> None:
    found = d_prime(own, range(own.size), foreign, range(foreign.size))
    assert found.mean is not None
    assert (found.low, found.high) == (None, None)


def test_nothing_to_tell_apart() -> None:
    found = d_prime(flags(5, 20), range(20), flags(0, 0), [])
    assert (found.mean, found.n) == (None, 0)
