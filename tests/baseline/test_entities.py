"""Queries with several right pictures: equal to other libraries' figures, fair to ties."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.baseline.entities import (
    average_precision_at,
    kmin_recall_at,
    relevant_positions,
    relevant_positions_in,
)
from tests.baseline.test_retrieval import cut, unit

Values = NDArray[np.float64]
DEPTHS = (1, 2, 3, 5, 10, 50)


def some_relevant(queries: int, gallery: int, seed: int) -> list[list[int]]:
    """One to eight right items of each query."""
    random = np.random.default_rng(seed)
    return [
        random.permutation(gallery)[: random.integers(1, min(8, gallery) + 1)].tolist()
        for _ in range(queries)
    ]


def flags(relevant: list[int], gallery: int) -> NDArray[np.bool_]:
    found = np.zeros(gallery, np.bool_)
    found[relevant] = True
    return found


def test_without_ties_average_precision_is_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores = np.random.default_rng(0).normal(size=(40, 25))
    relevant = some_relevant(40, 25, 1)
    found = average_precision_at(relevant_positions_in(cut(scores, 9), relevant), 25)
    theirs = [
        metrics.average_precision_score(flags(right, 25), row)
        for right, row in zip(relevant, scores, strict=True)
    ]
    np.testing.assert_allclose(found, theirs, atol=1e-12)


def test_with_ties_both_are_the_mean_of_torchmetrics_over_every_order() -> None:
    """Their AP@k is divided by the hits among the first k, their recall by all right items, and
    they count scores above 0 only."""
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval")
    torch = pytest.importorskip("torch")
    scores = np.random.default_rng(2).integers(1, 4, (5, 6)).astype(np.float64)
    relevant = [[0], [1, 2], [0, 3, 4], [1, 2, 3, 5], [0, 1, 2, 3, 4, 5]]
    found = relevant_positions_in(cut(scores, 2), relevant)
    orders = np.array(list(itertools.permutations(range(6))))
    for k in (1, 2, 4, 6):
        for number, right in enumerate(relevant):
            wanted = torch.from_numpy(flags(right, 6))
            recalls, precisions = [], []
            for order in orders:
                row = torch.from_numpy(scores[number] + 0.01 * order)
                recall = float(retrieval.retrieval_recall(row, wanted, top_k=k))
                precision = float(retrieval.retrieval_average_precision(row, wanted, top_k=k))
                recalls.append(recall * len(right) / min(k, len(right)))
                precisions.append(precision * recall * len(right))
            expected = np.mean(precisions)
            assert kmin_recall_at(found, k)[number] == pytest.approx(np.mean(recalls), abs=1e-6)
            mine = average_precision_at(found, k)[number]
            assert mine == pytest.approx(expected / min(k, len(right)), abs=1e-6)
            paper = average_precision_at(found, k, divide_by_k=True)[number]
            assert paper == pytest.approx(expected / k, abs=1e-6)


def plain(row: Values, right: NDArray[np.bool_], k: int) -> tuple[float, float]:
    """kmin-R@k and AP@k as one would write them for a ranking without ties."""
    first = right[np.argsort(-row)][:k]
    least = min(k, int(right.sum()))
    precisions = np.cumsum(first) / np.arange(1, len(first) + 1)
    return first.sum() / least, precisions[first].sum() / least


@pytest.mark.parametrize("k", DEPTHS)
def test_large_galleries_with_ties_are_the_mean_of_random_orders(k: int) -> None:
    random = np.random.default_rng(4)
    scores = random.integers(0, 5, (8, 40)).astype(np.float64)
    relevant = some_relevant(8, 40, 5)
    found = relevant_positions_in([scores], relevant)
    for number, right in enumerate(relevant):
        wanted = flags(right, 40)
        drawn = np.array(
            [plain(scores[number] + random.random(40) / 2, wanted, k) for _ in range(1500)]
        )
        close = 4.5 * drawn.std(axis=0) / np.sqrt(len(drawn)) + 1e-9
        assert abs(kmin_recall_at(found, k)[number] - drawn[:, 0].mean()) <= close[0]
        assert abs(average_precision_at(found, k)[number] - drawn[:, 1].mean()) <= close[1]


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 15), st.sampled_from(DEPTHS))
@settings(max_examples=60, deadline=None)
def test_the_gallerys_order_does_not_matter(seed: int, queries: int, gallery: int, k: int) -> None:
    random = np.random.default_rng(seed)
    scores = random.integers(0, 4, (queries, gallery)).astype(np.float64)
    relevant = some_relevant(queries, gallery, seed)
    order = random.permutation(gallery)
    place = np.argsort(order)
    first = relevant_positions_in([scores], relevant)
    second = relevant_positions_in(cut(scores[:, order], 2), [place[r].tolist() for r in relevant])
    for figure in (kmin_recall_at, average_precision_at):
        np.testing.assert_allclose(figure(first, k), figure(second, k), atol=1e-12)
        assert (figure(first, k) <= 1 + 1e-12).all()


def test_a_perfect_ranking_is_perfect_at_every_depth_but_not_in_the_reference() -> None:
    """Five of its identities' pictures, ten places."""
    scores = np.tile(np.r_[np.ones(5) + np.arange(5) / 10, np.zeros(45)], (3, 1))
    found = relevant_positions_in([scores], [list(range(5))] * 3)
    for k in DEPTHS:
        np.testing.assert_allclose(kmin_recall_at(found, k), 1)
        np.testing.assert_allclose(average_precision_at(found, k), 1)
    np.testing.assert_allclose(average_precision_at(found, 10, divide_by_k=True), 0.5)


def test_cosines_of_vectors() -> None:
    gallery = unit(30, 16, 1)
    found = relevant_positions(gallery[:4], gallery, [[0, 9], [1], [2, 3, 4], [3]], chunk=3)
    np.testing.assert_array_equal(kmin_recall_at(found, 1), 1)
    assert found.relevant.tolist() == [2, 1, 3, 1]
    assert found.query.tolist() == [0, 0, 1, 2, 2, 2, 3]


def test_every_query_has_right_items_once_each() -> None:
    nothing: list[int] = []
    for right in (nothing, [1, 1]):
        with pytest.raises(ValueError, match="query 0"):
            relevant_positions_in([np.zeros((1, 3))], [right])
    found = relevant_positions_in([np.zeros((1, 3))], [[1]])
    for figure in (kmin_recall_at, average_precision_at):
        with pytest.raises(ValueError, match="1 or more"):
            figure(found, 0)
