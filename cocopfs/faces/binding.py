"""Running a session on arrays that lie where it runs, and stay there from call to call."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cocopfs.faces.session import Provider, Session, memory_faults

Array = NDArray[Any]


class BoundSession:
    """A session with one output, whose inputs and output have buffers on its device.

    Calls of one shape after the other use the same buffers, so that nothing is allocated for them
    and only what changes is copied. Every thread has its own, so several may call at once.
    """

    def __init__(self, session: Session, provider: Provider) -> None:
        self.session = session
        self._provider = provider
        self._output = session.get_outputs()[0].name
        self._bound = threading.local()

    def run(self, feed: Mapping[str, Array], shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The output for these inputs, a new float32 array of that shape.

        Raises MemoryError when the device has no room for the shapes.
        """
        with memory_faults():
            return self._run(feed, shape)

    def _run(self, feed: Mapping[str, Array], shape: tuple[int, ...]) -> NDArray[np.float32]:
        shapes = {name: (array.shape, array.dtype.str) for name, array in feed.items()}
        bound: _Bound | None = getattr(self._bound, "bound", None)
        if bound is None or bound.shapes != shapes:
            self._bound.bound = bound = None  # gives its buffers back before new ones are made
            bound = self._bind(feed, shapes, shape)
        for name, array in feed.items():
            bound.inputs[name].update_inplace(np.ascontiguousarray(array))
        bound.binding.synchronize_inputs()
        self.session.run_with_iobinding(bound.binding)
        bound.binding.synchronize_outputs()
        self._bound.bound = bound
        return np.array(bound.output.numpy(), np.float32)

    def _bind(self, feed: Mapping[str, Array], shapes: _Shapes, shape: tuple[int, ...]) -> _Bound:
        binding = self.session.io_binding()
        inputs = {name: self._buffer(array.shape, array.dtype) for name, array in feed.items()}
        for name, buffer in inputs.items():
            binding.bind_ortvalue_input(name, buffer)
        output = self._buffer(shape, np.dtype(np.float32))
        binding.bind_ortvalue_output(self._output, output)
        return _Bound(shapes, binding, inputs, output)

    def _buffer(self, shape: tuple[int, ...], kind: np.dtype[Any]) -> Any:
        return ort.OrtValue.ortvalue_from_shape_and_type(
            shape, kind, self._provider, self.session.gpu
        )


_Shapes = dict[str, tuple[tuple[int, ...], str]]


@dataclass
class _Bound:
    shapes: _Shapes
    binding: Any
    inputs: dict[str, Any]
    output: Any
