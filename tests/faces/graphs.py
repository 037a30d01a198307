"""Small ONNX graphs with the exact interfaces of the networks that may not be passed on.

Their weights are random, so what they put out means nothing, but it depends on all of their inputs.
They show that code around a network is right; they show nothing about the network.

`write_inswapper` makes a swapper: the target's picture comes out again, tinted and textured by the
source, so that a face stays a face. `write_recogniser` makes a recogniser of any dimension,
`write_detector` an SCRFD of dynamic input size, `write_classifier` a network of DeepFace's kind,
`write_age` one of insightface's gender and age.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper, parser

Dim = int | str
Weights = dict[str, NDArray[Any]]
Ports = Mapping[str, Sequence[Dim]]


def write_inswapper(path: Path, seed: int) -> None:
    """A swapper of inswapper_128's interface: `target` [1, 3, 128, 128] and `source` [1, 512] to
    [1, 3, 128, 128] in [0, 1], with the 512x512 emap as the last initializer."""
    rng = np.random.default_rng(seed)
    wide = 8
    weights: Weights = {
        "conv1": _normal(rng, wide, 3, 5, 5),
        "conv2": _normal(rng, wide, wide, 3, 3),
        "scale": 20 * _normal(rng, 512, wide),
        "shift": 20 * _normal(rng, 512, wide),
        "up": np.array([1, 1, 2, 2], np.float32),
        "conv3": _normal(rng, 3, wide, 3, 3),
        "column": np.array([1, wide, 1, 1], np.int64),
        "half": np.array([0.5], np.float32),
        "contrast": np.array([4], np.float32),
        "emap": _normal(rng, 512, 512),
    }
    nodes = [
        _node("Conv", "target conv1", "a", strides=[2, 2], pads=[2, 2, 2, 2]),
        _node("LeakyRelu", "a", "b", alpha=0.2),
        _node("Conv", "b conv2", "c", pads=[1, 1, 1, 1]),
        _node("MatMul", "source scale", "s"),
        _node("Reshape", "s column", "s4"),
        _node("MatMul", "source shift", "t"),
        _node("Reshape", "t column", "t4"),
        _node("Mul", "c s4", "d"),
        _node("Add", "d t4", "e"),
        _node("LeakyRelu", "e", "f", alpha=0.2),
        helper.make_node("Resize", ["f", "", "up"], ["g"], mode="linear"),
        _node("Conv", "g conv3", "h", pads=[1, 1, 1, 1]),
        _node("Sub", "target half", "centred"),
        _node("Mul", "centred contrast", "i"),
        _node("Add", "h i", "j"),
        _node("Sigmoid", "j", "output"),
    ]
    inputs = {"target": [1, 3, 128, 128], "source": [1, 512]}
    _write(path, nodes, inputs, {"output": [1, 3, 128, 128]}, weights)


def write_recogniser(path: Path, dimension: int, seed: int, batch: Dim = "n") -> None:
    """A recogniser of aligned faces: [n, 3, 112, 112] to [n, dimension]; `batch` 1 for a graph that
    takes one face only."""
    rng = np.random.default_rng(seed)
    weights: Weights = {
        "conv1": _normal(rng, 8, 3, 8, 8),
        "conv2": _normal(rng, 16, 8, 4, 4),
        "dense": _normal(rng, 16 * 7 * 7, dimension),
    }
    nodes = [
        _node("Conv", "data conv1", "a", strides=[4, 4], pads=[2, 2, 2, 2]),
        _node("LeakyRelu", "a", "b", alpha=0.2),
        _node("Conv", "b conv2", "c", strides=[4, 4]),
        _node("LeakyRelu", "c", "d", alpha=0.2),
        _node("Flatten", "d", "e"),
        _node("MatMul", "e dense", "embedding"),
    ]
    _write(path, nodes, {"data": [batch, 3, 112, 112]}, {"embedding": [batch, dimension]}, weights)


def write_detector(path: Path, seed: int, landmarks: bool = True, anchors: int = 2) -> None:
    """An SCRFD of dynamic input size and strides 8, 16, 32, to which some places of any picture are
    faces. Without landmarks it has six outputs; with another number of anchors it is no SCRFD."""
    rng = np.random.default_rng(seed)
    weights: Weights = {"bias": np.full(anchors, -3, np.float32)}
    nodes, outputs = [], {}
    for columns in (1, 4, 10) if landmarks else (1, 4):
        weights[f"shape{columns}"] = np.array([-1, columns], np.int64)
        for stride in (8, 16, 32):
            name = f"{columns}_{stride}"
            weights[f"w{name}"] = 2 * _normal(rng, anchors * columns, 3, stride, stride)
            conv = f"input w{name}" + (" bias" if columns == 1 else "")
            last = "Sigmoid" if columns == 1 else "Abs" if columns == 4 else "Identity"
            nodes += [
                _node("Conv", conv, f"a{name}", strides=[stride, stride]),
                _node("Transpose", f"a{name}", f"b{name}", perm=[0, 2, 3, 1]),
                _node("Reshape", f"b{name} shape{columns}", f"c{name}"),
                _node(last, f"c{name}", f"out{name}"),
            ]
            outputs[f"out{name}"] = [f"rows{stride}", columns]
    _write(path, nodes, {"input": [1, 3, "h", "w"]}, outputs, weights)


def write_classifier(path: Path, classes: int, seed: int, batch: Dim = "n") -> None:
    """A network of DeepFace's kind: [n, 224, 224, 3] to [n, classes] probabilities."""
    rng = np.random.default_rng(seed)
    weights: Weights = {
        "conv": _normal(rng, 4, 3, 32, 32),
        "dense": 9 * _normal(rng, 4 * 7 * 7, classes),
    }
    nodes = [
        _node("Transpose", "input", "a", perm=[0, 3, 1, 2]),
        _node("Conv", "a conv", "b", strides=[32, 32]),
        _node("Relu", "b", "c"),
        _node("Flatten", "c", "d"),
        _node("MatMul", "d dense", "e"),
        _node("Softmax", "e", "probabilities", axis=1),
    ]
    outputs = {"probabilities": [batch, classes]}
    _write(path, nodes, {"input": [batch, 224, 224, 3]}, outputs, weights)


def write_age(path: Path, seed: int, batch: Dim = "n") -> None:
    """A network of genderage.onnx's interface: [n, 3, 96, 96] to [n, 3], two scores of genders and
    a hundredth of the age, here from 0 to 1."""
    rng = np.random.default_rng(seed)
    weights: Weights = {
        "conv": _normal(rng, 4, 3, 16, 16),
        "dense": 2 * _normal(rng, 4 * 6 * 6, 3),
    }
    nodes = [
        _node("Conv", "data conv", "a", strides=[16, 16]),
        _node("Relu", "a", "b"),
        _node("Flatten", "b", "c"),
        _node("MatMul", "c dense", "d"),
        _node("Sigmoid", "d", "fc1"),
    ]
    _write(path, nodes, {"data": [batch, 3, 96, 96]}, {"fc1": [batch, 3]}, weights)


def _normal(rng: np.random.Generator, *shape: int) -> NDArray[np.float32]:
    """Random weights that keep the variance of what passes through them."""
    inputs = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
    return np.asarray(rng.standard_normal(shape) / np.sqrt(inputs), np.float32)


def _node(kind: str, inputs: str, output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, inputs.split(), [output], **attributes)


def _write(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    inputs: Ports,
    outputs: Ports,
    weights: Weights,
) -> None:
    ports = [
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, dims) for name, dims in side]
        for side in (inputs.items(), outputs.items())
    ]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "random", ports[0], ports[1], tensors)
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def write_doubling(path: Path) -> None:
    """Of x [n, 3] the double, plus a place's number: place [n, 1]."""
    onnx.save(
        parser.parse_model(
            '<ir_version: 8, opset_import: ["" : 13]> g (float[n,3] x, int64[n,1] place) => '
            "(float[n,3] y) { two = Add(x, x) p = Cast<to = 1>(place) y = Add(two, p) }"
        ),
        path,
    )
