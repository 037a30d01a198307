"""Weights are stored in half their bytes, and computed with as before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from cocopfs.faces.compact import compact
from cocopfs.faces.graph import read_graph, read_last_initializer
from tests.faces import graphs


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "recogniser.onnx"
    graphs.write_recogniser(path, 512, seed=3)
    return path


def test_half_the_bytes_and_nearly_the_same_numbers(whole: Path) -> None:
    data = compact(whole.read_bytes())
    assert len(data) < 0.52 * whole.stat().st_size
    faces = np.random.default_rng(0).normal(size=(2, 3, 112, 112)).astype(np.float32)
    (found,) = ort.InferenceSession(data).run(None, {"data": faces})
    (expected,) = ort.InferenceSession(str(whole)).run(None, {"data": faces})
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


def test_the_emap_comes_last(whole: Path, tmp_path: Path) -> None:
    emap = np.random.default_rng(1).normal(size=(512, 512)).astype(np.float32)
    path = tmp_path / "swapper.onnx"
    path.write_bytes(compact(whole.read_bytes(), ("emap", emap)))
    np.testing.assert_allclose(read_last_initializer(path), emap, atol=3e-3)
    assert read_graph(path).inputs == read_graph(whole).inputs


def test_small_weights_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "detector.onnx"
    graphs.write_detector(path, seed=0)
    stored = onnx.load_from_string(compact(path.read_bytes()))
    kinds = {tensor.name: tensor.data_type for tensor in stored.graph.initializer}
    assert kinds["bias"] == onnx.TensorProto.FLOAT
    assert onnx.TensorProto.FLOAT16 in kinds.values()
