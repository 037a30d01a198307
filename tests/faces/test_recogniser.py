"""Embeddings are insightface's, of unit length, and do not depend on the batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from insightface.data import get_image
from insightface.model_zoo.arcface_onnx import ArcFaceONNX
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.detector import Detector
from cocopfs.faces.recogniser import Recogniser
from tests.faces import graphs

MODELS = "insightface/models/real-small"


@pytest.fixture(scope="module")
def real(real_small: Path) -> Recogniser:
    return Recogniser(real_small / MODELS / "rec_mbf.onnx", "cpu", 1)


@pytest.fixture(scope="module")
def crops(real_small: Path) -> list[NDArray[np.uint8]]:
    """Six real faces, aligned."""
    picture = np.asarray(get_image("t1"), np.uint8)
    detector = Detector(real_small / MODELS / "det_500m.onnx", "cpu", 1, 640)
    return [align(picture, face.points, 112)[0] for face in detector.detect(picture, 0.5)]


def test_embeddings_are_insightfaces(
    real: Recogniser, real_small: Path, crops: list[NDArray[np.uint8]]
) -> None:
    own = ArcFaceONNX(str(real_small / MODELS / "rec_mbf.onnx"))
    found = real.embed(crops, 16)
    assert real.dimension == 128
    assert found.shape == (6, 128)
    assert found.dtype == np.float32
    for crop, embedding in zip(crops, found, strict=True):
        raw = own.get_feat(crop)[0]
        np.testing.assert_allclose(embedding, raw / np.linalg.norm(raw), atol=1e-5)


def test_embeddings_have_unit_length_and_do_not_depend_on_the_batch(
    real: Recogniser, crops: list[NDArray[np.uint8]]
) -> None:
    single = real.embed(crops, 1)
    np.testing.assert_allclose(np.linalg.norm(single, axis=1), 1, atol=1e-6)
    for batch in (2, 4, 6, 100):
        np.testing.assert_allclose(real.embed(crops, batch), single, atol=1e-5)
    assert real.embed([], 16).shape == (0, 128)


def test_one_face_is_itself_and_six_people_are_six(
    real: Recogniser, crops: list[NDArray[np.uint8]]
) -> None:
    embeddings = real.embed([*crops, crops[0][:, ::-1]], 16)
    cosines = embeddings[:6] @ embeddings[:6].T
    assert np.abs(cosines[~np.eye(6, dtype=bool)]).max() < 0.5
    assert embeddings[0] @ embeddings[6] > 0.8  # the mirror image


def test_a_graph_made_for_one_face_takes_them_one_by_one(
    tmp_path: Path, crops: list[NDArray[np.uint8]]
) -> None:
    graphs.write_recogniser(tmp_path / "many.onnx", 512, seed=3)
    graphs.write_recogniser(tmp_path / "one.onnx", 512, seed=3, batch=1)
    many = Recogniser(tmp_path / "many.onnx", "cpu", 1)
    one = Recogniser(tmp_path / "one.onnx", "cpu", 1)
    assert one.dimension == 512
    np.testing.assert_allclose(one.embed(crops, 4), many.embed(crops, 4), atol=1e-5)


def test_another_network_is_refused(tmp_path: Path, real_small: Path) -> None:
    with pytest.raises(UsageError, match=r"det_500m\.onnx cannot be the recogniser"):
        Recogniser(real_small / MODELS / "det_500m.onnx", "cpu", 1)
    graphs.write_recogniser(tmp_path / "four.onnx", 8, seed=0, batch=4)
    with pytest.raises(UsageError, match=r"four\.onnx cannot be the recogniser") as caught:
        Recogniser(tmp_path / "four.onnx", "cpu", 1)
    assert caught.value.expected == "one input [n, 3, 112, 112] and one output [n, d]"


@pytest.mark.parametrize(("value", "length"), [(0, "0"), (np.nan, "nan")])
def test_an_embedding_without_direction_is_an_error(
    tmp_path: Path, crops: list[NDArray[np.uint8]], value: float, length: str
) -> None:
    path = tmp_path / "dead.onnx"
    graphs.write_recogniser(path, 8, seed=0)
    model = onnx.load(path)
    dense = next(tensor for tensor in model.graph.initializer if tensor.name == "dense")
    dense.raw_data = np.full((16 * 7 * 7, 8), value, np.float32).tobytes()
    onnx.save(model, path)
    with pytest.raises(UsageError, match=rf"dead\.onnx gave an embedding of length {length}"):
        Recogniser(path, "cpu", 1).embed(crops, 4)
