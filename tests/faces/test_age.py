"""Ages are insightface's own guesses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from insightface.app.common import Face as InsightFace
from insightface.data import get_image
from insightface.model_zoo import get_model
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.age import AgeNetwork
from cocopfs.faces.detector import Detector
from cocopfs.faces.models import Models
from cocopfs.faces.pack import Role, open_pack
from cocopfs.records import Box, Face
from tests.faces import graphs


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    return np.asarray(get_image("t1"), np.uint8)


@pytest.fixture(scope="module")
def faces(real_small: Path, picture: NDArray[np.uint8]) -> list[Face]:
    """Six real faces, and one that reaches out of the picture."""
    path = real_small / "insightface/models/real-small/det_500m.onnx"
    found = Detector(path, "cpu", 1, 640).detect(picture, 0.5)
    return [*found, replace(found[0], box=Box(-30, -10.5, 90, 120.25))]


def _insightface_guess(path: Path, picture: NDArray[np.uint8], face: Face) -> int:
    """What `FaceAnalysis` would say: the model router's class, insightface's own session."""
    box = face.box
    bbox = np.array([box.x, box.y, box.x + box.width, box.y + box.height])
    own = get_model(str(path), providers=["CPUExecutionProvider"])
    assert own.taskname == "genderage"
    _, age = own.get(picture, InsightFace(bbox=bbox))
    return int(age)


@pytest.mark.parametrize("batch", ["n", 1])
def test_guesses_are_insightfaces(
    tmp_path: Path, picture: NDArray[np.uint8], faces: list[Face], batch: int | str
) -> None:
    path = tmp_path / "genderage.onnx"
    graphs.write_age(path, seed=1, batch=batch)
    network = AgeNetwork(path, "cpu", 1)
    found = [network.guess(picture, face) for face in faces]
    assert found == [_insightface_guess(path, picture, face) for face in faces]
    assert len(set(found)) > 3, "the network looks at the face"
    assert all(0 <= age <= 100 for age in found)


def test_a_pack_knows_it_by_its_shape(tmp_path: Path) -> None:
    graphs.write_age(tmp_path / "insightface/models/zoo/anything.onnx", seed=0)
    pack = open_pack(tmp_path, [Role.AGE])
    assert pack.path(Role.AGE).name == "anything.onnx"
    models = Models(pack, "cpu", 1, 640)
    assert models.age is models.age


def test_a_pack_without_it_says_how_to_go_on(real_small: Path) -> None:
    with pytest.raises(UsageError, match="has no file for: age") as caught:
        open_pack(real_small, [Role.DETECTOR, Role.AGE])
    for word in ("genderage.onnx", "buffalo_l", "--set select.min_age=null"):
        assert word in str(caught.value)


def test_another_network_is_refused(tmp_path: Path) -> None:
    graphs.write_recogniser(tmp_path / "rec.onnx", 3, seed=0)
    with pytest.raises(UsageError, match=r"rec\.onnx cannot be the age network"):
        AgeNetwork(tmp_path / "rec.onnx", "cpu", 1)
    graphs.write_age(tmp_path / "four.onnx", seed=0, batch=4)
    with pytest.raises(UsageError, match=r"four\.onnx cannot be the age network") as caught:
        AgeNetwork(tmp_path / "four.onnx", "cpu", 1)
    assert caught.value.expected == "one input [n, 3, 96, 96] and one output [n, 3]"


def test_no_number_is_an_error(
    tmp_path: Path, picture: NDArray[np.uint8], faces: list[Face]
) -> None:
    path = tmp_path / "dead.onnx"
    graphs.write_age(path, seed=0)
    model = onnx.load(path)
    dense = next(tensor for tensor in model.graph.initializer if tensor.name == "dense")
    dense.raw_data = np.full((4 * 6 * 6, 3), np.nan, np.float32).tobytes()
    onnx.save(model, path)
    with pytest.raises(UsageError, match=r"dead\.onnx gave no number for an age"):
        AgeNetwork(path, "cpu", 1).guess(picture, faces[0])


def test_a_box_without_size_cannot_be_cut_out(
    tmp_path: Path, picture: NDArray[np.uint8], faces: list[Face]
) -> None:
    graphs.write_age(tmp_path / "genderage.onnx", seed=0)
    with pytest.raises(ValueError, match="cannot be cut out"):
        AgeNetwork(tmp_path / "genderage.onnx", "cpu", 1).guess(
            picture, replace(faces[0], box=Box(5, 5, 0, 0))
        )
