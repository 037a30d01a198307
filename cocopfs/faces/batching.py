"""A swapper's graph, made for one face, rewritten to swap many in one call.

inswapper_128 was exported with a batch of one. Rewritten, it takes any number of targets and any
number of sources, and a third input that says whose face each source replaces. What depends on the
target alone is computed once a target; where the source comes in, it is repeated for each source.
The arithmetic of each face stays the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

REWRITING = 1
"""Raised by hand when the same graph is rewritten in another way."""

TARGET_OF = "target_of"
"""The third input: (sources,) int64, for each source the place of its target in the batch."""


class CannotBatchError(Exception):
    """The graph does something that the rewriting does not know. The message says what."""


def batch_graph(model: onnx.ModelProto) -> None:
    """Rewrite a graph of inputs `target` [1, ...] and `source` [1, d], in this order, in place.

    Afterwards it takes [targets, ...], [sources, d] and TARGET_OF, and puts out [sources, ...].
    Initializers stay in their order: inswapper's emap is found by being the last.
    Raises CannotBatchError, and then the model is of no use any more.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    target, source = (port for port in graph.input if port.name not in weights)
    nodes = list(_Rewriting(graph, target.name, source.name).nodes())
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]  # they still speak of a batch of one
    target.type.tensor_type.shape.dim[0].dim_param = "targets"
    source.type.tensor_type.shape.dim[0].dim_param = "sources"
    graph.output[0].type.tensor_type.shape.dim[0].dim_param = "sources"
    graph.input.append(helper.make_tensor_value_info(TARGET_OF, TensorProto.INT64, ["sources"]))


@dataclass(frozen=True)
class _Batch:
    """Of which inputs' batches a tensor has one entry each. Neither: it is no batch."""

    target: bool = False
    source: bool = False

    def __or__(self, other: _Batch) -> _Batch:
        return _Batch(self.target or other.target, self.source or other.source)


@dataclass
class _Rewriting:
    graph: onnx.GraphProto
    target: str
    source: str
    batches: dict[str, _Batch] = field(default_factory=dict)
    constants: dict[str, NDArray[Any]] = field(default_factory=dict)
    repeated: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def nodes(self) -> Iterator[onnx.NodeProto]:
        self.batches = {self.target: _Batch(target=True), self.source: _Batch(source=True)}
        self.names = {name for node in self.graph.node for name in (*node.input, *node.output)}
        self.names |= {value.name for value in (*self.graph.input, *self.graph.initializer)}
        if TARGET_OF in self.names:
            raise CannotBatchError(f"it has a tensor called {TARGET_OF} already")
        for tensor in self.graph.initializer:
            if tensor.data_location != TensorProto.EXTERNAL and _is_list(tensor):
                self.constants[tensor.name] = numpy_helper.to_array(tensor)
        for node in self.graph.node:
            yield from self._node(node)
        if not self.batches.get(self.graph.output[0].name, _Batch()).source:
            raise CannotBatchError("its output does not depend on the source")

    def _node(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        if any(found.HasField("g") or found.graphs for found in node.attribute):
            raise CannotBatchError(f"its node {node.name or node.op_type} has graphs inside")
        if node.op_type == "Constant":
            (value,) = node.attribute
            if value.name == "value_ints":
                self.constants[node.output[0]] = np.array(value.ints, np.int64)
            elif value.name == "value" and _is_list(value.t):
                self.constants[node.output[0]] = numpy_helper.to_array(value.t)
        found = [self.batches.get(name, _Batch()) for name in node.input]
        batch = _Batch()
        for one in found:
            batch |= one
        if node.op_type in {"Shape", "Size"}:
            batch = _Batch()  # computed while it runs, so it needs no change
        if batch == _Batch(target=True, source=True):
            for place, one in enumerate(found):
                if one == _Batch(target=True):
                    yield from self._repeat(node.input[place])
                    node.input[place] = self.repeated[node.input[place]]
        if batch != _Batch():
            if node.op_type == "Reshape" and len(node.input) > 1:
                yield from self._free_reshape(node)
            elif node.op_type == "Resize" and len(node.input) > 3 and node.input[3]:
                yield from self._free_sizes(node)
        self.batches.update((name, batch) for name in node.output if name)
        yield node

    def _repeat(self, name: str) -> Iterator[onnx.NodeProto]:
        """One entry for each source of what has one for each target."""
        if name not in self.repeated:
            self.repeated[name] = self._name(f"{name} of each source")
            yield helper.make_node("Gather", [name, TARGET_OF], [self.repeated[name]], axis=0)

    def _free_reshape(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """A shape whose first number is a fixed 1 gets one that follows the batch."""
        shape = self.constants.get(node.input[1])
        if shape is None or shape.ndim != 1 or not shape.size or shape[0] != 1:
            return
        free = shape.copy()
        if -1 not in free:
            free[0] = -1
        elif any(found.name == "allowzero" and found.i for found in node.attribute):
            raise CannotBatchError(f"its node {node.name or node.op_type} gives 0 a meaning")
        else:
            free[0] = 0  # as many as the input has
        node.input[1] = self._name("shape")
        yield _constant(free, node.input[1])

    def _free_sizes(self, node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
        """Output sizes of a Resize whose first number is a fixed 1 begin with the input's own."""
        sizes = self.constants.get(node.input[3])
        if sizes is None or sizes[0] != 1:
            return
        whole, zero, one, first, rest, joined = (
            self._name(name) for name in ("shape", "zero", "one", "batch", "size", "sizes")
        )
        yield helper.make_node("Shape", [node.input[0]], [whole])
        yield _constant(np.array([0]), zero)
        yield _constant(np.array([1]), one)
        yield helper.make_node("Slice", [whole, zero, one], [first])
        yield _constant(sizes[1:], rest)
        yield helper.make_node("Concat", [first, rest], [joined], axis=0)
        node.input[3] = joined

    def _name(self, wish: str) -> str:
        """A name that the graph does not have yet."""
        name, number = wish, 1
        while name in self.names:
            name, number = f"{wish} {number}", number + 1
        self.names.add(name)
        return name


def _is_list(tensor: onnx.TensorProto) -> bool:
    """A shape, or something as small: whole numbers in one row."""
    return tensor.data_type == TensorProto.INT64 and len(tensor.dims) == 1


def _constant(values: NDArray[Any], name: str) -> onnx.NodeProto:
    tensor = numpy_helper.from_array(np.asarray(values, np.int64), name)
    return helper.make_node("Constant", [], [name], value=tensor)
