"""Controls give what is known beforehand: wrong faces chance, faces of the same photo less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.baseline.controls import (
    NOBODY,
    at_cosine,
    derangement,
    replaced_faces,
    wrong_identities,
)
from cocopfs.baseline.retrieval import chance_within, pick_within, recall_at
from tests.baseline.test_batches import dataset
from tests.baseline.test_retrieval import unit

Rows = NDArray[np.int64]
Labels = dict[int, str | None]


def groups(people: int) -> tuple[Labels, Labels]:
    """Two genders, each with two ethnicities, by number."""
    genders: Labels = {person: ("female", "male")[person % 2] for person in range(people)}
    ethnicities: Labels = {person: ("asian", "white")[person // 2 % 2] for person in range(people)}
    return genders, ethnicities


def matched(photos: int, people: int, seed: int) -> tuple[Rows, Rows]:
    """Photographs whose five identities are of one gender and ethnicity."""
    random = np.random.default_rng(seed)
    rows = []
    for photo in range(photos):
        members = np.arange(photo % 4, people, 4)
        rows.append(random.permutation(members)[:5])
    return np.repeat(np.arange(photos), 5), np.concatenate(rows)


def test_a_wrong_identity_is_of_the_same_group_and_not_in_the_photograph() -> None:
    contexts, identities = matched(60, 60, 0)
    genders, ethnicities = groups(60)
    first = np.zeros(len(contexts), np.int64)
    found = wrong_identities(contexts, first, identities, genders, ethnicities, 1)
    assert (found.same_group, found.same_gender, found.other, found.nobody) == (300, 0, 0, 0)
    assert set(found.identity.tolist()) <= set(identities.tolist()), "of the split"
    for context, identity, wrong in zip(contexts, identities, found.identity, strict=True):
        assert wrong not in identities[contexts == context]
        assert genders[int(wrong)] == genders[int(identity)]
        assert ethnicities[int(wrong)] == ethnicities[int(identity)]
    again = wrong_identities(contexts, first, identities, genders, ethnicities, 1)
    np.testing.assert_array_equal(found.identity, again.identity)
    other = wrong_identities(contexts, first, identities, genders, ethnicities, 2)
    assert (found.identity != other.identity).any()


def test_a_caption_of_a_photograph_has_one_wrong_identity_for_all_its_swaps() -> None:
    contexts, identities = (np.repeat(values, 3) for values in matched(40, 60, 0))
    captions = np.tile(np.arange(3), 200)
    found = wrong_identities(contexts, captions, identities, *groups(60), 1).identity
    drawn: dict[tuple[int, int], int] = {}
    for key, wrong in zip(zip(contexts, captions, strict=True), found, strict=True):
        assert drawn.setdefault((int(key[0]), int(key[1])), wrong) == wrong
    assert len(drawn) == 120
    assert any(drawn[0, n] != drawn[0, 0] for n in (1, 2)), "each caption draws for itself"


def test_the_fallbacks_are_counted() -> None:
    """One photograph has all white men but none other, one all of everybody."""
    genders: Labels = {0: "male", 1: "male", 2: "male", 3: "female", 4: None}
    ethnicities: Labels = {0: "white", 1: "white", 2: "asian", 3: "white", 4: None}
    contexts = np.array([0, 0, 1, 2, 3, 3, 3, 3, 3])
    identities = np.array([0, 1, 2, 3, 0, 1, 2, 3, 4])
    first = np.zeros(len(contexts), np.int64)
    found = wrong_identities(contexts, first, identities, genders, ethnicities, 0)
    assert found.identity[:2].tolist() == [2, 2]  # the only other man
    assert found.identity[2] in (0, 1)
    assert found.identity[3] != 3  # no other woman: anybody
    assert found.identity[4:].tolist() == [NOBODY] * 5
    assert (found.same_group, found.same_gender, found.other, found.nobody) == (0, 3, 1, 5)


def faces_of(people: int, seed: int) -> NDArray[np.float32]:
    """Faces that tell the group as well as the person."""
    genders, ethnicities = groups(people)
    names = [f"{genders[person]} {ethnicities[person]}" for person in range(people)]
    centres = dict(zip(sorted(set(names)), unit(4, 64, seed), strict=True))
    faces = np.stack([centres[name] for name in names]) + 0.7 * unit(people, 64, seed + 1)
    return np.asarray(faces / np.linalg.norm(faces, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_wrong_identities_pick_by_chance_exactly(mixed: bool, seed: int) -> None:
    """The face oracle with somebody else's face, in photographs of one group and of several."""
    contexts, identities = dataset(400, 80, 3) if mixed else matched(400, 80, 3)
    faces = faces_of(80, 4)
    pictures = at_cosine(faces[identities], 0.96, 5)
    target = np.arange(len(contexts))
    own = recall_at(pick_within(faces[identities], pictures, target, contexts), 1)
    assert own.mean() > 0.95
    first = np.zeros(len(contexts), np.int64)
    found = wrong_identities(contexts, first, identities, *groups(80), seed).identity
    picks = recall_at(pick_within(faces[found], pictures, target, contexts), 1)
    assert picks.mean() == pytest.approx(chance_within(target, contexts).mean(), abs=1e-12)
    assert set(picks.tolist()) == {0.0, 1.0}, "no query for itself is by chance"


def test_faces_of_the_same_photograph_pick_less_than_chance() -> None:
    contexts, identities = matched(100, 80, 3)
    faces = faces_of(80, 4)
    pictures = at_cosine(faces[identities], 0.96, 5)
    target = np.arange(len(contexts))
    found = faces[derangement(contexts, identities, 7)]
    assert recall_at(pick_within(found, pictures, target, contexts), 1).mean() < 0.05


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), max_size=40), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_a_derangement_gives_everybody_another_one_of_the_photograph(
    pairs: list[tuple[int, int]], seed: int
) -> None:
    """Several queries of one photograph and identity get the same face."""
    contexts = np.array([pair[0] for pair in pairs], np.int64)
    identities = np.array([pair[1] for pair in pairs], np.int64)
    found = derangement(contexts, identities, seed)
    for context in np.unique(contexts):
        rows = contexts == context
        own = sorted(set(identities[rows].tolist()))
        replaced = {(int(a), int(b)) for a, b in zip(identities[rows], found[rows], strict=True)}
        if len(own) == 1:
            assert set(found[rows].tolist()) == {NOBODY}
            continue
        assert sorted(a for a, _ in replaced) == sorted(b for _, b in replaced) == own
        assert all(a != b for a, b in replaced)


@pytest.mark.parametrize("cosine", [1.0, 0.9, 0.5, 0.0, -0.3])
def test_noise_at_a_cosine(cosine: float) -> None:
    faces = unit(200, 64, 0)
    found = at_cosine(faces, cosine, 1)
    np.testing.assert_allclose((faces * found).sum(axis=1), cosine, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(found, at_cosine(faces, cosine, 1))
    if abs(cosine) < 1:
        assert (found != at_cosine(faces, cosine, 2)).any()
        other = at_cosine(faces, cosine / 2, 1)
        away, too = (part - (part * faces).sum(1)[:, None] * faces for part in (found, other))
        lengths = np.linalg.norm(away, axis=1) * np.linalg.norm(too, axis=1)
        np.testing.assert_allclose((away * too).sum(axis=1) / lengths, 1, atol=1e-4)


def test_noise_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="cosine"):
        at_cosine(unit(2, 4, 0), 1.5, 0)


def test_queries_without_a_replacement_are_told() -> None:
    faces = {3: unit(1, 4, 0)[0], 7: unit(1, 4, 1)[0]}
    found, some = replaced_faces(faces, [7, NOBODY, 3])
    assert some.tolist() == [True, False, True]
    np.testing.assert_array_equal(found, [faces[7], np.zeros(4), faces[3]])
