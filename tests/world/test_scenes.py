"""Scenes look like photographs to a real detector, and what is said of them is true."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from cocopfs.faces.detector import Detector
from cocopfs.records import Face
from cocopfs.stages.select import share_inside
from cocopfs.world.contexts import CONTEXTS
from cocopfs.world.kinds import SHARES, Kind, kind_of
from cocopfs.world.scenes import Scene, draw_scene, draw_spec
from cocopfs.world.truth import identity, photo_scene, photo_spec, true_swap

SEED = 5
ACCEPTED = [kind for kind in Kind if kind.refusal is None]


def scene_of(kind: Kind, item: int = 0, context: str | None = None) -> Scene:
    return draw_scene(draw_spec(SEED, item, kind, context=context))


@pytest.fixture(scope="module")
def detector(real_small: Path) -> Detector:
    path = real_small / "insightface" / "models" / "real-small" / "det_500m.onnx"
    return Detector(path, "cpu", 1, 640)


# --- the same and not the same --------------------------------------------------------------------


def test_the_same_spec_is_the_same_scene() -> None:
    first, second = (photo_scene(SEED, 3) for _ in range(2))
    assert first.picture.tobytes() == second.picture.tobytes()
    assert [thing.polygons for thing in first.things] == [thing.polygons for thing in second.things]


def test_scenes_do_not_hang_on_what_was_drawn_before() -> None:
    alone = photo_scene(SEED, 8).picture
    for photo_id in (4, 5):
        photo_scene(SEED, photo_id)
    assert photo_scene(SEED, 8).picture.tobytes() == alone.tobytes()


def test_other_seeds_and_ids_are_other_scenes() -> None:
    pictures = {
        photo_scene(seed, photo_id).picture.tobytes() for seed in (1, 2) for photo_id in (1, 2)
    }
    assert len(pictures) == 4


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_context_shows_what_it_is_about(name: str) -> None:
    scene = scene_of(Kind.PLAIN, context=name)
    assert [thing.category for thing in scene.people] == ["person"]
    assert scene.picture.dtype == np.uint8
    assert scene.picture.shape[2] == 3
    if name not in ("cooking", "suit and tie"):  # pans are no category, ties are under scarves
        assert scene.things


# --- the truth ------------------------------------------------------------------------------------


@pytest.mark.parametrize("photo_id", [1, 2, 3])
def test_a_true_swap_changes_the_face_and_nothing_else(photo_id: int) -> None:
    spec = draw_spec(SEED, photo_id, Kind.PLAIN)
    before, after = draw_scene(spec), true_swap(spec, identity(SEED, photo_id))
    assert before.landmarks is not None
    assert before.face_mask is not None
    assert after.face_mask is not None
    changed = np.abs(before.picture.astype(int) - after.picture).max(axis=2)
    eyes = float(np.hypot(*(before.landmarks[1] - before.landmarks[0])))
    near = max(round(0.15 * eyes), 3)
    face = cv2.dilate(
        (before.face_mask | after.face_mask).astype(np.uint8), np.ones((2 * near + 1,) * 2)
    )
    assert changed[face == 0].max() == 0
    assert changed[before.face_mask].mean() > 3
    assert [one.box for one in before.people] == [one.box for one in after.people]
    assert [one.box for one in before.things] == [one.box for one in after.things]


def test_a_swap_with_oneself_changes_nothing() -> None:
    spec = draw_spec(SEED, 9, Kind.PLAIN)
    same = true_swap(spec, spec.person)
    assert same.picture.tobytes() == draw_scene(spec).picture.tobytes()


def test_the_person_box_is_tight_around_body_and_hair() -> None:
    for item in range(4):
        scene = scene_of(Kind.PLAIN, item)
        (person,) = scene.people
        rows, columns = np.nonzero(person.mask)
        edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        x, y, width, height = astuple(person.box)
        assert np.abs(np.subtract(edges, (x, y, x + width, y + height))).max() <= 3
        assert scene.face_box is not None
        assert share_inside(scene.face_box, person.box) > 0.9
        assert scene.face_mask is not None
        assert person.mask[scene.face_mask].all()


def test_what_is_held_before_the_face_is_not_part_of_it() -> None:
    scene = scene_of(Kind.HIDDEN_FACE)
    bare = draw_scene(replace(scene.spec, kind=Kind.PLAIN))
    assert scene.face_mask is not None
    assert bare.face_mask is not None
    assert scene.face_mask.sum() < 0.5 * bare.face_mask.sum()


def test_people_of_each_kind() -> None:
    assert not scene_of(Kind.NO_PERSON).people
    assert len(scene_of(Kind.TWO_PEOPLE).people) == 2
    crowd = scene_of(Kind.CROWD)
    assert crowd.crowd is not None
    assert len(crowd.people) == 1
    grey = scene_of(Kind.GREY).picture
    assert (grey[..., 0] == grey[..., 1]).all()
    assert (grey[..., 1] == grey[..., 2]).all()


# --- proportions ----------------------------------------------------------------------------------


def test_kinds_come_in_their_shares() -> None:
    count = 2000
    found = Counter(kind_of(photo_id) for photo_id in range(1, count + 1))
    for kind, share in SHARES.items():
        assert found[kind] / count == pytest.approx(share, abs=0.003)
    accepted = sum(found[kind] for kind in ACCEPTED) / count
    assert accepted == pytest.approx(0.75, abs=0.01)


def test_small_worlds_have_no_broken_files() -> None:
    assert all(kind_of(photo_id) is not Kind.TRUNCATED for photo_id in range(1, 250))


def test_nobody_of_the_gallery_is_in_a_photo() -> None:
    people = {photo_spec(SEED, photo_id).person for photo_id in range(1, 40)}
    gallery = {identity(SEED, number) for number in range(1, 40)}
    assert len(people | gallery) == len(people) + len(gallery)


# --- a real detector ------------------------------------------------------------------------------


def test_a_real_detector_finds_the_face_and_no_other(detector: Detector) -> None:
    _check_detection(detector, range(1, 61))


@pytest.mark.full
def test_a_real_detector_finds_the_faces_of_a_large_world(detector: Detector) -> None:
    _check_detection(detector, range(100, 900))


@pytest.mark.parametrize(
    "kind", [Kind.TURNED_AWAY, Kind.HIDDEN_FACE, Kind.TINY_FACE, Kind.CUT_FACE]
)
def test_faces_that_cannot_be_used_are_not_found(detector: Detector, kind: Kind) -> None:
    usable = [
        face
        for item in range(8)
        for face in _faces_in_person(detector, scene_of(kind, item))
        if face.inter_ocular >= 10
    ]
    assert len(usable) <= 1


def test_the_face_on_a_poster_is_found_outside_the_person(detector: Detector) -> None:
    for item in range(6):
        scene = scene_of(Kind.POSTER, item)
        assert len(detector.detect(scene.picture, 0.5)) == 2
        assert len(_faces_in_person(detector, scene)) == 1


def _check_detection(detector: Detector, photo_ids: range) -> None:
    scenes = [
        photo_scene(SEED, photo_id) for photo_id in photo_ids if kind_of(photo_id).refusal is None
    ]
    errors, strangers = [], 0
    for scene in scenes:
        assert scene.landmarks is not None
        eyes = float(np.hypot(*(scene.landmarks[1] - scene.landmarks[0])))
        for face in detector.detect(scene.picture, 0.5):
            error = float(np.linalg.norm(face.points - scene.landmarks, axis=1).mean()) / eyes
            if error < 0.5:
                errors.append(error)
            elif scene.spec.kind is not Kind.POSTER:
                strangers += 1
    assert len(errors) >= 0.98 * len(scenes)
    assert strangers <= 0.02 * len(scenes)
    # About 6 %, and more on some samples: the detector itself is about 0.8 px off on every picture,
    # mirrored ones too.
    assert np.mean(errors) < 0.065


def _faces_in_person(detector: Detector, scene: Scene) -> list[Face]:
    person = scene.people[0].box
    return [
        face
        for face in detector.detect(scene.picture, 0.5)
        if share_inside(face.box, person) >= 0.9
    ]
