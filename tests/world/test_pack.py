"""The pack that comes with the package: small, whole, and the same in the libraries' own hands."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from insightface.app.common import Face as InsightFace
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from insightface.model_zoo.inswapper import INSwapper
from insightface.model_zoo.scrfd import SCRFD
from numpy.typing import NDArray

from cocopfs.faces.align import align
from cocopfs.faces.attributes import face_crop
from cocopfs.faces.models import Models, open_models
from cocopfs.faces.pack import CLIP, open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.records import Ethnicity, Face, Gender
from cocopfs.world.embedded import PACK
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Person
from cocopfs.world.portrait import draw_portrait
from cocopfs.world.scenes import Scene, draw_scene, draw_spec
from cocopfs.world.truth import identity
from tests.faces.deepface_answers import Item, deepface_answers

SIDE = 480


@pytest.fixture(scope="module")
def models() -> Models:
    return open_models(open_pack(PACK, (*NEEDED, Role.SWAPPER)), "cpu", 1, SIDE)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    return [draw_scene(draw_spec(4242, number, Kind.PLAIN)) for number in range(24)]


@pytest.fixture(scope="module")
def faces(models: Models, scenes: list[Scene]) -> list[Face]:
    return [models.detector.detect(scene.picture, 0.5)[0] for scene in scenes]


def test_it_is_small() -> None:
    sizes = {path: path.stat().st_size for path in PACK.rglob("*") if path.is_file()}
    assert sum(sizes.values()) <= 8_000_000
    assert sum(size for path, size in sizes.items() if path.parent.name == CLIP) <= 2_000_000


def test_scenes_have_one_face_where_it_was_drawn(models: Models, scenes: list[Scene]) -> None:
    errors = []
    for scene in scenes:
        assert scene.landmarks is not None
        (face,) = models.detector.detect(scene.picture, 0.5)
        eyes = np.hypot(*(scene.landmarks[1] - scene.landmarks[0]))
        errors.append(np.hypot(*(face.points - scene.landmarks).T).mean() / eyes)
    assert np.mean(errors) < 0.06


def test_scenes_without_people_have_none(models: Models) -> None:
    empty = [draw_scene(draw_spec(4242, number, Kind.NO_PERSON)) for number in range(12)]
    assert [models.detector.detect(scene.picture, 0.5) for scene in empty] == [[]] * 12


def test_insightfaces_detector_finds_the_same(
    models: Models, scenes: list[Scene], faces: list[Face]
) -> None:
    own = SCRFD(str(models.pack.path(Role.DETECTOR)))
    for scene, face in zip(scenes[:6], faces, strict=False):
        boxes, points = own.detect(scene.picture, input_size=(SIDE, SIDE), det_thresh=0.5)
        found = (face.box.x, face.box.y, face.box.x + face.box.width, face.box.y + face.box.height)
        np.testing.assert_allclose(boxes[0], (*found, face.score), atol=0.01)
        np.testing.assert_allclose(points[0], face.points, atol=0.01)


def test_insightfaces_recogniser_sees_the_same(
    models: Models, scenes: list[Scene], faces: list[Face]
) -> None:
    own = ArcFaceONNX(str(models.pack.path(Role.RECOGNISER)))
    for scene, face in zip(scenes[:6], faces, strict=False):
        seen = InsightFace(kps=face.points)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            embedding = own.get(scene.picture, seen)
        crop = align(scene.picture, face.points, 112)[0]
        expected = embedding / np.linalg.norm(embedding)
        np.testing.assert_allclose(models.recogniser.embed([crop], 1)[0], expected, atol=1e-5)


def test_portraits_of_one_person_lie_together(models: Models) -> None:
    embeddings = np.stack(
        [
            _embedding(models, identity(4242, number), seed)
            for number in range(12)
            for seed in (1, 2)
        ]
    )
    scores = embeddings @ embeddings.T
    np.fill_diagonal(scores, -1)
    partner = np.arange(len(scores)) ^ 1
    assert (scores.argmax(1) == partner).mean() > 0.9


def test_deepface_says_the_same_of_genders_and_groups(
    tmp_path: Path, models: Models, scenes: list[Scene], faces: list[Face]
) -> None:
    items: list[Item] = [(scene.picture, face) for scene, face in zip(scenes, faces, strict=True)]
    home = tmp_path / "home"
    weights = home / ".deepface" / "weights"
    weights.mkdir(parents=True)
    shutil.copy(models.pack.path(Role.GENDER), weights / "gender_model_weights.onnx")
    shutil.copy(models.pack.path(Role.ETHNICITY), weights / "race_model_single_batch.onnx")
    genders, groups = models.attributes.predict(
        [face_crop(picture, face) for picture, face in items if face is not None], 8
    )
    expected = deepface_answers(home, tmp_path / "run", items)
    np.testing.assert_allclose(genders, expected[0], atol=1e-4)
    np.testing.assert_allclose(groups, expected[1], atol=1e-4)
    people = [scene.spec.person for scene in scenes]
    right = [
        list(Gender)[k] is who.gender for k, who in zip(genders.argmax(1), people, strict=True)
    ]
    assert np.mean(right) >= 0.9
    right = [
        list(Ethnicity)[k] is who.group for k, who in zip(groups.argmax(1), people, strict=True)
    ]
    assert np.mean(right) >= 0.7


def test_insightfaces_inswapper_makes_the_same_picture(
    models: Models, scenes: list[Scene], faces: list[Face]
) -> None:
    own = INSwapper(str(models.pack.path(Role.SWAPPER)))
    for number, (scene, face) in enumerate(zip(scenes[:6], faces, strict=False)):
        embedding = _embedding(models, identity(4242, number), 1)
        source = SimpleNamespace(normed_embedding=embedding)
        target = SimpleNamespace(kps=face.points)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            expected = own.get(scene.picture.copy(), target, source, paste_back=True)
        found = models.inswapper.swap(scene.picture, face.points, embedding).picture
        assert np.abs(found.astype(int) - expected).max() <= 1


def test_a_swap_is_nearer_to_its_source_than_to_the_original(
    models: Models, scenes: list[Scene], faces: list[Face]
) -> None:
    nearer = []
    for number, (scene, face) in enumerate(zip(scenes, faces, strict=True)):
        source = _embedding(models, identity(4242, number), 1)
        swapped = models.inswapper.swap(scene.picture, face.points, source).picture
        crops = [align(picture, face.points, 112)[0] for picture in (scene.picture, swapped)]
        before, after = models.recogniser.embed(crops, 2)
        nearer.append(after @ source > after @ before)
    assert np.mean(nearer) >= 0.9


def _embedding(models: Models, person: Person, seed: int) -> NDArray[np.float32]:
    portrait = draw_portrait(person, seed)
    (face, *_) = models.detector.detect(portrait.picture, 0.5)
    crop = align(portrait.picture, face.points, 112)[0]
    return np.asarray(models.recogniser.embed([crop], 1)[0])
