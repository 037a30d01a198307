"""Where the right picture stands: equal to other libraries' figures, fair to ties, in little
memory."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import (
    Positions,
    best_positions_in,
    chance_within,
    pick_within,
    positions,
    positions_in,
    rank_in,
    recall_at,
    score_blocks,
)

Values = NDArray[np.float64]


def unit(count: int, width: int, seed: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def tied_scores(queries: int, gallery: int, seed: int) -> Values:
    """Scores of few values, so that many are equal."""
    return np.random.default_rng(seed).integers(0, 6, (queries, gallery)).astype(np.float64)


def cut(scores: Values, size: int) -> list[Values]:
    return [scores[start : start + size] for start in range(0, len(scores), size)]


def test_recall_is_scikit_learns_where_nothing_ties() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores = np.random.default_rng(0).normal(size=(200, 30))
    target = np.random.default_rng(1).integers(0, 30, 200)
    found = positions_in(cut(scores, 7), target)
    for k in (1, 2, 5, 10, 29):
        theirs = metrics.top_k_accuracy_score(target, scores, k=k, labels=np.arange(30))
        assert recall_at(found, k).mean() == pytest.approx(theirs, abs=1e-12)


def test_recall_of_ties_is_the_mean_of_scikit_learns_over_every_order() -> None:
    """All orders of a small gallery, each a gallery without ties."""
    metrics = pytest.importorskip("sklearn.metrics")
    scores = np.random.default_rng(3).integers(0, 3, (6, 5)).astype(np.float64)
    target = np.array([0, 1, 2, 3, 4, 0])
    found = positions_in([scores], target)
    orders = list(itertools.permutations(range(5)))
    for k in (1, 2, 3, 4):
        theirs = [
            metrics.top_k_accuracy_score(
                target, scores + 0.01 * np.array(order), k=k, labels=np.arange(5)
            )
            for order in orders
        ]
        assert recall_at(found, k).mean() == pytest.approx(np.mean(theirs), abs=1e-12)


def test_the_best_of_several_texts_is_torchmetrics_hit_rate_over_every_order() -> None:
    retrieval = pytest.importorskip("torchmetrics.functional.retrieval")
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(5)
    scores = random.integers(1, 4, (4, 6)).astype(np.float64)
    relevant = [[0], [1, 2], [3, 4, 5], [0, 5]]
    found = best_positions_in(cut(scores, 3), relevant)
    orders = np.array(list(itertools.permutations(range(6))))
    for k in (1, 2, 3, 5):
        for number, right in enumerate(relevant):
            wanted = torch.zeros(6, dtype=torch.bool)
            wanted[right] = True
            theirs = [
                float(
                    retrieval.retrieval_hit_rate(
                        torch.from_numpy(scores[number] + 0.01 * order), wanted, top_k=k
                    )
                )
                for order in orders
            ]
            assert recall_at(found, k)[number] == pytest.approx(np.mean(theirs), abs=1e-6)


def test_several_right_items_among_the_tied_are_a_draw_without_replacement() -> None:
    stats = pytest.importorskip("scipy.stats")
    rows = [(b, t, r) for b in (0, 1, 4) for t in range(1, 9) for r in range(1, t + 1)]
    better, tied, right = np.array(rows, np.int64).T
    found = Positions(better, tied, right)
    for k in (1, 2, 5, 9, 20):
        drawn = np.clip(k - better, 0, tied)
        np.testing.assert_allclose(
            recall_at(found, k), stats.hypergeom.sf(0, tied, right, drawn), atol=1e-12
        )


@given(
    st.integers(0, 10**6),
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1, 5),
)
@settings(max_examples=60, deadline=None)
def test_neither_the_gallerys_order_nor_the_cut_matters(
    seed: int, queries: int, gallery: int, chunk: int
) -> None:
    random = np.random.default_rng(seed)
    scores = tied_scores(queries, gallery, seed)
    target = random.integers(0, gallery, queries)
    contexts = random.integers(0, 4, gallery)
    order = random.permutation(gallery)
    place = np.argsort(order)
    first = rank_in(cut(scores, chunk), target, contexts)
    second = rank_in([scores[:, order]], place[target], contexts[order])
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.better, other.better)
        np.testing.assert_array_equal(one.tied, other.tied)
    np.testing.assert_array_equal(first[0].better, positions_in([scores], target).better)
    assert (recall_at(first[0], gallery) == 1).all()


@given(st.integers(0, 10**6), st.integers(1, 20), st.integers(1, 25))
@settings(max_examples=60, deadline=None)
def test_the_recalls_of_all_items_of_a_gallery_add_up_to_k(seed: int, gallery: int, k: int) -> None:
    """One of them is first, however many tie."""
    row = np.random.default_rng(seed).integers(0, 4, gallery).astype(np.float64)
    found = positions_in([np.tile(row, (gallery, 1))], np.arange(gallery))
    assert recall_at(found, k).sum() == pytest.approx(min(k, gallery))


def test_equal_pictures_tie_whatever_the_cut() -> None:
    """77 copies each of three pictures, at every place of the matrix product."""
    gallery = np.repeat(unit(3, 50, 1), 77, axis=0)[np.random.default_rng(0).permutation(231)]
    queries = unit(40, 50, 2)
    target = np.arange(40) * 5
    found = [positions(queries, gallery, target, chunk) for chunk in (1, 3, 40, None)]
    for other in found:
        assert set(other.tied.tolist()) == {77}
        assert set(other.better.tolist()) <= {0, 77, 154}
        np.testing.assert_array_equal(other.better, found[0].better)


def test_cosines_are_those_of_a_plain_product() -> None:
    queries, gallery = unit(9, 33, 1), unit(21, 33, 2)
    scores = np.concatenate(list(score_blocks(queries, gallery, 4)))
    np.testing.assert_allclose(scores, queries.astype(np.float64) @ gallery.T, atol=1e-7)


def uneven_contexts(photos: int, seed: int) -> NDArray[np.int64]:
    """Photographs of one to five swaps, in mixed order."""
    random = np.random.default_rng(seed)
    counts = random.integers(1, 6, photos)
    return random.permutation(np.repeat(np.arange(photos), counts)).astype(np.int64)


@pytest.mark.parametrize("distinct", [True, False])
def test_without_identity_the_pick_within_a_photo_is_exactly_chance(distinct: bool) -> None:
    """A query that is the same for all swaps of its photo, whether the pictures differ or not."""
    contexts = uneven_contexts(60, 3)
    gallery = unit(len(contexts) if distinct else 60, 32, 4)
    if not distinct:
        gallery = gallery[contexts]
    queries = unit(60, 32, 5)[contexts]
    target = np.arange(len(contexts))
    found = recall_at(pick_within(queries, gallery, target, contexts), 1)
    chance = chance_within(target, contexts)
    assert found.mean() == pytest.approx(60 / len(contexts), abs=1e-12)
    assert chance.mean() == pytest.approx(60 / len(contexts), abs=1e-12)
    if not distinct:
        np.testing.assert_array_equal(found, chance)


def test_the_pick_is_the_same_from_vectors_and_from_blocks() -> None:
    contexts = uneven_contexts(40, 6)
    gallery, target = unit(len(contexts), 16, 7), np.arange(len(contexts))[::-1]
    queries = gallery[target] + 0.8 * unit(len(contexts), 16, 8)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    first = pick_within(queries, gallery, target, contexts)
    _, second = rank_in(score_blocks(queries, gallery, 5), target, contexts)
    np.testing.assert_array_equal(first.better, second.better)
    np.testing.assert_array_equal(first.tied, second.tied)
    assert recall_at(first, 1).mean() > 2 * chance_within(target, contexts).mean()
    assert (recall_at(first, 5) == 1).all()


def test_a_score_that_is_no_number_is_refused() -> None:
    """It would compare as neither better nor worse, and so count as a hit."""
    scores = np.array([[0.1, np.nan], [0.2, 0.3]])
    with pytest.raises(ValueError, match="no number"):
        positions_in([scores], np.array([1, 0]))
    vectors = unit(3, 8, 0)
    vectors[1] = np.nan
    with pytest.raises(ValueError, match="row 1 is of length nan"):
        positions(vectors, unit(3, 8, 1), np.arange(3))
    with pytest.raises(ValueError, match="gallery: row 0"):
        positions(unit(3, 8, 1), 2 * unit(3, 8, 1), np.arange(3))


def test_as_many_rows_as_queries() -> None:
    with pytest.raises(ValueError, match="scores of 2 queries, expected those of 3"):
        positions_in([np.zeros((2, 4))], np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="more than 1"):
        positions_in([np.zeros((2, 4))], np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="query 0 has no right item"):
        best_positions_in([np.zeros((1, 4))], [[]])
    with pytest.raises(ValueError, match="recall at 0"):
        recall_at(Positions(*np.ones((3, 2), np.int64)), 0)


def test_no_queries_have_no_recall() -> None:
    found = positions(unit(0, 4, 0), unit(3, 4, 0), np.zeros(0, np.int64))
    assert recall_at(found, 1).shape == (0,)
    assert len(pick_within(unit(0, 4, 0), unit(3, 4, 0), np.zeros(0, int), np.zeros(3, int))) == 0


def memory_of(count: int, chunk: int | None = None) -> float:
    """Most MiB in use while count × count scores are gone through."""
    vectors = unit(count, 64, 0)
    tracemalloc.start()
    try:
        found = positions(vectors, vectors, np.arange(count), chunk)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
    assert recall_at(found, 1).mean() == 1.0
    return peak


def test_the_scores_of_a_large_gallery_are_never_in_memory_together() -> None:
    assert memory_of(4000, chunk=4000) > 122, "all of them, of 4,000 × 4,000"
    assert memory_of(4000) < 90


@pytest.mark.full
def test_twenty_thousand_by_twenty_thousand_fit_into_little_memory() -> None:
    assert memory_of(20_000) < 110, "all of them are 3 GiB"
