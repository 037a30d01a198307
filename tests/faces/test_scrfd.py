"""What insightface's SCRFD finds, to the last bit."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from insightface.model_zoo.scrfd import SCRFD
from numpy.typing import NDArray

from cocopfs.faces.scrfd import Scrfd, suppress
from tests.faces import graphs

# Height and width: square, upright, lying, tiny, as long as it may be, of odd sides.
SHAPES = [(320, 320), (480, 360), (360, 480), (7, 9), (620, 10), (10, 620), (333, 517)]


class Recorded:
    """A session that keeps what it was given."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self.seen: list[NDArray[np.float32]] = []
        self._session = session

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def run(self, names: Any, feed: Any) -> Any:
        self.seen.append(next(iter(feed.values())).copy())
        return self._session.run(names, feed)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    path = tmp_path_factory.mktemp("models") / "dynamic.onnx"
    graphs.write_detector(path, seed=2)
    return Recorded(ort.InferenceSession(str(path), providers=["CPUExecutionProvider"]))


def _picture(shape: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    rough = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
    return np.asarray(cv2.resize(rough, shape[::-1]), np.uint8)


@pytest.mark.parametrize("size", [64, 320])
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_to_insightface(session: Recorded, shape: tuple[int, int], size: int) -> None:
    reference = SCRFD(session=session, static_shape_sessions=False)
    found = 0
    for seed in range(3):
        picture = _picture(shape, seed)
        for threshold in (0.05, 0.2, 0.5):
            session.seen.clear()
            boxes, points = reference.detect(picture, input_size=(size, size), det_thresh=threshold)
            faces = Scrfd(session, size).detect(picture, threshold)
            expected = [
                (-score, left, top, right - left, bottom - top, tuple(landmarks))
                for (left, top, right, bottom, score), landmarks in zip(
                    boxes.tolist(), points.reshape(-1, 10).tolist(), strict=True
                )
            ]
            assert [
                (-f.score, f.box.x, f.box.y, f.box.width, f.box.height, f.landmarks) for f in faces
            ] == sorted(expected)
            theirs, ours = session.seen
            np.testing.assert_array_equal(ours, theirs)
            found += len(faces)
    assert found > 10


def test_faces_that_share_little_both_stay() -> None:
    boxes = np.array([[0, 0, 9, 9], [0, 6, 9, 15], [0, 5, 9, 12], [40, 0, 49, 9]], np.float32)
    assert suppress(boxes, np.array([0, 1, 2, 3])) == [0, 1, 3]
    assert suppress(boxes, np.array([2, 3, 1, 0])) == [2, 3, 0]
    assert suppress(boxes, np.array([], int)) == []
