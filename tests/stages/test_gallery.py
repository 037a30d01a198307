from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.recipe import EnrollPart
from cocopfs.records import Box, Face, unpack_vector
from cocopfs.stages.gallery import Candidate, Chosen, choose_portraits, frontality, quality

PART = EnrollPart()
# Where the landmarks of a frontal face lie in a recogniser's 112 × 112 input (ArcFace).
FRONTAL = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)


def face(points: NDArray[np.float64] = FRONTAL) -> Face:
    return Face(Box(0, 0, 112, 112), tuple(float(x) for x in points.ravel()), 0.9)


def embedding(place: int, degrees: float, d: int = 32) -> NDArray[np.float32]:
    """A unit vector that many degrees from the person's centre, in a direction of its own: the
    cosine of two is the product of theirs to the centre."""
    vector = np.zeros(d)
    vector[0], vector[place + 1] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return vector.astype(np.float32)


def candidate(
    place: int,
    degrees: float = 30.0,
    *,
    sharpness: float = 500.0,
    points: NDArray[np.float64] = FRONTAL,
    digest: str | None = None,
    vector: NDArray[np.float32] | None = None,
) -> Candidate:
    return Candidate(
        portrait_id=f"n000001/{place:04d}_01",
        path=f"train/n000001/{place:04d}_01.jpg",
        file_digest=digest or f"digest {place}",
        face=face(points),
        sharpness=sharpness,
        embedding=embedding(place, degrees) if vector is None else vector,
    )


def names(chosen: Chosen | None) -> tuple[list[int], int]:
    """The places of the sources and of the reference."""
    assert chosen is not None
    return [int(p.portrait_id[8:12]) for p in chosen.sources], int(
        chosen.reference.portrait_id[8:12]
    )


# --- who is chosen --------------------------------------------------------------------------------


def test_the_best_is_a_source_the_second_best_the_reference_then_come_more_sources() -> None:
    candidates = [candidate(n, sharpness=100.0 * (n + 1)) for n in range(7)]
    assert names(choose_portraits(candidates, PART)) == ([6, 4, 3, 2], 5)
    one = EnrollPart(sources_per_identity=1)
    assert names(choose_portraits(candidates, one)) == ([6], 5)


def test_two_portraits_make_an_identity_and_one_does_not() -> None:
    assert names(choose_portraits([candidate(0), candidate(1, sharpness=900)], PART)) == ([1], 0)
    assert choose_portraits([candidate(0)], PART) is None
    assert choose_portraits([], PART) is None


def test_equals_are_ordered_by_their_names() -> None:
    assert names(choose_portraits([candidate(n) for n in (3, 1, 2)], PART))[1] != 1
    two = [candidate(2), candidate(1)]
    assert names(choose_portraits(two, PART)) == ([1], 2)


def test_portraits_keep_what_was_found() -> None:
    given_one = candidate(1, sharpness=900.0)
    chosen = choose_portraits([given_one, candidate(2)], PART)
    assert chosen is not None
    [source] = chosen.sources
    assert source.portrait_id == given_one.portrait_id
    assert source.path == given_one.path
    assert source.file_digest == given_one.file_digest
    assert source.face == given_one.face
    assert np.array_equal(unpack_vector(source.embedding), given_one.embedding)
    assert source.quality > chosen.reference.quality > 0


def test_the_medoid_is_the_portrait_nearest_to_all_others() -> None:
    candidates = [candidate(n, degrees) for n, degrees in enumerate((40, 50, 10, 45))]
    chosen = choose_portraits(candidates, PART)
    assert chosen is not None
    assert np.array_equal(unpack_vector(chosen.medoid), candidates[2].embedding)


# --- who leaves -----------------------------------------------------------------------------------


def test_somebody_else_leaves_however_good_the_picture() -> None:
    stranger = candidate(9, 85.0, sharpness=9000.0)  # cosine 0.08 to the medoid
    chosen = choose_portraits([candidate(n) for n in range(3)] + [stranger], PART)
    assert names(chosen) == ([0, 2], 1)


def test_two_strangers_are_nobody() -> None:
    assert choose_portraits([candidate(0, 80.0), candidate(1, 80.0)], PART) is None


@pytest.mark.parametrize("by", ["digest", "embedding"])
def test_a_copy_is_never_source_and_reference(by: str) -> None:
    original = candidate(0, sharpness=900.0)
    if by == "digest":
        copy = candidate(1, sharpness=900.0, digest=original.file_digest)
    else:
        nearly = original.embedding.copy()
        nearly[20] = 0.09  # cosine 0.996
        copy = candidate(1, sharpness=900.0, vector=nearly / np.linalg.norm(nearly))
    assert choose_portraits([original, copy], PART) is None
    assert names(choose_portraits([original, copy, candidate(2)], PART)) == ([0], 2)


def test_alike_is_not_a_copy() -> None:
    first = candidate(0)
    alike = first.embedding.copy()
    alike[20] = 0.6  # cosine 0.857: another picture of one person
    second = candidate(1, vector=alike / np.linalg.norm(alike))
    assert choose_portraits([first, second], PART) is not None


def test_copies_do_not_outvote_the_others() -> None:
    """Five copies of a stranger are one portrait when the medoid is sought."""
    stranger = embedding(20, 88.0)
    copies = [candidate(n, vector=stranger) for n in range(5)]
    people = [candidate(n, 20.0) for n in range(5, 8)]
    sources, reference = names(choose_portraits(copies + people, PART))
    assert {*sources, reference} == {5, 6, 7}


def test_a_portrait_id_that_comes_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="n000001/0001_01"):
        choose_portraits([candidate(1), candidate(1)], PART)


# --- any folder -----------------------------------------------------------------------------------

folders = st.lists(
    st.tuples(st.floats(0, 90), st.floats(0, 5000), st.integers(0, 6)), max_size=10
).map(
    lambda rows: [
        candidate(n, degrees, sharpness=sharpness, digest=f"digest {digest}")
        for n, (degrees, sharpness, digest) in enumerate(rows)
    ]
)


@given(folders, st.integers(1, 5), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_whatever_the_folder_the_reference_is_nobodys_source(
    folder: list[Candidate], sources: int, chance: random.Random
) -> None:
    part = EnrollPart(sources_per_identity=sources)
    chosen = choose_portraits(folder, part)
    shuffled = folder.copy()
    chance.shuffle(shuffled)
    assert choose_portraits(shuffled, part) == chosen
    if chosen is None:
        return
    assert 1 <= len(chosen.sources) <= sources
    assert chosen.reference.file_digest not in {one.file_digest for one in chosen.sources}
    medoid = unpack_vector(chosen.medoid)
    for one in (*chosen.sources, chosen.reference):
        assert unpack_vector(one.embedding) @ medoid >= part.min_similarity - 1e-6
    ranks = [one.quality for one in (chosen.sources[0], chosen.reference, *chosen.sources[1:])]
    assert ranks == sorted(ranks, reverse=True)


# --- quality --------------------------------------------------------------------------------------


def turned(sideways: float = 0.0, down: float = 0.0) -> NDArray[np.float64]:
    points = FRONTAL.copy()
    points[2] += [sideways, down]
    return points


def test_each_respect_counts() -> None:
    base = candidate(0, points=turned(3.0) * 0.8)
    plain = quality(base, 0.8)
    assert 0 < plain < quality(base, 0.9) < 1
    assert plain < quality(candidate(0, points=turned(3.0) * 0.8, sharpness=600.0), 0.8)
    assert plain < quality(candidate(0, points=turned(3.0)), 0.8)
    assert plain < quality(candidate(0, points=turned(1.0) * 0.8), 0.8)


def test_size_is_enough_at_64_pixels_between_the_eyes() -> None:
    large = quality(candidate(0, points=FRONTAL * 2), 1.0)  # 70 px
    assert quality(candidate(0, points=FRONTAL * 4), 1.0) == pytest.approx(large, rel=1e-5)
    assert quality(candidate(0, points=FRONTAL), 1.0) < 0.6 * large


def test_a_frontal_face_is_frontal() -> None:
    assert frontality(face()) > 0.97


def test_a_head_that_turns_is_less_and_less_frontal() -> None:
    aside = [frontality(face(turned(sideways=x))) for x in (0, 4, 8, 12, 16, 18, 30)]
    assert aside == sorted(aside, reverse=True)
    assert aside[-2:] == [0.0, 0.0]  # the nose under an eye, and beyond
    for direction in (-1, 1):
        nods = [frontality(face(turned(down=direction * y))) for y in (0, 5, 10, 15, 25)]
        assert nods == sorted(nods, reverse=True)
        assert nods[-1] == 0.0


@given(
    st.floats(-12, 12),
    st.floats(-12, 12),
    st.floats(-np.pi, np.pi),
    st.floats(0.3, 20),
    st.floats(-500, 500),
)
def test_roll_size_place_and_mirror_do_not_matter(
    sideways: float, down: float, angle: float, scale: float, shift: float
) -> None:
    points = turned(sideways, down)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = frontality(face(points))
    assert 0 <= expected <= 1
    assert frontality(face(points @ rotation.T * scale + shift)) == pytest.approx(
        expected, abs=1e-3
    )
    mirrored = (points * [-1, 1] + [111, 0])[[1, 0, 2, 4, 3]]
    assert frontality(face(mirrored)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((5, 2)),
        np.column_stack([np.arange(5.0), np.zeros(5)]),
        FRONTAL[[0, 1, 2, 0, 1]],
        FRONTAL[[3, 4, 2, 0, 1]],
    ],
    ids=["one point", "a line", "mouth at the eyes", "mouth above the eyes"],
)
def test_landmarks_that_make_no_face_are_not_frontal(points: NDArray[np.float64]) -> None:
    assert frontality(face(points)) == 0.0
