"""Kappas and rank correlations against those of libraries and of the literature."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.audit.agreement import cohen_kappa, fleiss_kappa, spearman

# Fleiss, Psychological Bulletin 76 (1971), in the shortened form that textbooks print: 10 subjects,
# 14 raters, 5 categories; kappa 0.210.
TEXTBOOK = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
)


@pytest.mark.parametrize("seed", range(20))
def test_cohens_kappa_is_scikit_learns(seed: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    first = random.random(40) < 0.3 + 0.02 * seed
    second = np.where(random.random(40) < 0.7, first, random.random(40) < 0.5)
    found = cohen_kappa(first.tolist(), second.tolist())
    assert found == pytest.approx(metrics.cohen_kappa_score(first, second), abs=1e-12)


def test_cohens_kappa_of_agreement_and_of_its_opposite() -> None:
    assert cohen_kappa([True, False, True], [True, False, True]) == 1
    assert cohen_kappa([True, False], [False, True]) == -1


def test_raters_who_never_vary_have_no_kappa() -> None:
    assert cohen_kappa([True, True], [True, True]) is None
    assert fleiss_kappa(np.array([[3, 0], [3, 0]])) is None


def test_nothing_marked_has_no_kappa() -> None:
    assert cohen_kappa([], []) is None
    assert fleiss_kappa(np.empty((0, 2), np.int64)) is None


def test_fleiss_kappa_of_the_textbook() -> None:
    assert fleiss_kappa(TEXTBOOK) == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_is_statsmodels() -> None:
    rater = pytest.importorskip("statsmodels.stats.inter_rater")
    random = np.random.default_rng(0)
    counts = random.multinomial(6, [0.3, 0.7], 30)
    assert fleiss_kappa(counts) == pytest.approx(rater.fleiss_kappa(counts), abs=1e-12)


def test_items_with_different_numbers_of_raters_are_refused() -> None:
    with pytest.raises(ValueError, match="same number of raters"):
        fleiss_kappa(np.array([[2, 1], [1, 1]]))
    with pytest.raises(ValueError, match="same items"):
        cohen_kappa([True], [True, False])


@pytest.mark.parametrize("seed", range(10))
def test_spearman_is_scipys_with_ties(seed: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    random = np.random.default_rng(seed)
    x = random.integers(0, 8, 30).astype(float)
    y = np.round(x + random.normal(0, 3, 30))
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


def test_a_constant_figure_correlates_with_nothing() -> None:
    assert spearman(np.ones(5), np.arange(5.0)) is None
    assert spearman(np.arange(2.0), np.arange(2.0)) is None
