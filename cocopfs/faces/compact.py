"""Networks made small for keeping: weights stored in half precision, computed with in single."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_FEWEST = 256  # numbers that are worth a conversion


def compact(model: bytes, last: tuple[str, NDArray[Any]] | None = None) -> bytes:
    """An ONNX model whose larger float32 weights are stored as float16 and cast when it is opened:
    ONNX Runtime folds the casts, so that it computes with float32 as before.

    last: name and value of an initializer that no node reads, stored behind all others, as
    inswapper keeps its emap; in float16.
    """
    proto = onnx.load_from_string(model)
    graph = proto.graph
    casts = []
    for tensor in graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size >= _FEWEST:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float16), f"{name}.half"))
            casts.append(
                helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT)
            )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    for node in graph.node:
        node.doc_string = ""
    if last is not None:
        graph.initializer.append(numpy_helper.from_array(last[1].astype(np.float16), last[0]))
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())
