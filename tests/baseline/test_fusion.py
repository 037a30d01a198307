"""Late fusion: standardised by query, the weight from validation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.baseline.fusion import WEIGHTS, choose_weight, fused_blocks, standardised
from cocopfs.baseline.retrieval import positions_in, recall_at
from tests.baseline.test_retrieval import cut

Values = NDArray[np.float64]


def test_rows_are_standardised_as_by_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    scores = np.random.default_rng(0).normal(0.25, 0.03, (20, 50))
    np.testing.assert_allclose(standardised(scores), stats.zscore(scores, axis=1), atol=1e-9)


def test_a_constant_row_tells_nothing() -> None:
    """0.1 summed a thousand times is not 100: rounding must not become scores."""
    flat = np.full((2, 1000), 0.1)
    flat[1, ::2] += 1e-14
    assert not standardised(flat).any()
    assert not standardised(np.zeros((1, 5))).any()
    assert standardised(np.zeros((3, 0))).shape == (3, 0)


@given(st.integers(0, 10**6), st.floats(0.01, 100), st.floats(-10, 10))
@settings(max_examples=40, deadline=None)
def test_neither_size_nor_level_of_the_scores_matters(seed: int, size: float, level: float) -> None:
    scores = np.random.default_rng(seed).integers(0, 5, (4, 9)).astype(np.float64)
    z = standardised(scores)
    np.testing.assert_allclose(standardised(size * scores + level), z, atol=1e-8)
    for row, other in zip(scores, z, strict=True):
        assert len(np.unique(other)) == len(np.unique(row)), "ties stay, and only these"


def scores_of(queries: int, seed: int) -> tuple[Values, Values, NDArray[np.int64]]:
    """Photographs of five swaps: the context's score finds the photograph, the face's the person,
    both with noise."""
    random = np.random.default_rng(seed)
    photos, people = np.arange(queries) // 5, random.integers(0, 20, queries)
    context = (photos[:, None] == photos) + random.normal(0, 0.5, (queries, queries))
    face = (people[:, None] == people) + random.normal(0, 0.5, (queries, queries))
    return 0.1 * context, 3 * face - 7, np.arange(queries)


def test_both_together_are_better_than_each() -> None:
    context, face, target = scores_of(200, 1)
    chosen = choose_weight(cut(context, 30), cut(face, 30), target)
    assert set(chosen.sums) == set(WEIGHTS)
    assert 0.25 <= chosen.weight <= 4
    context, face, target = scores_of(200, 2)
    fused = positions_in(fused_blocks(cut(context, 7), cut(face, 7), chosen.weight), target)
    best = max(recall_at(positions_in([one], target), 1).mean() for one in (context, face))
    assert recall_at(fused, 1).mean() > 1.3 * best


def test_a_face_that_tells_nothing_gets_no_weight() -> None:
    context, face, target = scores_of(60, 3)
    assert choose_weight([context], [np.zeros_like(face)], target).weight == 0.0


def test_the_cut_changes_nothing() -> None:
    context, face, target = scores_of(50, 4)
    whole = choose_weight([context], [face], target)
    assert choose_weight(cut(context, 3), cut(face, 3), target) == whole
    parts = np.concatenate(list(fused_blocks(cut(context, 3), cut(face, 3), 0.5)))
    np.testing.assert_array_equal(parts, next(fused_blocks([context], [face], 0.5)))


def test_blocks_must_be_alike() -> None:
    with pytest.raises(ValueError, match="expected equal ones"):
        list(fused_blocks([np.zeros((2, 3))], [np.zeros((1, 3))], 1.0))
    with pytest.raises(ValueError, match="zip"):
        list(fused_blocks([np.zeros((2, 3))] * 2, [np.zeros((2, 3))], 1.0))
    with pytest.raises(ValueError, match="scores of 2 queries, expected those of 3"):
        choose_weight([np.eye(2)], [np.eye(2)], np.arange(3))
