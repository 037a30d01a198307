"""Error rates are those of scikit-learn's ROC."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.quality.roc import allowed, equal_error_rate

Scores = NDArray[np.float64]


def whole(genuine: Scores, impostors: Scores) -> float:
    return equal_error_rate(
        genuine,
        impostors,
        genuine_above=0,
        impostors_above=0,
        genuine_pairs=genuine.size,
        impostor_pairs=impostors.size,
    )


def theirs(genuine: Scores, impostors: Scores) -> float:
    """Where scikit-learn's ROC, as a polygon, meets FAR = 1 - TAR."""
    roc_curve = pytest.importorskip("sklearn.metrics").roc_curve
    labels = np.repeat([1, 0], [genuine.size, impostors.size])
    far, tar, _ = roc_curve(labels, np.concatenate([genuine, impostors]), drop_intermediate=False)
    # FAR + TAR grows along the curve from 0 to 2.
    return float(np.interp(1, far + tar, far))


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=30),
    st.lists(st.integers(0, 12), min_size=1, max_size=30),
)
@settings(deadline=None)
def test_the_equal_error_rate_is_scikit_learns_ties_or_not(
    genuine: list[int], impostors: list[int]
) -> None:
    first, second = np.array(genuine) / 12, np.array(impostors) / 12
    assert whole(first, second) == pytest.approx(theirs(first, second), abs=1e-12)


def test_it_is_enough_to_know_the_scores_around_it() -> None:
    random = np.random.default_rng(1)
    genuine, impostors = random.normal(0.6, 0.1, 400), random.normal(0.4, 0.1, 5000)
    expected = theirs(genuine, impostors)
    assert 0.1 < expected < 0.2
    low, high = 0.48, 0.52
    found = equal_error_rate(
        genuine[(genuine >= low) & (genuine < high)],
        impostors[(impostors >= low) & (impostors < high)],
        genuine_above=int((genuine >= high).sum()),
        impostors_above=int((impostors >= high).sum()),
        genuine_pairs=400,
        impostor_pairs=5000,
    )
    assert found == pytest.approx(expected, abs=1e-12)


def test_scores_that_lie_apart_have_no_error_and_swapped_ones_nothing_else() -> None:
    high, low = np.array([0.8, 0.9]), np.array([0.1, 0.2, 0.3])
    assert whole(high, low) == 0
    assert whole(low, high) == 1
    assert whole(low, low) == pytest.approx(0.5)


def test_a_rate_is_meant_as_it_is_written() -> None:
    assert allowed(0.29, 100) == 29  # 28.999999999999996 in floating point
    assert allowed(1e-3, 9_999) == 9
