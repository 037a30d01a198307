"""A graph made for one face takes many, and each comes out as if it had been alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, parser

from cocopfs.faces.batching import TARGET_OF, CannotBatchError, batch_graph
from tests.faces import graphs

HEAD = '<ir_version: 8, opset_import: ["" : 13]>'
PORTS = "(float[1,2,4,4] target, float[1,3] source) => (float[1,2,4,4] output)"
RNG = np.random.default_rng(0)


def _model(body: str, weights: str = "", ports: str = PORTS) -> onnx.ModelProto:
    """A graph in ONNX's text form, with `style`, which turns a source into two numbers."""
    model: onnx.ModelProto = parser.parse_model(
        f"{HEAD} g {ports} <{weights}> {{ s = MatMul(source, style) {body} }}"
    )
    style = numpy_helper.from_array(RNG.standard_normal((3, 2)).astype(np.float32), "style")
    model.graph.initializer.append(style)
    onnx.checker.check_model(model)
    return model


def _run(model: onnx.ModelProto, **feed: NDArray[Any]) -> NDArray[np.float32]:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return np.asarray(session.run(None, feed)[0], np.float32)


def _difference(model: onnx.ModelProto, places: tuple[int, ...]) -> float:
    """Between faces in one call and the same ones alone."""
    targets = RNG.random((3, 2, 4, 4)).astype(np.float32)
    sources = RNG.standard_normal((len(places), 3)).astype(np.float32)
    alone = [
        _run(model, target=targets[[place]], source=source[None])
        for source, place in zip(sources, places, strict=True)
    ]
    batched = onnx.ModelProto.FromString(model.SerializeToString())
    batch_graph(batched)
    found = _run(batched, target=targets, source=sources, **{TARGET_OF: np.array(places)})
    return float(np.abs(found - np.concatenate(alone)).max())


GRAPHS = {
    "a shape that is a weight": (
        "r = Reshape(s, shape) output = Mul(target, r)",
        "int64[4] shape = {1, 2, 1, 1}",
    ),
    "a shape that is a constant": (
        "shape = Constant<value = int64[4] {1, 2, 1, 1}>() r = Reshape(s, shape) "
        "output = Mul(target, r)",
        "",
    ),
    "a shape of a list": (
        "shape = Constant<value_ints = [1, 2, 1, 1]>() r = Reshape(s, shape) "
        "output = Mul(target, r)",
        "",
    ),
    "a shape with a free number": (
        "r = Reshape(s, shape) output = Mul(target, r)",
        "int64[4] shape = {1, -1, 1, 1}",
    ),
    "a shape that a weight needs too": (
        "r = Reshape(s, shape) w = Reshape(bias, shape) x = Add(target, w) output = Mul(x, r)",
        "int64[4] shape = {1, -1, 1, 1}, float[2] bias = {2, 3}",
    ),
    "a shape that is computed": (
        "size = Shape(s) tail = Constant<value_ints = [1, 1]>() shape = Concat<axis = 0>(size, "
        "tail) r = Reshape(s, shape) output = Mul(target, r)",
        "",
    ),
    "a target reshaped before the source comes in": (
        "x = Reshape(target, flat) y = Reshape(x, back) r = Reshape(s, shape) output = Mul(y, r)",
        "int64[4] shape = {1, 2, 1, 1}, int64[2] flat = {1, 32}, int64[4] back = {1, 2, 4, 4}",
    ),
    "sizes of a resize": (
        "r = Reshape(s, shape) x = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(target) "
        'y = Mul(x, r) output = Resize<mode = "nearest">(y, , , sizes)',
        "int64[4] shape = {1, 2, 1, 1}, int64[4] sizes = {1, 2, 4, 4}",
    ),
    "a skip over the source's part": (
        "r = Reshape(s, shape) x = Relu(target) y = Mul(x, r) z = Add(y, x) output = Sub(z, "
        "target)",
        "int64[4] shape = {1, 2, 1, 1}",
    ),
    "a shape that is expanded to": (
        "r = Reshape(s, shape) e = Expand(r, sizes) output = Mul(target, e)",
        "int64[4] shape = {1, 2, 1, 1}, int64[4] sizes = {1, 2, 4, 4}",
    ),
}


@pytest.mark.parametrize("places", [(0,), (1, 1, 1, 1, 1), (0, 0, 2), (2, 0, 1, 0)])
@pytest.mark.parametrize("name", GRAPHS)
def test_each_face_as_if_it_were_alone(name: str, places: tuple[int, ...]) -> None:
    body, weights = GRAPHS[name]
    assert _difference(_model(body, weights), places) == 0


def test_the_targets_part_is_computed_once_a_target() -> None:
    """Or five identities of a face would cost five times the encoder."""
    model = _model(*GRAPHS["a skip over the source's part"])
    batch_graph(model)
    repeated = [node for node in model.graph.node if node.op_type == "Gather"]
    assert sorted(node.input[0] for node in repeated) == ["target", "x"]
    assert next(node for node in model.graph.node if node.op_type == "Relu").input[0] == "target"


def test_a_swapper_takes_open_batches_and_its_emap_stays_last(tmp_path: Path) -> None:
    graphs.write_inswapper(tmp_path / "a.onnx", seed=0)
    model = onnx.shape_inference.infer_shapes(onnx.load(tmp_path / "a.onnx"))
    assert model.graph.value_info
    before = [tensor.name for tensor in model.graph.initializer]
    batch_graph(model)
    assert [tensor.name for tensor in model.graph.initializer] == before
    assert before[-1] == "emap"
    assert not model.graph.value_info
    first = [port.type.tensor_type.shape.dim[0].dim_param for port in model.graph.input]
    assert first == ["targets", "sources", "sources"]
    assert model.graph.output[0].type.tensor_type.shape.dim[0].dim_param == "sources"
    onnx.checker.check_model(model, full_check=True)


def test_weights_listed_among_the_inputs_stay_there() -> None:
    model = _model(*GRAPHS["a skip over the source's part"])
    model.graph.input.append(helper.make_tensor_value_info("style", TensorProto.FLOAT, [3, 2]))
    # ONNX Runtime takes them for changeable, and multiplies one row otherwise than many
    assert _difference(model, (0, 1, 1)) < 1e-6


def test_names_of_the_graph_are_not_used_twice() -> None:
    model = _model(*GRAPHS["a skip over the source's part"])
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = ["x of each source" if name == "r" else name for name in names]
    assert _difference(model, (0, 1, 1)) == 0


@pytest.mark.parametrize(
    ("body", "weights", "why"),
    [
        ("output = Relu(target)", "", "does not depend on the source"),
        (
            "yes = Constant<value = bool {1}>() output = If(yes) <then_branch = a () => (float["
            "1,2,4,4] p) { p = Relu(target) }, else_branch = b () => (float[1,2,4,4] q) { q = "
            "Abs(target) }>",
            "",
            "has graphs inside",
        ),
        (
            "r = Reshape<allowzero = 1>(s, shape) output = Mul(target, r)",
            "int64[4] shape = {1, -1, 1, 1}",
            "gives 0 a meaning",
        ),
    ],
)
def test_what_is_not_known_is_refused(body: str, weights: str, why: str) -> None:
    model = parser.parse_model(
        f"{HEAD.replace('13', '14')} g {PORTS} <float[3,2] style, {weights}> "
        f"{{ s = MatMul(source, style) {body} }}".replace(", >", ">")
    )
    with pytest.raises(CannotBatchError, match=why):
        batch_graph(model)
