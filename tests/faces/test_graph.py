"""An ONNX file is understood without reading its weights, and a broken one is told from a sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cocopfs.errors import UsageError
from cocopfs.faces.graph import (
    Port,
    read_graph,
    read_last_initializer,
    read_without_weights,
)
from tests.faces import graphs


def _shape(value: onnx.ValueInfoProto) -> tuple[int | None, ...]:
    return tuple(d.dim_value or None for d in value.type.tensor_type.shape.dim)


def test_interfaces_of_real_networks_are_read_as_onnx_reads_them(real_small: Path) -> None:
    paths = sorted(real_small.rglob("*.onnx"))
    assert len(paths) == 4
    for path in paths:
        whole = onnx.load(path)
        graph = read_graph(path)
        assert graph.inputs == tuple(Port(v.name, _shape(v)) for v in whole.graph.input)
        assert graph.outputs == tuple(Port(v.name, _shape(v)) for v in whole.graph.output)
        assert graph.external == ()
        last = numpy_helper.to_array(whole.graph.initializer[-1])
        np.testing.assert_array_equal(read_last_initializer(path), last)


def test_a_model_without_its_weights_finds_them_in_the_file(real_small: Path) -> None:
    for path in sorted(real_small.rglob("*.onnx")):
        whole, light = onnx.load(path), read_without_weights(path)
        assert light.ByteSize() < 0.2 * path.stat().st_size
        onnx.load_external_data_for_model(light, str(path.parent))
        for mine, other in zip(light.graph.initializer, whole.graph.initializer, strict=True):
            del mine.external_data[:]
            mine.ClearField("data_location")
            assert mine == other
        del light.graph.initializer[:], whole.graph.initializer[:]
        assert light == whole


def test_weights_listed_among_the_inputs_are_no_inputs(tmp_path: Path) -> None:
    """As the files of the format's first versions have it."""
    path = tmp_path / "old.onnx"
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [4]) for n in ("x", "w", "y")]
    weight = numpy_helper.from_array(np.ones(4, np.float32), "w")
    node = helper.make_node("Add", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "old", ports[:2], ports[2:], [weight])
    path.write_bytes(helper.make_model(graph, ir_version=3).SerializeToString())
    assert [port.name for port in read_graph(path).inputs] == ["x"]


def test_weights_kept_in_other_files_are_found_at_any_depth(tmp_path: Path) -> None:
    path = tmp_path / "deep.onnx"
    hidden = TensorProto(name="h", data_type=TensorProto.FLOAT, dims=[4])
    hidden.external_data.add(key="location", value="../../secret")
    constant = helper.make_node("Constant", [], ["c"], value=hidden)
    out = helper.make_tensor_value_info("c", TensorProto.FLOAT, [4])
    branch = helper.make_graph([constant], "branch", [], [out])
    node = helper.make_node("If", ["x"], ["y"], then_branch=branch, else_branch=branch)
    x = helper.make_tensor_value_info("x", TensorProto.BOOL, [])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])
    model = helper.make_model(helper.make_graph([node], "deep", [x], [y]), ir_version=8)
    path.write_bytes(model.SerializeToString())
    assert read_graph(path).external == ("../../secret",)


def test_a_download_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.onnx", tmp_path / "cut.onnx"
    graphs.write_recogniser(whole, 8, seed=0)
    data = whole.read_bytes()
    for size in range(0, len(data), len(data) // 97):
        cut.write_bytes(data[:size])
        with pytest.raises(UsageError, match=r"cut\.onnx is not a readable ONNX model"):
            read_graph(cut)


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", bytes(500), b"\xff" * 500])
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    for read in (read_graph, read_last_initializer):
        with pytest.raises(UsageError, match=r"model\.onnx is not a readable ONNX model"):
            read(path)
    with pytest.raises(UsageError, match="there is no file"):
        read_graph(tmp_path / "missing.onnx")


def test_damaged_bytes_never_end_in_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "damaged.onnx"
    graphs.write_classifier(path, 2, seed=0)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data)
        for at in rng.integers(-150, 500, 3):  # the nodes come first and the ports last
            damaged[at] = int(rng.integers(256))
        path.write_bytes(damaged)
        try:
            read_graph(path)
        except UsageError:
            refused += 1
    assert refused > 30
