from __future__ import annotations

import tracemalloc
from dataclasses import asdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.quality.calibration import calibrate
from cocopfs.quality.cosines import on_grid
from cocopfs.records import (
    Box,
    Ethnicity,
    Face,
    Gender,
    Identity,
    Portrait,
    Threshold,
    pack_vector,
    unpack_vector,
)

FACE = Face(Box(0, 0, 10, 10), (0.0,) * 10, 1.0)
Group = tuple[Gender | None, Ethnicity | None]


def identity(number: int, group: Group, vectors: NDArray[np.float64]) -> Identity:
    """An identity with one portrait for each row of (n, d) vectors, the last one the reference."""
    *sources, reference = [
        Portrait(f"{number}/{place}", "", "", FACE, 0.0, pack_vector(vector))
        for place, vector in enumerate(vectors)
    ]
    return Identity(
        f"n{number:06d}", "", *group, (), tuple(sources), reference, reference.embedding
    )


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    scaled: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return scaled


def people(
    n: int, group: Group, *, start: int = 0, portraits: int = 3, d: int = 16
) -> list[Identity]:
    generator = np.random.default_rng((n, start, d))
    centres = generator.standard_normal((n, 1, d))
    noise = generator.standard_normal((n, portraits, d))
    return [
        identity(start + number, group, vectors)
        for number, vectors in enumerate(unit(centres + 0.7 * noise))
    ]


def brute_force(identities: list[Identity]) -> tuple[list[float], list[float]]:
    """All genuine and impostor scores of one group, pair by pair, from the vectors as given."""
    genuine: list[float] = []
    impostor: list[float] = []
    portraits = [
        (one.class_id, unpack_vector(portrait.embedding).astype(np.float64))
        for one in identities
        for portrait in (*one.sources, one.reference)
    ]
    for (owner, first), (other, second) in combinations(portraits, 2):
        (genuine if owner == other else impostor).append(float(first @ second))
    return genuine, impostor


def check(found: Threshold, genuine: list[float], impostor: list[float], far: float) -> None:
    assert found.far == far
    assert found.genuine_pairs == len(genuine)
    assert found.impostor_pairs == len(impostor)
    if genuine:
        assert found.genuine_mean == pytest.approx(np.mean(genuine), abs=1e-7)
    if impostor:
        assert found.impostor_mean == pytest.approx(np.mean(impostor), abs=1e-7)
        assert found.impostor_highest == pytest.approx(max(impostor), abs=1e-7)
    if len(impostor) * far >= 10:
        assert found.threshold is not None
        assert found.far_bound is None
        scores = np.array(impostor)
        # The definition, with the 1e-7 that scores are rounded by.
        assert np.mean(scores >= found.threshold + 1e-7) <= far
        assert np.mean(scores >= found.threshold - 1e-7) > far
    else:
        assert found.threshold is None


WOMEN: Group = (Gender.FEMALE, Ethnicity.BLACK)
MEN: Group = (Gender.MALE, Ethnicity.ASIAN)


@pytest.mark.parametrize("far", [0.3, 0.01, 0.001])
def test_scores_agree_with_brute_force(far: float) -> None:
    women, men = people(40, WOMEN), people(30, MEN, start=100, portraits=4)
    overall, *groups = calibrate(women + men, far)
    assert [(row.gender, row.ethnicity) for row in groups] == [WOMEN, MEN]
    of_women, of_men = brute_force(women), brute_force(men)
    check(groups[0], *of_women, far)
    check(groups[1], *of_men, far)
    assert (overall.gender, overall.ethnicity) == (None, None)
    check(overall, of_women[0] + of_men[0], of_women[1] + of_men[1], far)


def test_groups_of_many_blocks_agree_with_brute_force() -> None:
    """More portraits than are compared at once, more scores than are held at once."""
    crowd = people(700, MEN, portraits=3, d=8)
    vectors = np.array(
        [unpack_vector(p.embedding) for one in crowd for p in (*one.sources, one.reference)], float
    )
    owners = np.repeat(np.arange(700), 3)
    scores = vectors @ vectors.T
    upper = np.triu(np.ones_like(scores, bool), 1)
    same = owners[:, None] == owners
    for far in (0.001, 0.6):
        _, found = calibrate(crowd, far)
        check(found, scores[upper & same].tolist(), scores[upper & ~same].tolist(), far)


@given(
    st.lists(st.integers(0, 20), min_size=9, max_size=40),
    st.sampled_from([0.05, 0.1, 0.29, 0.5, 0.9]),
)
@settings(deadline=None)
def test_the_threshold_is_the_smallest_that_keeps_the_far_ties_or_not(
    degrees: list[int], far: float
) -> None:
    """One portrait an identity, few different directions: most scores tie."""
    vectors = np.array([[np.cos(np.radians(x)), np.sin(np.radians(x))] for x in degrees])
    crowd = [identity(n, MEN, vector[None]) for n, vector in enumerate(vectors)]
    _, found = calibrate(crowd, far)
    grid = on_grid(vectors.astype(np.float32))
    scores = (grid @ grid.T)[np.triu_indices(len(grid), 1)]
    if found.threshold is None:
        assert len(scores) * far < 10
        return
    assert np.mean(scores >= found.threshold) <= far
    assert np.mean(scores >= np.nextafter(found.threshold, -np.inf)) > far


def test_a_far_is_meant_as_it_is_written() -> None:
    """0.29 · 100 is 28.999999999999996 in floating point; 29 of 100 impostors may pass."""
    # 25 × 4 impostor pairs between two identities, all different
    left, right = np.radians(np.arange(25) * 0.5), np.radians(40 + np.arange(4) * 0.01)
    crowd = [
        identity(n, MEN, np.column_stack([np.cos(angles), np.sin(angles)]))
        for n, angles in enumerate((left, right))
    ]
    _, found = calibrate(crowd, 0.29)
    assert found.impostor_pairs == 100
    scores = np.array(brute_force(crowd)[1])
    assert found.threshold is not None
    assert np.sum(scores >= found.threshold) == 29


def test_impostors_who_all_tie_at_the_top_let_nobody_pass() -> None:
    crowd = [identity(n, MEN, np.array([[1.0, 0.0]])) for n in range(15)]
    _, found = calibrate(crowd, 0.1)
    assert found.impostor_pairs == 105
    assert found.threshold is not None
    assert found.threshold > 1.0


# --- too few --------------------------------------------------------------------------------------


def test_too_few_impostors_give_a_bound_in_place_of_a_threshold() -> None:
    few, enough = people(5, WOMEN, portraits=2), people(6, MEN, start=10, portraits=2)
    _, of_women, of_men = calibrate(few + enough, 0.2)
    assert of_women.impostor_pairs == 40  # 10 / 0.2 are needed
    assert of_women.threshold is None
    assert of_women.far_bound == 3 / 40
    assert of_women.impostor_highest == pytest.approx(max(brute_force(few)[1]), abs=1e-7)
    assert of_men.impostor_pairs == 60
    assert of_men.threshold is not None
    assert of_men.far_bound is None


def test_a_group_of_one_has_no_impostors() -> None:
    _, found = calibrate(people(1, WOMEN), 0.001)
    assert found.genuine_pairs == 3
    assert found.impostor_pairs == 0
    assert found.impostor_mean is found.impostor_highest is found.threshold is None
    assert found.far_bound is None


def test_a_rate_is_never_bounded_above_one() -> None:
    _, found = calibrate(people(2, WOMEN, portraits=1), 0.001)
    assert found.impostor_pairs == 1
    assert found.far_bound == 1.0


def test_an_empty_gallery_has_an_overall_row() -> None:
    (found,) = calibrate([], 0.001)
    known = {name: value for name, value in asdict(found).items() if value is not None}
    assert known == {"identities": 0, "genuine_pairs": 0, "impostor_pairs": 0, "far": 0.001}


def test_the_tar_above_all_impostors_goes_with_the_bound() -> None:
    few = people(5, WOMEN, portraits=2)
    _, found = calibrate(few, 0.2)
    genuine, impostor = brute_force(few)
    assert found.tar_at_bound == np.mean(np.array(genuine) > max(impostor))
    assert calibrate(people(6, MEN, portraits=2), 0.2)[1].tar_at_bound is None


def test_a_tar_needs_as_many_impostors_as_a_threshold() -> None:
    _, found = calibrate(people(24, MEN, portraits=2), 0.2)  # 1,104 impostor pairs
    assert found.tar_at_1e2 is not None
    assert found.tar_at_1e3 is None


# --- error rates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "d"), [(60, 8), (150, 24)])
def test_error_rates_are_those_of_scikit_learns_roc(count: int, d: int) -> None:
    roc_curve = pytest.importorskip("sklearn.metrics").roc_curve
    women, men = people(count, WOMEN, d=d), people(count, MEN, start=count, d=d)
    overall, *groups = calibrate(women + men, 0.01)
    scores = {WOMEN: brute_force(women), MEN: brute_force(men)}
    pooled = tuple(a + b for a, b in zip(*scores.values(), strict=True))
    for row, (genuine, impostor) in (
        (overall, pooled),
        *((row, scores[row.gender, row.ethnicity]) for row in groups),
    ):
        labels = np.repeat([1, 0], [len(genuine), len(impostor)])
        far, tar, _ = roc_curve(labels, np.array(genuine + impostor), drop_intermediate=False)
        assert row.eer == pytest.approx(np.interp(1, far + tar, far), abs=1e-12)
        assert row.tar_at_1e2 == tar[far <= 1e-2].max()
        if len(impostor) >= 10_000:
            assert row.tar_at_1e3 == tar[far <= 1e-3].max()
        else:
            assert row.tar_at_1e3 is None


# --- groups ---------------------------------------------------------------------------------------


def test_without_ethnicities_the_groups_are_genders() -> None:
    women = people(10, (Gender.FEMALE, None))
    men = people(10, (Gender.MALE, None), start=20)
    found = calibrate(men + women, 0.1)
    assert [(row.gender, row.ethnicity) for row in found] == [
        (None, None),
        (Gender.FEMALE, None),
        (Gender.MALE, None),
    ]
    check(found[1], *brute_force(women), 0.1)


def test_people_of_whom_nothing_is_known_count_overall_only() -> None:
    unknown, men = people(8, (None, None)), people(8, MEN, start=20)
    overall, of_men = calibrate(unknown + men, 0.1)
    check(of_men, *brute_force(men), 0.1)
    genuine, impostor = (a + b for a, b in zip(brute_force(unknown), brute_force(men), strict=True))
    check(overall, genuine, impostor, 0.1)


def test_one_group_is_measured_alike_with_and_without_others() -> None:
    women, men = people(20, WOMEN), people(20, MEN, start=50)
    assert calibrate(women + men, 0.05)[1] == calibrate(women, 0.05)[1]


# --- the same everywhere --------------------------------------------------------------------------


def test_order_of_identities_is_nothing() -> None:
    crowd = people(30, WOMEN) + people(30, MEN, start=50)
    assert calibrate(crowd[::-1], 0.01) == calibrate(crowd, 0.01)


def test_scores_do_not_depend_on_how_numbers_are_added_up() -> None:
    """A permutation of the embedding's coordinates changes the order of every sum."""
    generator = np.random.default_rng(1)
    vectors = unit(generator.standard_normal((60, 2, 512)))
    crowd = [identity(n, MEN, rows) for n, rows in enumerate(vectors)]
    permutation = generator.permutation(512)
    permuted = [identity(n, MEN, rows[:, permutation]) for n, rows in enumerate(vectors)]
    assert calibrate(permuted, 0.01) == calibrate(crowd, 0.01)


def test_the_grid_costs_less_than_1e_7() -> None:
    vectors = unit(np.random.default_rng(2).standard_normal((200, 512)))
    difference = on_grid(vectors) @ on_grid(vectors).T - vectors @ vectors.T
    assert np.abs(difference).max() < 1e-7


def test_nonsense_is_an_error() -> None:
    with pytest.raises(ValueError, match="far is 0, expected between 0 and 1"):
        calibrate([], 0)
    with pytest.raises(ValueError, match="class id"):
        calibrate(people(1, MEN) * 2, 0.1)


def test_the_largest_group_of_vggface2_fits_in_memory() -> None:
    """3,500 identities × 5 portraits of 512 numbers are 153 million pairs."""
    crowd = people(3500, MEN, portraits=5, d=512)
    tracemalloc.start()
    try:
        overall, found = calibrate(crowd, 0.001)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**29
    assert found.impostor_pairs == (17_500**2 - 3500 * 25) // 2
    assert found.threshold is not None
    assert overall.threshold == found.threshold
