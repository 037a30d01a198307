from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocopfs.recipe import MatchPart
from cocopfs.records import Ethnicity, Gender, MatchIdentity, Split, pack_vector
from cocopfs.stages.splits import identity_splits, photo_split

LEFT_ALONE = MatchPart(near_duplicate=1.0)


def identity(
    number: int,
    gender: Gender | None = Gender.FEMALE,
    ethnicity: Ethnicity | None = Ethnicity.WHITE,
    degrees: float = 0.0,
) -> MatchIdentity:
    """An identity whose medoid lies in a plane: cosines are those of the angles."""
    medoid = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    return MatchIdentity(f"n{number:06d}", gender, ethnicity, pack_vector(medoid))


def counts(splits: dict[str, Split]) -> tuple[int, int, int]:
    found = Counter(splits.values())
    return found[Split.TRAIN], found[Split.VALIDATION], found[Split.TEST]


# --- photographs ----------------------------------------------------------------------------------


def test_train2017_is_train_and_val2017_is_validation_and_test() -> None:
    train = {photo_split("train2017", n, "coco", 0) for n in range(1000)}
    held_out = {photo_split("val2017", n, "coco", 0) for n in range(1000)}
    assert train == {Split.TRAIN}
    assert held_out == {Split.VALIDATION, Split.TEST}


def test_val2017_is_halved() -> None:
    test = sum(photo_split("val2017", n, "coco", 7) is Split.TEST for n in range(10_000))
    assert abs(test - 5000) < 4 * 50  # four standard deviations of a fair coin


def test_halves_never_change_between_versions() -> None:
    letters = "".join(photo_split("val2017", n, "coco", 0)[0] for n in range(139, 159))
    assert letters == "tvvvtttvvtvtvvttttvt"


def test_another_seed_makes_other_halves() -> None:
    first, second = (
        [photo_split("val2017", n, "coco", seed) for n in range(100)] for seed in (0, 1)
    )
    assert first != second


def test_a_trial_has_everything_in_train() -> None:
    assert photo_split("val2017", 139, "train", 0) is Split.TRAIN
    splits = identity_splits([identity(n) for n in range(30)], MatchPart(splits="train"), 0)
    assert set(splits.values()) == {Split.TRAIN}


# --- identities -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "expected"),
    [
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
        (2, (2, 0, 0)),
        (3, (1, 1, 1)),
        (9, (3, 3, 3)),
        (14, (6, 4, 4)),
        (15, (5, 5, 5)),
        (16, (6, 5, 5)),
        (100, (90, 5, 5)),
        (1000, (920, 40, 40)),
    ],
)
def test_small_strata_still_serve_validation_and_test(
    n: int, expected: tuple[int, int, int]
) -> None:
    splits = identity_splits([identity(number) for number in range(n)], LEFT_ALONE, 0)
    assert counts(splits) == expected


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((1.0, 0.0, 0.0), (11, 0, 0)),
        ((0.0, 0.5, 0.5), (0, 6, 5)),
        ((0.0, 0.0, 1.0), (0, 0, 11)),
        ((0.1, 0.8, 0.1), (1, 7, 3)),
    ],
)
def test_a_share_of_nothing_gets_nothing(
    shares: tuple[float, float, float], expected: tuple[int, int, int]
) -> None:
    part = MatchPart(near_duplicate=1.0, identity_shares=shares)
    assert counts(identity_splits([identity(n) for n in range(11)], part, 0)) == expected


def test_every_stratum_is_divided_by_itself() -> None:
    women = [identity(n) for n in range(60)]
    men = [identity(n, Gender.MALE, Ethnicity.ASIAN) for n in range(100, 107)]
    together = identity_splits(women + men, LEFT_ALONE, 3)
    assert together == {
        **identity_splits(women, LEFT_ALONE, 3),
        **identity_splits(men, LEFT_ALONE, 3),
    }
    assert counts({key: together[key] for key in (one.class_id for one in men)}) == (3, 2, 2)


def test_strata_are_those_that_matching_uses() -> None:
    part = MatchPart(by=("gender",), near_duplicate=1.0)
    gallery = [identity(n, ethnicity=ethnicity) for n, ethnicity in enumerate(Ethnicity)]
    assert counts(identity_splits(gallery, part, 0)) == (2, 2, 2)
    assert counts(identity_splits(gallery, LEFT_ALONE, 0)) == (6, 0, 0)


def test_a_chain_of_near_duplicates_stays_together() -> None:
    chain = [identity(n, degrees=20.0 * n) for n in range(5)]  # the ends are at a right angle
    others = [identity(n, degrees=180.0 + n) for n in range(10, 40)]
    part = MatchPart(near_duplicate=0.9)
    for seed in range(20):
        splits = identity_splits(chain + others, part, seed)
        assert len({splits[one.class_id] for one in chain}) == 1


def test_near_duplicates_of_two_strata_count_for_the_smallest_class_id() -> None:
    women = [identity(n, degrees=30.0 * n) for n in range(3)]
    men = [identity(n, Gender.MALE, degrees=30.0 * n) for n in range(3, 6)]
    twin = identity(9, Gender.MALE, degrees=0.0)
    part = MatchPart(near_duplicate=0.99)
    alone = identity_splits(women + men, part, 0)
    joined = identity_splits([*women, *men, twin], part, 0)
    assert joined["n000009"] == joined["n000000"]
    assert [joined[one.class_id] for one in men] == [alone[one.class_id] for one in men]


def test_a_class_id_that_comes_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="'n000001' comes twice"):
        identity_splits([identity(1), identity(2), identity(1)], LEFT_ALONE, 0)


def test_near_duplicates_do_not_depend_on_how_numbers_are_added_up() -> None:
    """A cosine exactly at the threshold is on the same side on every machine: here the order of the
    sum is changed, which in plain floating point would change its last bits."""
    generator = np.random.default_rng(5)
    vectors = generator.standard_normal((3, 512))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    exact = sum(
        Fraction(round(float(a) * 2**26) * round(float(b) * 2**26))
        for a, b in zip(*vectors[:2], strict=True)
    )
    cosine = float(exact / 2**52)
    below = float(np.nextafter(cosine, -1))
    for _ in range(50):
        gallery = [
            MatchIdentity(f"n{n:06d}", Gender.MALE, Ethnicity.WHITE, pack_vector(vector))
            for n, vector in enumerate(vectors[:, generator.permutation(512)])
        ]
        apart = identity_splits(gallery, MatchPart(near_duplicate=cosine), 0)
        together = identity_splits(gallery, MatchPart(near_duplicate=below), 0)
        assert counts(apart) == (1, 1, 1)
        assert together["n000000"] == together["n000001"]


galleries = st.lists(
    st.tuples(
        st.sampled_from([*Gender, None]),
        st.sampled_from([Ethnicity.ASIAN, Ethnicity.WHITE, None]),
        st.integers(0, 35),
    ),
    max_size=40,
).map(
    lambda rows: [
        identity(n, gender, ethnicity, 10.0 * tens)
        for n, (gender, ethnicity, tens) in enumerate(rows)
    ]
)


@given(
    galleries,
    st.floats(-1, 1),
    st.integers(1, 6),
    st.integers(0, 2**32),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=150)
def test_any_gallery_is_divided_whole_in_any_order_without_parting_near_duplicates(
    gallery: list[MatchIdentity],
    threshold: float,
    per_photo: int,
    seed: int,
    chance: random.Random,
) -> None:
    part = MatchPart(near_duplicate=threshold, identities_per_photo=per_photo)
    splits = identity_splits(gallery, part, seed)
    assert list(splits) == [one.class_id for one in gallery]
    shuffled = gallery.copy()
    chance.shuffle(shuffled)
    assert identity_splits(shuffled, part, seed) == splits
    for one in gallery:
        for other in gallery:
            first, second = (np.frombuffer(x.medoid, "<f4").astype(float) for x in (one, other))
            if first @ second > threshold + 1e-6:
                assert splits[one.class_id] == splits[other.class_id]
