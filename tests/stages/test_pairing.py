from __future__ import annotations

import csv
import random
import tracemalloc
from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocopfs.recipe import MatchPart
from cocopfs.records import (
    Ethnicity,
    Gender,
    ItemKind,
    MatchIdentity,
    MatchPhoto,
    MatchRule,
    Pairing,
    Reason,
    Split,
    pack_vector,
)
from cocopfs.stages.pairing import pair
from cocopfs.stages.splits import identity_splits, photo_split, stratum

GENDER_ONLY = MatchPart(by=("gender",), splits="train", near_duplicate=1.0)
BOTH = MatchPart(splits="train", near_duplicate=1.0)
NO_FALLBACK = MatchPart(splits="train", near_duplicate=1.0, fallback=())


def photo(
    number: int,
    gender: Gender | None = Gender.MALE,
    ethnicity: Ethnicity | None = Ethnicity.WHITE,
    subset: str = "val2017",
) -> MatchPhoto:
    return MatchPhoto(number, subset, gender, ethnicity)


def identity(
    number: int,
    gender: Gender | None = Gender.MALE,
    ethnicity: Ethnicity | None = Ethnicity.WHITE,
) -> MatchIdentity:
    return MatchIdentity(f"n{number:06d}", gender, ethnicity, pack_vector(np.array([1.0, 0.0])))


def uses(pairings: list[Pairing], gallery: list[MatchIdentity]) -> list[int]:
    found = Counter(pairing.class_id for pairing in pairings)
    return [found[one.class_id] for one in gallery]


# --- exact matches --------------------------------------------------------------------------------


@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 60), st.integers(0, 2**32))
@settings(deadline=None)
def test_every_identity_is_used_equally_often_within_one(
    identities: int, per_photo: int, photos: int, seed: int
) -> None:
    part = NO_FALLBACK.model_copy(update={"identities_per_photo": per_photo})
    gallery = [identity(n) for n in range(identities)]
    pairings, rejections = pair([photo(n) for n in range(photos)], gallery, part, seed)
    assert rejections == []
    assert len(set(pairings)) == len(pairings) == photos * min(per_photo, identities)
    assert max(uses(pairings, gallery)) - min(uses(pairings, gallery)) <= 1


def test_not_everybody_meets_the_same_company() -> None:
    """Rounds are shuffled afresh: the sets of five do not repeat."""
    pairings, _ = pair([photo(n) for n in range(100)], [identity(n) for n in range(20)], BOTH, 0)
    company = defaultdict(set)
    for pairing in pairings:
        company[pairing.photo_id].add(pairing.class_id)
    assert len({frozenset(one) for one in company.values()}) > 90


def test_another_seed_draws_other_lots() -> None:
    photos, gallery = [photo(n) for n in range(10)], [identity(n) for n in range(50)]
    assert pair(photos, gallery, BOTH, 0) != pair(photos, gallery, BOTH, 1)


def test_lots_never_change_between_versions() -> None:
    gallery = [identity(n) for n in range(9)]
    pairings, _ = pair([photo(139), photo(285)], gallery, BOTH, 0)
    drawn = [(row.photo_id, int(row.class_id[1:])) for row in pairings]
    assert drawn == [(139, n) for n in (0, 1, 3, 5, 7)] + [(285, n) for n in (2, 3, 4, 6, 8)]
    borrowed, _ = pair([photo(139, ethnicity=Ethnicity.INDIAN)], gallery, BOTH, 0)
    assert [int(row.class_id[1:]) for row in borrowed] == [0, 2, 3, 5, 6]


def test_photos_of_one_stratum_leave_the_others_alone() -> None:
    gallery = [identity(n, ethnicity=list(Ethnicity)[n % 2]) for n in range(40)]
    asian = [photo(n, ethnicity=Ethnicity.ASIAN) for n in range(0, 60, 2)]
    black = [photo(n, ethnicity=Ethnicity.BLACK) for n in range(1, 60, 2)]
    together, _ = pair(asian + black, gallery, BOTH, 0)
    alone, _ = pair(asian, gallery, BOTH, 0)
    assert [row for row in together if row.photo_id % 2 == 0] == alone


def test_the_rule_tells_what_is_shared() -> None:
    photos, gallery = [photo(1)], [identity(n) for n in range(3)]
    rules: dict[tuple[Literal["gender", "ethnicity"], ...], MatchRule] = {
        ("gender", "ethnicity"): MatchRule.GENDER_ETHNICITY,
        ("gender",): MatchRule.GENDER,
        (): MatchRule.ANY,
    }
    for by, rule in rules.items():
        pairings, _ = pair(photos, gallery, MatchPart(by=by, splits="train"), 0)
        assert [row.rule for row in pairings] == [rule] * 3


def test_matching_by_gender_does_not_ask_for_ethnicity() -> None:
    gallery = [identity(n, ethnicity=None) for n in range(5)]
    pairings, rejections = pair([photo(1, ethnicity=None)], gallery, GENDER_ONLY, 0)
    assert len(pairings) == 5
    assert rejections == []


# --- fallback -------------------------------------------------------------------------------------


def test_a_stratum_with_too_few_borrows_from_the_same_gender() -> None:
    gallery = [
        identity(0, ethnicity=Ethnicity.INDIAN),
        identity(1, ethnicity=Ethnicity.WHITE),
        identity(2, ethnicity=None),
        identity(3, Gender.FEMALE, Ethnicity.INDIAN),
        identity(4, None, Ethnicity.INDIAN),
    ]
    pairings, _ = pair([photo(1, ethnicity=Ethnicity.INDIAN)], gallery, BOTH, 0)
    assert [(row.class_id, row.rule) for row in pairings] == [
        ("n000000", MatchRule.GENDER_ETHNICITY),
        ("n000001", MatchRule.GENDER),
        ("n000002", MatchRule.GENDER),
    ]


def test_without_fallback_a_photo_gets_fewer() -> None:
    gallery = [identity(0, ethnicity=Ethnicity.INDIAN), identity(1)]
    pairings, _ = pair([photo(1, ethnicity=Ethnicity.INDIAN)], gallery, NO_FALLBACK, 0)
    assert [row.class_id for row in pairings] == ["n000000"]


def test_the_least_used_are_borrowed_first() -> None:
    """Seven photos use five of 8 black identities each, so some of those are used a fifth time;
    one more photo borrows only from those that are not."""
    gallery = [identity(n, ethnicity=Ethnicity.BLACK) for n in range(8)]
    photos = [photo(n, ethnicity=Ethnicity.BLACK) for n in range(7)]
    before, _ = pair(photos, gallery, BOTH, 0)
    least = {
        one.class_id
        for one, times in zip(gallery, uses(before, gallery), strict=True)
        if times == 4
    }
    pairings, _ = pair([*photos, photo(99, ethnicity=Ethnicity.INDIAN)], gallery, BOTH, 0)
    borrowed = {row.class_id for row in pairings if row.photo_id == 99}
    assert len(least) == 5
    assert borrowed == least


def test_borrowing_spreads_evenly_and_by_lot() -> None:
    gallery = [identity(n, ethnicity=Ethnicity.BLACK) for n in range(30)]
    photos = [photo(n, ethnicity=Ethnicity.INDIAN) for n in range(100)]
    pairings, _ = pair(photos, gallery, BOTH, 0)
    assert max(uses(pairings, gallery)) - min(uses(pairings, gallery)) <= 1
    company = defaultdict(set)
    for row in pairings:
        company[row.photo_id].add(row.class_id)
    assert len({frozenset(one) for one in company.values()}) > 90


def test_borrowing_does_not_leave_the_split() -> None:
    part = MatchPart(near_duplicate=1.0)
    gallery = [identity(n) for n in range(300)]
    photos = [photo(n, ethnicity=Ethnicity.INDIAN) for n in range(40)]
    pairings, _ = pair(photos, gallery, part, 0)
    splits = identity_splits(gallery, part, 0)
    assert {row.split for row in pairings} == {Split.VALIDATION, Split.TEST}
    assert all(splits[row.class_id] is row.split for row in pairings)


# --- photos that get nobody -----------------------------------------------------------------------


def test_a_photo_without_the_attribute_that_matching_needs_is_rejected() -> None:
    photos = [photo(1, None, None), photo(2, None), photo(3, ethnicity=None), photo(4)]
    pairings, rejections = pair(photos, [identity(1)], BOTH, 0)
    assert [(row.item, row.reason) for row in rejections] == [
        ("1", Reason.GENDER_UNCERTAIN),
        ("2", Reason.GENDER_UNCERTAIN),
        ("3", Reason.ETHNICITY_UNCERTAIN),
    ]
    assert {(row.kind, row.stage) for row in rejections} == {(ItemKind.PHOTO, "match")}
    assert [row.photo_id for row in pairings] == [4]


def test_a_photo_with_nobody_to_match_says_how_many_there_were() -> None:
    gallery = [
        identity(1, Gender.FEMALE, Ethnicity.ASIAN),
        identity(2, Gender.FEMALE, Ethnicity.WHITE),
        identity(3),
    ]
    photos = [photo(1, Gender.FEMALE, Ethnicity.INDIAN)]
    _, [rejection] = pair(photos, gallery, NO_FALLBACK, 0)
    assert rejection.reason is Reason.NO_IDENTITY
    assert rejection.detail == (
        "split train has 3 identities, 2 of them female, 0 female and indian"
    )


def test_a_photo_that_can_never_be_complete_gets_nobody() -> None:
    gallery = [identity(n) for n in range(4)]
    gallery += [identity(n, ethnicity=Ethnicity.INDIAN) for n in range(4, 6)]
    photos = [photo(1), photo(2, ethnicity=Ethnicity.INDIAN), photo(3)]
    pairings, [rejection] = pair(photos, gallery, NO_FALLBACK, 0, 3)
    assert (rejection.item, rejection.reason) == ("2", Reason.TOO_FEW_IDENTITIES)
    assert rejection.detail == (
        "split train has 6 identities, 6 of them male, 2 male and indian; a photo needs 3"
    )
    without, _ = pair(photos, gallery, NO_FALLBACK, 0)
    assert pairings == [row for row in without if row.photo_id != 2], "the others' lots are theirs"
    assert len([row for row in without if row.photo_id == 2]) == 2
    _, [nobody, _] = pair([photo(1, Gender.FEMALE), photo(2, None)], gallery, GENDER_ONLY, 0, 3)
    assert (nobody.reason, nobody.detail) == (
        Reason.NO_IDENTITY,
        "split train has 6 identities, 0 of them female",
    )


def test_a_fallback_that_brings_enough_is_enough() -> None:
    gallery = [identity(0, ethnicity=Ethnicity.INDIAN), identity(1), identity(2)]
    indian = [photo(1, ethnicity=Ethnicity.INDIAN)]
    assert len(pair(indian, gallery, BOTH, 0, 3)[0]) == 3
    assert pair(indian, gallery, BOTH, 0, 4)[1][0].reason is Reason.TOO_FEW_IDENTITIES
    _, [alone] = pair([photo(1)], [identity(0)], GENDER_ONLY, 0, 2)
    assert alone.detail == "split train has 1 identity, 1 of them male; a photo needs 2"


def test_an_empty_gallery_rejects_every_photo_and_no_photos_are_no_work() -> None:
    pairings, rejections = pair([photo(1), photo(2)], [], BOTH, 0)
    assert pairings == []
    assert {row.reason for row in rejections} == {Reason.NO_IDENTITY}
    assert pair([], [identity(1)], BOTH, 0) == ([], [])


def test_ids_that_come_twice_are_an_error() -> None:
    with pytest.raises(ValueError, match="7 comes twice"):
        pair([photo(7), photo(7)], [], BOTH, 0)
    with pytest.raises(ValueError, match="'n000007' comes twice"):
        pair([], [identity(7), identity(7)], BOTH, 0)


# --- everything at once ---------------------------------------------------------------------------

some_gender = st.sampled_from([*Gender, None])
some_ethnicity = st.sampled_from([Ethnicity.ASIAN, Ethnicity.WHITE, None])
subsets = st.sampled_from(["train2017", "val2017"])
parts = st.builds(
    MatchPart,
    by=st.sampled_from([("gender", "ethnicity"), ("gender",), ()]),
    fallback=st.sampled_from([("gender",), ()]),
    identities_per_photo=st.integers(1, 6),
    splits=st.sampled_from(["coco", "train"]),
    near_duplicate=st.just(1.0),
)


@given(
    st.lists(st.tuples(some_gender, some_ethnicity, subsets), max_size=30),
    st.lists(st.tuples(some_gender, some_ethnicity), max_size=40),
    parts,
    st.integers(1, 6),
    st.integers(0, 2**32),
    st.randoms(use_true_random=False),
)
@settings(deadline=None, max_examples=300)
def test_whatever_comes_in_nothing_is_lost_crossed_or_left_to_chance(
    photo_rows: list[tuple[Gender | None, Ethnicity | None, str]],
    identity_rows: list[tuple[Gender | None, Ethnicity | None]],
    part: MatchPart,
    needed: int,
    seed: int,
    chance: random.Random,
) -> None:
    photos = {n: photo(n, *row) for n, row in enumerate(photo_rows)}
    gallery = {f"n{n:06d}": identity(n, *row) for n, row in enumerate(identity_rows)}
    pairings, rejections = pair(list(photos.values()), list(gallery.values()), part, seed, needed)

    shuffled_photos, shuffled_gallery = list(photos.values()), list(gallery.values())
    chance.shuffle(shuffled_photos)
    chance.shuffle(shuffled_gallery)
    again = pair(shuffled_photos, shuffled_gallery, part, seed, needed)
    assert again == (pairings, rejections)

    paired = {row.photo_id for row in pairings}
    rejected = [int(row.item) for row in rejections]
    assert sorted([*paired, *rejected]) == sorted(photos)
    keys = [(row.photo_id, row.class_id) for row in pairings]
    assert keys == sorted(set(keys))

    splits = identity_splits(list(gallery.values()), part, seed)
    check_rules(pairings, photos, gallery, splits, part, seed)
    check_balance(pairings, photos, gallery, splits, part)
    check_nobody_left_over(pairings, photos, gallery, splits, part, seed, needed)


def check_rules(
    pairings: list[Pairing],
    photos: dict[int, MatchPhoto],
    gallery: dict[str, MatchIdentity],
    splits: dict[str, Split],
    part: MatchPart,
    seed: int,
) -> None:
    for row in pairings:
        one, other = photos[row.photo_id], gallery[row.class_id]
        assert row.split is photo_split(one.subset, one.photo_id, part.splits, seed)
        assert row.split is splits[row.class_id]
        if row.rule is not MatchRule.ANY:
            assert one.gender == other.gender
            assert one.gender is not None
        if row.rule is MatchRule.GENDER_ETHNICITY:
            assert one.ethnicity == other.ethnicity


def check_balance(
    pairings: list[Pairing],
    photos: dict[int, MatchPhoto],
    gallery: dict[str, MatchIdentity],
    splits: dict[str, Split],
    part: MatchPart,
) -> None:
    """Before the fallback, the uses in a split × stratum differ by at most one."""
    times: dict[str, int] = dict.fromkeys(gallery, 0)
    for row in pairings:
        if stratum(photos[row.photo_id], part.by) == stratum(gallery[row.class_id], part.by):
            times[row.class_id] += 1
    groups = defaultdict(list)
    for class_id, one in gallery.items():
        shared = stratum(one, part.by)
        if None not in shared:
            groups[splits[class_id], shared].append(times[class_id])
    for group in groups.values():
        assert max(group) - min(group) <= 1


def check_nobody_left_over(
    pairings: list[Pairing],
    photos: dict[int, MatchPhoto],
    gallery: dict[str, MatchIdentity],
    splits: dict[str, Split],
    part: MatchPart,
    seed: int,
    needed: int,
) -> None:
    """A photo gets fewer than it may only when no more are allowed to it, and none where these are
    fewer than it needs."""
    given_to = Counter(row.photo_id for row in pairings)
    for one in photos.values():
        split = photo_split(one.subset, one.photo_id, part.splits, seed)
        wanted = stratum(one, part.by)
        allowed = 0
        for other in gallery.values():
            exact = stratum(other, part.by) == wanted
            borrowed = "gender" in part.fallback and one.gender == other.gender is not None
            if splits[other.class_id] is split and None not in wanted and (exact or borrowed):
                allowed += 1
        most = min(allowed, part.identities_per_photo)
        assert given_to[one.photo_id] == (most if most >= needed else 0)


def test_vggface2_and_20_000_photos_are_matched_in_bounded_memory(vggface2_mini: Path) -> None:
    generator = np.random.default_rng(0)
    with (vggface2_mini / "identity_meta.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, skipinitialspace=True))[1:]
    skewed = [0.08, 0.08, 0.03, 0.06, 0.05, 0.70]
    medoids = generator.standard_normal((len(lines), 512))
    medoids[5000:5030] = medoids[:30] + 0.02 * generator.standard_normal((30, 512))
    medoids[6000:6030] = medoids[5000:5030] + 0.02 * generator.standard_normal((30, 512))
    medoids /= np.linalg.norm(medoids, axis=1, keepdims=True)
    ethnicities = list(Ethnicity)
    gallery = {
        line[0]: MatchIdentity(
            line[0],
            Gender.MALE if line[4] == "m" else Gender.FEMALE,
            ethnicities[generator.choice(6, p=skewed)],
            pack_vector(medoid),
        )
        for line, medoid in zip(lines, medoids, strict=True)
    }
    photos = {
        n: photo(
            n,
            list(Gender)[generator.integers(2)],
            ethnicities[generator.choice(6, p=skewed)],
            "val2017" if n % 10 == 0 else "train2017",
        )
        for n in range(20_000)
    }
    part = MatchPart()
    tracemalloc.start()
    try:
        pairings, rejections = pair(list(photos.values()), list(gallery.values()), part, 0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**28
    assert len(gallery) == 9131
    assert rejections == []
    assert len(pairings) == 100_000
    splits = identity_splits(list(gallery.values()), part, 0)
    check_rules(pairings, photos, gallery, splits, part, 0)
    check_balance(pairings, photos, gallery, splits, part)
    in_order = list(gallery)
    for n in range(30):
        family = {splits[in_order[place]] for place in (n, 5000 + n, 6000 + n)}
        assert len(family) == 1
    shares = Counter(splits.values())
    assert abs(shares[Split.TRAIN] / 9131 - 0.92) < 0.01
