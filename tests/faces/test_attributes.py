"""Gender and ethnicity are DeepFace's own answers, in batches, without its side effects."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from insightface.data import get_image
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.attributes import Attributes, face_crop
from cocopfs.faces.detector import Detector
from cocopfs.records import Box, Face
from tests.faces import graphs
from tests.faces.deepface_answers import Item, deepface_answers

WEIGHTS = "deepface/.deepface/weights"


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    return np.asarray(get_image("t1"), np.uint8)


@pytest.fixture(scope="module")
def faces(real_small: Path, picture: NDArray[np.uint8]) -> list[Face]:
    path = real_small / "insightface/models/real-small/det_500m.onnx"
    return Detector(path, "cpu", 1, 640).detect(picture, 0.5)


@pytest.fixture(scope="module")
def real(real_small: Path) -> Attributes:
    weights = real_small / WEIGHTS
    return Attributes(
        weights / "gender_model_weights.onnx", weights / "race_model_single_batch.onnx", "cpu", 1
    )


def _whole(picture: NDArray[np.uint8]) -> Face:
    """The whole picture as a face with level eyes."""
    height, width = picture.shape[:2]
    eyes = (width * 0.3, height * 0.4, width * 0.7, height * 0.4)
    return Face(Box(0, 0, width, height), (*eyes, 0, 0, 0, 0, 0, 0), 1)


def _is_cut(picture: NDArray[np.uint8], face: Face) -> bool:
    box, (height, width) = face.box, picture.shape[:2]
    room = (box.x, box.y, width - box.x - box.width, height - box.y - box.height)
    return bool(min(room) < 0)


def test_answers_are_deepfaces_for_faces_found_whole_turned_and_cut_by_the_frame(
    tmp_path: Path,
    real_small: Path,
    real: Attributes,
    picture: NDArray[np.uint8],
    faces: list[Face],
) -> None:
    rng = np.random.default_rng(0)
    items: list[Item] = [(picture, face) for face in faces]
    for turn in range(20):
        face = faces[turn % len(faces)]
        # a frame that may cut the face on any side, and eyes that are not level
        left, top = (
            int(face.box.x + rng.integers(-80, 30)),
            int(face.box.y + rng.integers(-80, 30)),
        )
        left, top = max(left, 0), max(top, 0)
        frame = picture[top : top + rng.integers(150, 250), left : left + rng.integers(150, 250)]
        tilted = face.points - (left, top) + rng.normal(0, 6, (5, 2))
        moved = replace(face.box, x=face.box.x - left, y=face.box.y - top)
        items.append((frame, Face(moved, tuple(tilted.ravel().tolist()), face.score)))
    assert sum(face is not None and _is_cut(frame, face) for frame, face in items) > 8
    crops = [face_crop(frame, face) for frame, face in items if face is not None]
    genders, ethnicities = real.predict(crops, 8)
    expected = deepface_answers(real_small / "deepface", tmp_path, items)
    np.testing.assert_allclose(genders, expected[0], atol=1e-4)
    np.testing.assert_allclose(ethnicities, expected[1], atol=1e-4)
    assert np.ptp(genders[:, 0]) > 0.5, "the faces are too alike to show anything"


def test_answers_are_deepfaces_for_a_picture_that_is_all_face(
    tmp_path: Path,
    real_small: Path,
    real: Attributes,
    picture: NDArray[np.uint8],
    faces: list[Face],
) -> None:
    cut = []
    for face in faces:
        left, top = int(face.box.x), int(face.box.y)
        cut.append(picture[top : top + int(face.box.height), left : left + int(face.box.width)])
    genders, ethnicities = real.predict([face_crop(p, _whole(p)) for p in cut], 4)
    expected = deepface_answers(real_small / "deepface", tmp_path, [(p, None) for p in cut])
    np.testing.assert_allclose(genders, expected[0], atol=1e-4)
    np.testing.assert_allclose(ethnicities, expected[1], atol=1e-4)


def test_batches_equal_single_faces(
    real: Attributes, picture: NDArray[np.uint8], faces: list[Face]
) -> None:
    crops = [face_crop(picture, face) for face in faces]
    single = real.predict(crops, 1)
    for batch in (2, 4, 16):
        for found, expected in zip(real.predict(crops, batch), single, strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-5)
    for found, columns in zip(real.predict([], 4), (2, 6), strict=True):
        assert found.shape == (0, columns)


def test_probabilities_add_up(
    real: Attributes, picture: NDArray[np.uint8], faces: list[Face]
) -> None:
    for found in real.predict([face_crop(picture, face) for face in faces], 16):
        assert found.dtype == np.float64
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-12)


def test_a_crop_is_the_face_made_level(picture: NDArray[np.uint8], faces: list[Face]) -> None:
    crop = face_crop(picture, faces[0])
    assert crop.shape == (224, 224, 3)
    assert crop.dtype == np.float32
    assert crop.min() == 0  # the aspect is kept, so there is black beside the face
    assert 0.5 < crop.max() <= 1
    outside = replace(faces[0], box=Box(-500, -500, 80, 100))
    assert not face_crop(picture, outside).any()


@pytest.mark.parametrize("box", [Box(5, 5, 0.5, 30), Box(5.2, 5, 0.3, 0.3), Box(5, 5, 1, 400)])
def test_a_box_without_a_face_is_refused(picture: NDArray[np.uint8], box: Box) -> None:
    with pytest.raises(ValueError, match="cannot be cut out"):
        face_crop(picture, Face(box, tuple(range(10)), 1))


def test_a_graph_made_for_one_face_takes_them_one_by_one(
    tmp_path: Path, picture: NDArray[np.uint8], faces: list[Face]
) -> None:
    opened = []
    for batch in ("n", 1):
        paths = [tmp_path / f"{role}{batch}.onnx" for role in ("gender", "ethnicity")]
        graphs.write_classifier(paths[0], 2, seed=0, batch=batch)
        graphs.write_classifier(paths[1], 6, seed=1, batch=batch)
        opened.append(Attributes(paths[0], paths[1], "cpu", 1))
    crops = [face_crop(picture, face) for face in faces]
    for many, one in zip(opened[0].predict(crops, 4), opened[1].predict(crops, 4), strict=True):
        np.testing.assert_allclose(many, one, atol=1e-5)


def test_another_network_is_refused(tmp_path: Path) -> None:
    two, six = tmp_path / "two.onnx", tmp_path / "six.onnx"
    graphs.write_classifier(two, 2, seed=0)
    graphs.write_classifier(six, 6, seed=0)
    with pytest.raises(UsageError, match=r"six\.onnx cannot be the gender network"):
        Attributes(six, two, "cpu", 1)
    with pytest.raises(UsageError, match=r"two\.onnx cannot be the ethnicity network"):
        Attributes(two, two, "cpu", 1)


def test_deepface_leaves_no_trace(tmp_path: Path, real_small: Path) -> None:
    """No folder in the user's home, no environment variable, no engine chosen, no word."""
    script = """
import os, sys
from pathlib import Path
import numpy as np
from cocopfs.faces.attributes import Attributes, face_crop
from cocopfs.records import Box, Face
weights = Path(sys.argv[1])
networks = Attributes(*sorted(weights.glob("*.onnx")), "cpu", 1)
face = Face(Box(0, 0, 99, 99), (30, 40, 70, 40, 50, 60, 35, 80, 65, 80), 1)
networks.predict([face_crop(np.zeros((99, 99, 3), np.uint8), face)], 1)
assert not [name for name in os.environ if name.startswith(("DEEPFACE", "TF_"))]
assert "deepface.DeepFace" not in sys.modules
from deepface.commons import backend_utils
assert backend_utils._backend_engine is None
"""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DEEPFACE", "TF_"))}
    done = subprocess.run(
        [sys.executable, "-c", script, real_small / WEIGHTS],
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not (tmp_path / ".deepface").exists()
