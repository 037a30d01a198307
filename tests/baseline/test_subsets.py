"""Galleries of several sizes, and quarters of a figure."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.baseline.retrieval import positions, recall_at
from cocopfs.baseline.subsets import UNKNOWN, drawn_contexts, gallery_curve, quartiles
from tests.baseline.test_retrieval import uneven_contexts, unit


def test_photographs_are_drawn_whole_and_larger_draws_contain_smaller_ones() -> None:
    contexts = uneven_contexts(50, 0)
    before = np.zeros(len(contexts), np.bool_)
    for size in (1, 5, 20, 50, 80):
        kept = drawn_contexts(contexts, size, 3)
        assert len(np.unique(contexts[kept])) == min(size, 50)
        assert not set(contexts[kept]) & set(contexts[~kept])
        assert (kept | ~before).all()
        before = kept
    assert (drawn_contexts(contexts, 20, 3) != drawn_contexts(contexts, 20, 4)).any()


def test_the_curve_falls_and_ends_at_the_whole_gallery() -> None:
    contexts = uneven_contexts(80, 1)
    target = np.random.default_rng(0).permutation(len(contexts))
    gallery = unit(len(contexts), 8, 2)
    queries = gallery[target] + 0.9 * unit(len(contexts), 8, 3)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    found = gallery_curve(queries, gallery, target, contexts, [200, 5, 20, 0])
    assert [point.contexts for point in found] == [5, 20, 80]
    assert found[-1].pictures == len(contexts)
    whole = recall_at(positions(queries, gallery, target), 1).mean()
    recalls = [np.nanmean(point.recalls) for point in found]
    assert recalls[-1] == pytest.approx(whole)
    assert recalls[0] > recalls[1] > recalls[2]
    asked = [int((~np.isnan(point.recalls)).sum()) for point in found]
    assert asked[0] < asked[1] < asked[2] == len(target), "of five draws, those in any"


def test_quartiles_are_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(0).gamma(2.0, size=203)
    found = quartiles(values)
    np.testing.assert_array_equal(found.part, pandas.qcut(values, 4, labels=False))
    assert np.bincount(found.part).tolist() == [51, 51, 50, 51]


def test_equal_values_share_a_quarter_and_unknown_ones_have_none() -> None:
    found = quartiles(np.array([np.nan, 1, 1, 1, 1, 1, 1, 2, 3]))
    assert found.part.tolist() == [UNKNOWN, 0, 0, 0, 0, 0, 0, 3, 3]
    assert found.labels == [None, *["Q1"] * 6, "Q4", "Q4"]
    nothing = quartiles(np.array([np.nan]))
    assert (nothing.part.tolist(), nothing.edges) == ([UNKNOWN], ())
