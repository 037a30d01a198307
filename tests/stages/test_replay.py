"""Whoever is matched again after a removal is matched as before."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cocopfs.engine.stage import Shard
from cocopfs.publish.standing import Standing, StandingPhoto
from cocopfs.recipe import JudgePart, MatchPart
from cocopfs.records import Ethnicity, Gender, MatchIdentity, MatchPhoto, Reason, pack_vector
from cocopfs.stages.judge import Judge
from cocopfs.stages.match import Match
from cocopfs.stages.pairing import pair
from cocopfs.stages.replay import LEFT, replay, stands

SEED = 3
SETTINGS = MatchPart(splits="coco", identities_per_photo=3, near_duplicate=1.0)
GROUPS = [(gender, group) for gender in Gender for group in list(Ethnicity)[:2]]


def people(count: int) -> list[MatchIdentity]:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(count, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return [
        MatchIdentity(f"n{number:06d}", *GROUPS[number % 4], pack_vector(vector))
        for number, vector in enumerate(vectors)
    ]


def photographs(count: int) -> list[MatchPhoto]:
    subsets = ("train2017", "val2017")
    return [
        MatchPhoto(number, subsets[number % 2], *GROUPS[number % 3]) for number in range(count)
    ] + [MatchPhoto(count, "train2017", None, None)]


def noted(
    photos: list[MatchPhoto], identities: list[MatchIdentity], gone: str, photo_gone: int
) -> Standing:
    pairings, rejections = pair(photos, identities, SETTINGS, SEED)
    left = sorted(row.class_id for row in identities if row.class_id != gone)
    lost = {int(row.item): row for row in rejections}
    return Standing(
        made_by={},
        identities=tuple(left),
        photos=tuple(
            StandingPhoto(
                photo.photo_id,
                tuple(
                    left.index(row.class_id)
                    for row in pairings
                    if row.photo_id == photo.photo_id and row.class_id != gone
                ),
                reason=lost[photo.photo_id].reason if photo.photo_id in lost else "",
                detail=lost[photo.photo_id].detail if photo.photo_id in lost else "",
            )
            for photo in photos
            if photo.photo_id != photo_gone
        ),
        thresholds=(),
        names={},
        files={},
    )


@pytest.mark.parametrize("gone", ["n000000", "n000007", "n000039"])
def test_pairings_are_those_of_before_without_the_person(gone: str) -> None:
    photos, identities = photographs(60), people(40)
    before, rejected = pair(photos, identities, SETTINGS, SEED)
    kept = noted(photos, identities, gone, 7)
    photos = [photo for photo in photos if photo.photo_id != 7]
    identities = [row for row in identities if row.class_id != gone]
    assert stands(kept, photos, identities)
    pairings, rejections = replay(kept, photos[::-1], identities[::-1], SETTINGS, SEED)
    assert pairings == [row for row in before if row.class_id != gone and row.photo_id != 7]
    assert rejections == rejected


def test_a_photograph_that_was_matched_stays_when_it_has_fewer_than_are_needed() -> None:
    """Whoever leaves takes no photograph of the others along."""
    photos, identities = photographs(60), people(40)
    pairings, _ = pair(photos, identities, SETTINGS, SEED, 3)
    gone = pairings[0].class_id
    kept = noted(photos, identities, gone, -1)
    left = [row for row in identities if row.class_id != gone]
    match = Match(SETTINGS, SEED, 3, kept)
    result = match.process(Shard("all", tuple(photos), tuple(left)), None)
    assert result.rows == [row for row in pairings if row.class_id != gone]
    assert len([row for row in result.rows if row.photo_id == pairings[0].photo_id]) == 2


def test_without_what_stood_others_would_be_matched_otherwise() -> None:
    photos, identities = photographs(60), people(40)
    before, _ = pair(photos, identities, SETTINGS, SEED)
    anew, _ = pair(photos, identities[1:], SETTINGS, SEED)
    assert anew != [row for row in before if row.class_id != identities[0].class_id]


def test_a_photograph_that_lost_everybody_is_told() -> None:
    photos, identities = photographs(2)[:2], people(40)
    kept = Standing({}, (), (StandingPhoto(0, ()), StandingPhoto(1, ())), (), {}, {})
    assert not stands(kept, photos, identities)
    assert stands(kept, photos, [])
    pairings, rejections = replay(kept, photos, [], SETTINGS, SEED)
    assert not pairings
    assert {(row.item, row.reason, row.detail) for row in rejections} == {
        ("0", Reason.REMOVED, LEFT),
        ("1", Reason.REMOVED, LEFT),
    }


def test_other_photographs_or_people_are_matched_anew() -> None:
    photos, identities = photographs(6), people(12)
    kept = noted(photos, identities, "n000001", -1)
    left = [row for row in identities if row.class_id != "n000001"]
    assert stands(kept, photos, left)
    assert not stands(kept, photos[1:], left)
    assert not stands(kept, photos, identities)
    assert not stands(kept, photos, left[1:])


def test_workers_do_not_get_what_stood_with_every_shard() -> None:
    photos, identities = photographs(600), people(40)
    gate = Judge(JudgePart(), noted(photos, identities, "n000001", -1))
    assert len(pickle.dumps(gate)) < 1000
    assert pickle.loads(pickle.dumps(gate)) == Judge(JudgePart())
