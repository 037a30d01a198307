"""Faces are found where insightface finds them, on the session that was checked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from insightface.data import get_image
from insightface.model_zoo.scrfd import SCRFD
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces import detector
from cocopfs.faces.detector import Detector
from cocopfs.faces.session import open_session
from cocopfs.records import Face
from tests.faces import graphs

DETECTOR = "insightface/models/real-small/det_500m.onnx"


@pytest.fixture(scope="module")
def six_people() -> NDArray[np.uint8]:
    """A real photograph with six clear faces, part of insightface."""
    return np.asarray(get_image("t1"), np.uint8)


@pytest.fixture(scope="module")
def real(real_small: Path) -> Detector:
    return Detector(real_small / DETECTOR, "cpu", 1, 640)


@pytest.fixture(scope="module")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "dynamic.onnx"
    graphs.write_detector(path, seed=2)
    return path


def _as_insightface(faces: list[Face]) -> tuple[NDArray[Any], NDArray[Any]]:
    boxes = [
        (f.box.x, f.box.y, f.box.x + f.box.width, f.box.y + f.box.height, f.score) for f in faces
    ]
    return np.array(boxes), np.array([f.points for f in faces])


def test_six_people_are_found_as_insightface_finds_them(
    real: Detector, real_small: Path, six_people: NDArray[np.uint8]
) -> None:
    faces = real.detect(six_people, 0.5)
    assert len(faces) == 6
    assert all(face.inter_ocular > 20 for face in faces)
    own = SCRFD(str(real_small / DETECTOR))
    boxes, points = own.detect(six_people, input_size=(640, 640), det_thresh=0.5)
    found = _as_insightface(faces)
    np.testing.assert_allclose(found[0], boxes, atol=0.01)
    np.testing.assert_allclose(found[1], points, atol=0.01)


def test_the_eyes_of_a_portrait_lie_in_its_face(real: Detector, photos: Path) -> None:
    picture = cv2.imread(str(photos / "astronaut.png"))
    assert picture is not None
    (face,) = real.detect(np.asarray(picture, np.uint8), 0.5)
    left, right, nose, *_ = face.points
    assert left[0] < nose[0] < right[0]
    assert face.box.x < left[0] < face.box.x + face.box.width
    assert face.box.y < left[1] < nose[1] < face.box.y + face.box.height


def test_the_score_decides_what_is_a_face(real: Detector, six_people: NDArray[np.uint8]) -> None:
    faces = real.detect(six_people, 0.1)
    scores = [face.score for face in faces]
    assert len(scores) > 6
    assert scores == sorted(scores, reverse=True)
    assert real.detect(six_people, 0.5) == [face for face in faces if face.score >= 0.5]


def test_calls_and_threads_agree(real: Detector, six_people: NDArray[np.uint8]) -> None:
    expected = real.detect(six_people, 0.1)
    with ThreadPoolExecutor(4) as pool:
        for faces in pool.map(lambda _: real.detect(six_people, 0.1), range(8)):
            assert faces == expected


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (1, 1), (5, 640)])
def test_a_picture_without_room_for_a_face_has_none(real: Detector, shape: tuple[int, int]) -> None:
    assert real.detect(np.full((*shape, 3), 128, np.uint8), 0.5) == []


def test_a_graph_of_fixed_size_takes_no_other(real_small: Path) -> None:
    with pytest.raises(UsageError, match="takes only pictures of 640x640, not 320x320") as caught:
        Detector(real_small / DETECTOR, "cpu", 1, 320)
    assert caught.value.hint == "--set select.detector_size=640"


@pytest.mark.parametrize("size", [64, 320])
def test_a_graph_of_any_size_runs_on_the_checked_session_alone(
    monkeypatch: pytest.MonkeyPatch,
    dynamic: Path,
    six_people: NDArray[np.uint8],
    size: int,
) -> None:
    opened = []

    def recorded(*arguments: Any) -> Any:
        opened.append(open_session(*arguments))
        monkeypatch.setattr(ort, "InferenceSession", None)  # nobody else can open one
        return opened[0]

    own = SCRFD(str(dynamic)).detect(six_people, input_size=(size, size), det_thresh=0.3)
    monkeypatch.setattr(detector, "open_session", recorded)
    faces = Detector(dynamic, "cpu", 2, size).detect(six_people, 0.3)
    assert len(opened) == 1
    assert opened[0].get_session_options().intra_op_num_threads == 2
    assert len(faces) == len(own[0]) > 0
    boxes, points = _as_insightface(faces)
    order = np.lexsort((own[0][:, 1], own[0][:, 0], -own[0][:, 4]))  # it leaves ties as they are
    np.testing.assert_allclose(boxes, own[0][order], rtol=1e-4, atol=0.01)
    np.testing.assert_allclose(points, own[1][order], rtol=1e-4, atol=0.01)


def test_a_detector_without_landmarks_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "boxes.onnx"
    graphs.write_detector(path, seed=0, landmarks=False)
    with pytest.raises(UsageError, match=r"boxes\.onnx cannot be the detector") as caught:
        Detector(path, "cpu", 1, 640)
    assert "SCRFD with landmarks" in str(caught.value.expected)


def test_another_network_is_refused(real_small: Path) -> None:
    path = real_small / "insightface/models/real-small/rec_mbf.onnx"
    with pytest.raises(UsageError, match=r"rec_mbf\.onnx cannot be the detector: its graph is"):
        Detector(path, "cpu", 1, 640)


def test_outputs_that_show_their_shape_only_when_run_are_checked(tmp_path: Path) -> None:
    graphs.write_detector(tmp_path / "odd.onnx", seed=0, anchors=1)
    with pytest.raises(UsageError, match=r"odd\.onnx cannot be the detector") as caught:
        Detector(tmp_path / "odd.onnx", "cpu", 1, 64)
    assert "at 64x64 [(128, 1), (32, 1), (8, 1)," in str(caught.value.expected)
