"""Stand-ins for networks, which take their time and answer what they were told to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from cocopfs.records import Face

Arrays = Sequence[NDArray[np.float32]]
_STRIDES, _ANCHORS = (8, 16, 32), 2  # of SCRFD


class StandIn:
    """As much of an ONNX Runtime session as insightface's classes ask for.

    seconds: that a call takes for each entry of its batch, as on an accelerator: without the CPU.
    network: run as well, where its cost is what matters; what it puts out is thrown away.
    busy: seconds that all calls took together.
    """

    def __init__(
        self,
        inputs: Mapping[str, Sequence[int | None]],
        answer: Callable[[], Arrays],
        outputs: int = 1,
        seconds: float = 0,
        network: ort.InferenceSession | None = None,
    ) -> None:
        self.busy = 0.0
        self._inputs = inputs
        self._answer = answer
        self._outputs = outputs
        self._seconds = seconds
        self._network = network

    def get_inputs(self) -> list[Any]:
        return [SimpleNamespace(name=name, shape=shape) for name, shape in self._inputs.items()]

    def get_outputs(self) -> list[Any]:
        return [SimpleNamespace(name=f"o{number}", shape=()) for number in range(self._outputs)]

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]

    def run(self, names: object, feed: Mapping[str, NDArray[Any]]) -> Arrays:
        start = time.perf_counter()
        if self._network is not None:
            (name,) = (port.name for port in self._network.get_inputs())
            self._network.run(None, {name: next(iter(feed.values()))})
        if self._seconds:  # to sleep for 0 is to wait until nobody else wants the processor
            time.sleep(self._seconds * max(len(array) for array in feed.values()))
        self.busy += time.perf_counter() - start
        return self._answer()


class DetectorStandIn(StandIn):
    """An SCRFD that finds, in the order in which it is told of them, these faces alone."""

    def __init__(self, size: int, network: ort.InferenceSession | None = None) -> None:
        """size: of the square to which pictures are fitted."""
        self._expected: deque[tuple[Face, float]] = deque()
        self._size = size
        super().__init__({"input.1": [1, 3, None, None]}, self._find, outputs=9, network=network)

    def expect(self, face: Face, side: int) -> None:
        """side: the longer one of the picture that will be looked at, pixels."""
        self._expected.append((face, self._size / side))

    def _find(self) -> Arrays:
        face, scale = self._expected.popleft()
        rows = [(self._size // stride) ** 2 * _ANCHORS for stride in _STRIDES]
        answer = [np.zeros((n, columns), np.float32) for columns in (1, 4, 10) for n in rows]
        scores, boxes, points = answer[2::3]
        stride = _STRIDES[-1]
        centre = np.clip(face.points.mean(axis=0) * scale, 0, self._size - 1)
        column, row = (int(value) // stride for value in centre)
        place = (row * (self._size // stride) + column) * _ANCHORS
        anchor = np.array([column, row]) * stride
        edges = np.array([face.box.x, face.box.y]) * scale
        opposite = edges + np.array([face.box.width, face.box.height]) * scale
        scores[place] = face.score
        boxes[place] = np.concatenate([anchor - edges, opposite - anchor]) / stride
        points[place] = ((face.points * scale - anchor) / stride).ravel()
        return answer


def recogniser(network: ort.InferenceSession | None = None) -> StandIn:
    embedding = np.random.default_rng(0).standard_normal((1, 512)).astype(np.float32)
    return StandIn({"input.1": [1, 3, 112, 112]}, lambda: [embedding], network=network)


def swapper(seconds: float) -> StandIn:
    made = np.random.default_rng(0).random((1, 3, 128, 128), np.float32)
    inputs = {"target": [1, 3, 128, 128], "source": [1, 512]}
    return StandIn(inputs, lambda: [made], seconds=seconds)


class SwapNetworkStandIn:
    """In place of `SwapNetwork`: many faces in one call, each of which takes so many seconds.

    together: whether several photos share a call, as on a GPU.
    """

    def __init__(self, seconds: float, *, together: bool) -> None:
        self.gathers = together
        self.batched = True
        self.busy = 0.0
        self._seconds = seconds
        self._made = np.random.default_rng(0).random((1, 3, 128, 128), np.float32)

    def run(self, targets: object, sources: NDArray[np.float32], target_of: object) -> Any:
        start = time.perf_counter()
        time.sleep(self._seconds * len(sources))
        self.busy += time.perf_counter() - start
        return np.repeat(self._made, len(sources), axis=0)
