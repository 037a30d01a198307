"""Faces in a picture: a pack's SCRFD, checked and opened."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.graph import Graph, read_graph, refuse_interface
from cocopfs.faces.scrfd import ANCHORS, Scrfd
from cocopfs.faces.session import Device, open_session
from cocopfs.records import Face

_EXPECTED = (
    "an SCRFD with landmarks: input [1, 3, h, w]; for each stride scores, boxes and landmarks, "
    "that is 9 or 15 outputs with 1, 4 and 10 columns"
)


class Detector:
    """An SCRFD detector with landmarks. May be used by several threads at once."""

    def __init__(self, path: Path, device: Device, threads: int, size: int) -> None:
        """size: side of the square to which pictures are fitted, pixels. A graph of fixed input
        size takes its own and no other.

        Raises UsageError when the file is no SCRFD with landmarks, or has another fixed size.
        """
        graph = read_graph(path)
        if not _is_scrfd(graph):
            raise refuse_interface(path, "detector", graph, _EXPECTED)
        _refuse_size(path, graph, size)
        self._scrfd = Scrfd(open_session(path, device, threads), size)
        self._refuse_outputs(path, graph, size)

    def detect(self, picture: NDArray[np.uint8], min_score: float) -> list[Face]:
        """The faces of (H, W, 3) uint8 BGR with at least that score, the highest score first, of
        equal ones that farther left and up.

        Boxes and landmarks are as the network gives them: they may reach out of the frame.
        """
        return self._scrfd.detect(picture, min_score)

    def _refuse_outputs(self, path: Path, graph: Graph, size: int) -> None:
        """Dynamic graphs show only when they run whether their outputs are SCRFD's."""
        black = np.zeros((1, 3, size, size), np.float32)
        found = self._scrfd.run(black)
        strides, anchors = ANCHORS[len(found)]
        expected = [
            ((size // stride) ** 2 * anchors, columns)
            for columns in (1, 4, 10)
            for stride in strides
        ]
        shapes = [array.shape for array in found]
        batched = [(1, *shape) for shape in expected]
        if shapes not in (expected, batched):
            raise refuse_interface(
                path, "detector", graph, f"{_EXPECTED}; at {size}x{size} {expected}, not {shapes}"
            )


def _is_scrfd(graph: Graph) -> bool:
    count = len(graph.outputs)
    return (
        len(graph.inputs) == 1
        and graph.inputs[0].fits(1, 3, None, None)
        and count in ANCHORS
        and all(
            port.fits(None, columns) or port.fits(1, None, columns)
            for port, columns in zip(
                graph.outputs, np.repeat((1, 4, 10), count // 3).tolist(), strict=True
            )
        )
    )


def _refuse_size(path: Path, graph: Graph, size: int) -> None:
    height, width = graph.inputs[0].shape[2:]
    if (height or size, width or size) != (size, size):
        raise UsageError(
            f"the detector {path} takes only pictures of {width}x{height}, not {size}x{size}",
            hint=f"--set select.detector_size={height}" if height == width else None,
        )
