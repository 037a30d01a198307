"""What an ONNX file says of itself, read without its weights.

Weights are most of a file of half a gigabyte; to parse them only to look at a graph's shape costs
a second and a gigabyte in every worker. Here the file is mapped and the weights are skipped.
"""

from __future__ import annotations

import errno
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from cocopfs.errors import UsageError

# Field numbers of onnx.proto: ModelProto.graph, GraphProto.initializer, and all of TensorProto
# that is not its values: dims, data_type, name, external_data, data_location.
_GRAPH = 7
_INITIALIZER = 5
_TENSOR_HEAD = frozenset({1, 2, 8, 13, 14})
_RAW_DATA = 9  # of TensorProto
_OF_THE_MACHINE = {errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EIO}
_LARGE = 1024  # bytes from which on a weight is left in its file


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a graph; None stands for a size that the graph leaves open."""

    name: str
    shape: tuple[int | None, ...]

    def fits(self, *shape: int | None) -> bool:
        """Whether an array of that shape may pass; None stands for any size."""
        return len(shape) == len(self.shape) and all(
            mine is None or wanted is None or mine == wanted
            for mine, wanted in zip(self.shape, shape, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.name} [{', '.join('?' if n is None else str(n) for n in self.shape)}]"


@dataclass(frozen=True, slots=True)
class Graph:
    """The interface of an ONNX graph, and the files beside it in which it keeps weights."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    external: tuple[str, ...]

    def __str__(self) -> str:
        sides = (self.inputs, self.outputs)
        return " -> ".join(", ".join(map(str, ports)) or "nothing" for ports in sides)


def read_graph(path: Path) -> Graph:
    """The graph's interface. Raises UsageError when the file is missing or is no ONNX model."""
    data = _mapped(path)
    try:
        model = onnx.ModelProto()
        for number, field, body in _fields(data):
            if number == _GRAPH:
                _merge_graph(model.graph, body)
            else:
                model.MergeFromString(bytes(field))
        graph = _interface(model)
    except (DecodeError, UnicodeDecodeError, _MalformedError) as error:
        raise _broken(path, str(error)) from error
    if not graph.outputs:
        raise _broken(path, "it holds no graph")
    return graph


def read_last_initializer(path: Path) -> NDArray[Any]:
    """The values of the graph's last initializer, an array of no dimension when it has none.

    Raises UsageError when the file is missing or is no ONNX model.
    """
    data = _mapped(path)
    try:
        last = memoryview(b"")
        for number, _, body in _fields(data):
            if number == _GRAPH:
                found = [part for kind, _, part in _fields(body) if kind == _INITIALIZER]
                last = found[-1] if found else last
        tensor = onnx.TensorProto.FromString(bytes(last))
        return (
            np.array(onnx.numpy_helper.to_array(tensor, str(path.parent))) if last else np.array(0)
        )
    except (DecodeError, _MalformedError, ValueError, OSError) as error:
        raise _broken(path, str(error)) from error


def read_without_weights(path: Path) -> onnx.ModelProto:
    """The whole model, but for large weights: they stay in the file and are named as external data,
    so that a changed graph can be opened without copying them (see `session.open_session`).

    Raises UsageError when the file is missing or is no ONNX model.
    """
    data = _mapped(path)
    start = _address(data)
    model = onnx.ModelProto()
    try:
        for number, field, body in _fields(data):
            if number != _GRAPH:
                model.MergeFromString(bytes(field))
                continue
            for kind, part, content in _fields(body):
                if kind == _INITIALIZER:
                    _add_outlined(model.graph, content, path.resolve().name, start)
                else:
                    model.graph.MergeFromString(bytes(part))
    except (DecodeError, UnicodeDecodeError, _MalformedError) as error:
        raise _broken(path, str(error)) from error
    return model


def refuse_interface(path: Path, role: str, graph: Graph, expected: str) -> UsageError:
    """The error for a sound file of another kind than its role asks for."""
    return UsageError(
        f"{path} cannot be the {role}: its graph is {graph}",
        expected=expected,
        hint="look at the pack's files and their roles",
    )


class _MalformedError(Exception):
    pass


def _broken(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a readable ONNX model: {why}",
        expected="a whole .onnx file",
        hint="get the file again; the download may have been cut short",
    )


def _mapped(path: Path) -> memoryview:
    try:
        with path.open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", expected="an ONNX model") from None
    except (OSError, ValueError) as error:  # ValueError: an empty file
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            raise
        raise _broken(path, str(error)) from error


def _add_outlined(graph: onnx.GraphProto, data: memoryview, file: str, start: int) -> None:
    tensor = graph.initializer.add()
    for number, field, body in _fields(data):
        if number != _RAW_DATA or len(body) < _LARGE:
            tensor.MergeFromString(bytes(field))
            continue
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=file)
        tensor.external_data.add(key="offset", value=str(_address(body) - start))
        tensor.external_data.add(key="length", value=str(len(body)))


def _address(view: memoryview) -> int:
    return int(np.frombuffer(view, np.uint8).ctypes.data)


def _merge_graph(graph: onnx.GraphProto, data: memoryview) -> None:
    for number, field, body in _fields(data):
        if number == _INITIALIZER:
            head = b"".join(part for kind, part, _ in _fields(body) if kind in _TENSOR_HEAD)
            graph.initializer.add().MergeFromString(head)
        else:
            graph.MergeFromString(bytes(field))


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Number, encoding and (if it has a length) content of each field of a protobuf message."""
    at = 0
    while at < len(data):
        start = at
        key, at = _varint(data, at)
        if key < 8:
            raise _MalformedError(f"a field without a number at byte {start}")
        size = {1: 8, 5: 4}.get(key & 7, 0)
        if key & 7 == 0:
            _, at = _varint(data, at)
        elif key & 7 == 2:
            size, at = _varint(data, at)
        elif not size:
            raise _MalformedError(f"unknown wire type at byte {start}")
        body, at = at, at + size
        if at > len(data):
            raise _MalformedError("it ends in the middle of a field")
        yield key >> 3, data[start:at], data[body:at]


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise _MalformedError("it ends in the middle of a field")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _MalformedError(f"a number of more than ten bytes at byte {at}")


def _interface(model: onnx.ModelProto) -> Graph:
    weights = {tensor.name for tensor in model.graph.initializer}
    return Graph(
        # before version 4 of the format, weights were listed among the inputs
        tuple(_port(value) for value in model.graph.input if value.name not in weights),
        tuple(_port(value) for value in model.graph.output),
        tuple(sorted({location for tensor in _tensors(model) for location in _locations(tensor)})),
    )


def _port(value: onnx.ValueInfoProto) -> Port:
    dims = value.type.tensor_type.shape.dim
    return Port(value.name, tuple(dim.dim_value if dim.dim_value > 0 else None for dim in dims))


def _tensors(message: Any) -> Iterator[onnx.TensorProto]:
    """All tensors of a message, at any depth: weights, constants, those of subgraphs."""
    if isinstance(message, onnx.TensorProto):
        yield message
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                yield from _tensors(part)


def _locations(tensor: onnx.TensorProto) -> Iterator[str]:
    """Files named by the tensor, whether or not it is marked as external: readers differ."""
    return (entry.value for entry in tensor.external_data if entry.key == "location")
