"""Batches: every example once, no false negatives, hard ones together."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.baseline.batches import epoch_batches

Rows = NDArray[np.int64]


def dataset(photos: int, people: int, seed: int = 0) -> tuple[Rows, Rows]:
    """Five identities of `people` in every photograph."""
    random = np.random.default_rng(seed)
    identities = [random.permutation(people)[:5] for _ in range(photos)]
    return np.repeat(np.arange(photos), 5), np.concatenate(identities)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=60),
    st.integers(1, 20),
    st.floats(0, 1),
    st.integers(0, 100),
)
@settings(max_examples=300, deadline=None)
def test_every_example_once_and_no_context_and_identity_twice_in_a_batch(
    pairs: list[tuple[int, int]], batch_size: int, hard_fraction: float, seed: int
) -> None:
    """Of any examples, copies among them."""
    contexts = np.array([pair[0] for pair in pairs], np.int64)
    identities = np.array([pair[1] for pair in pairs], np.int64)
    batches = epoch_batches(contexts, identities, batch_size, hard_fraction, seed, 0)
    rows = np.concatenate([np.zeros(0, np.int64), *batches])
    assert sorted(rows.tolist()) == list(range(len(pairs)))
    for batch in batches:
        assert 1 <= len(batch) <= batch_size
        found = {(int(contexts[row]), int(identities[row])) for row in batch}
        assert len(found) == len(batch)


@given(st.integers(1, 120), st.integers(1, 40), st.floats(0, 1), st.integers(0, 50))
@settings(max_examples=80, deadline=None)
def test_without_copies_batches_are_few_and_of_one_size(
    count: int, batch_size: int, hard_fraction: float, seed: int
) -> None:
    """No last batch of one example, from which nothing can be learnt."""
    contexts, identities = dataset(24, 15, seed)
    batches = epoch_batches(
        contexts[:count], identities[:count], batch_size, hard_fraction, seed, 3
    )
    sizes = [len(batch) for batch in batches]
    assert len(sizes) == -(-count // batch_size)
    assert max(sizes) - min(sizes) <= 1


def shares(kind: str, batches: list[Rows], contexts: Rows, identities: Rows) -> list[float]:
    """Of each batch, how many examples have a partner of the same context (or identity) in it."""
    key = contexts if kind == "context" else identities
    found = []
    for batch in batches:
        count = Counter(key[batch].tolist())
        found.append(float(np.mean([count[value] > 1 for value in key[batch].tolist()])))
    return found


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
def test_the_hard_share_of_a_batch_is_what_was_asked_for(fraction: float) -> None:
    """400 photographs in batches of 32: by chance hardly any two are of one photograph."""
    contexts, identities = dataset(400, 300)
    batches = epoch_batches(contexts, identities, 32, fraction, 1, 0)
    found = shares("context", batches, contexts, identities)
    assert np.mean(found) == pytest.approx(fraction, abs=0.15)
    if fraction == 0.5:
        assert min(found) > 0.3, "in every batch of the epoch"


def test_hard_examples_are_of_both_kinds() -> None:
    contexts, identities = dataset(400, 300)
    hard = epoch_batches(contexts, identities, 32, 0.5, 1, 0)
    random = epoch_batches(contexts, identities, 32, 0.0, 1, 0)
    of_hard, of_random = (
        np.mean(shares("identity", batches, contexts, identities)) for batches in (hard, random)
    )
    assert of_hard > of_random + 0.08
    whole = [max(Counter(contexts[batch].tolist()).values()) for batch in hard]
    assert np.mean([size == 5 for size in whole]) > 0.8, "whole photographs where there are"


def test_the_order_of_batches_does_not_follow_how_hard_they_are() -> None:
    """The one that was made last found the fewest partners; it is not the last of every epoch."""
    contexts, identities = dataset(40, 30)
    weakest = []
    for epoch in range(30):
        batches = epoch_batches(contexts, identities, 16, 1.0, 1, epoch)
        weakest.append(int(np.argmin(shares("context", batches, contexts, identities))))
    assert len(set(weakest)) > 7
    assert max(Counter(weakest).values()) < 9


def test_seed_and_epoch_decide_alone() -> None:
    contexts, identities = dataset(40, 30)

    def batches(seed: int, epoch: int) -> list[list[int]]:
        found = epoch_batches(contexts, identities, 16, 0.5, seed, epoch)
        return [batch.tolist() for batch in found]

    assert batches(1, 2) == batches(1, 2)
    assert batches(1, 2) != batches(1, 3)
    assert batches(1, 2) != batches(2, 2)
    np.random.default_rng(0).random()
    assert batches(1, 2) == batches(1, 2)


def test_what_cannot_be_is_refused() -> None:
    contexts, identities = dataset(2, 6)
    for size, fraction in ((0, 0.5), (4, -0.1), (4, 1.1), (4, float("nan"))):
        with pytest.raises(ValueError, match="hard share"):
            epoch_batches(contexts, identities, size, fraction, 0, 0)
    assert epoch_batches(contexts[:0], identities[:0], 4, 0.5, 0, 0) == []
