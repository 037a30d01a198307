"""Embeddings of aligned faces: ArcFace and its kin, through insightface."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.graph import read_graph, refuse_interface
from cocopfs.faces.session import Device, open_session

SIDE = 112
"""Side of the aligned face that recognisers take, pixels."""


class Recogniser:
    """A face recogniser. May be used by several threads at once.

    dimension: length d of its embeddings.
    """

    dimension: int

    def __init__(self, path: Path, device: Device, threads: int) -> None:
        """Raises UsageError when the file is no recogniser of 112x112 faces."""
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX  # slow to import

        graph = read_graph(path)
        fits = len(graph.inputs) == 1 and len(graph.outputs) == 1
        fits = fits and graph.inputs[0].shape[1:] == (3, SIDE, SIDE)
        fits = fits and graph.inputs[0].shape[0] in (None, 1) and graph.outputs[0].fits(None, None)
        if not fits:
            expected = f"one input [n, 3, {SIDE}, {SIDE}] and one output [n, d]"
            raise refuse_interface(path, "recogniser", graph, expected)
        self._path = path
        self._one_by_one = graph.inputs[0].shape[0] == 1
        self._arcface = ArcFaceONNX(str(path), open_session(path, device, threads))
        black = np.zeros((SIDE, SIDE, 3), np.uint8)
        self.dimension = int(np.asarray(self._arcface.get_feat(black)).shape[1])

    def embed(self, crops: Sequence[NDArray[np.uint8]], batch: int) -> NDArray[np.float32]:
        """(n, d) float32 embeddings of unit length.

        crops: n aligned faces, (112, 112, 3) uint8 BGR, see `align`.
        batch: faces in one call of the network; a graph made for one takes them one by one.
        Raises UsageError when the network gives something that has no direction: it is broken.
        """
        step = 1 if self._one_by_one else batch
        found = [
            self._arcface.get_feat(list(crops[start : start + step]))
            for start in range(0, len(crops), step)
        ]
        raw = np.concatenate([np.empty((0, self.dimension), np.float32), *found])
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            raise UsageError(
                f"the recogniser {self._path} gave an embedding of length {lengths.min():g}",
                expected="finite numbers, not all of them zero",
                hint="get the file again, or run it on another device",
            )
        return np.asarray(raw / lengths, np.float32)
