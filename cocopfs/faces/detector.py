"""Faces in a picture: SCRFD, through insightface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.graph import Graph, read_graph, refuse_interface
from cocopfs.faces.session import Device, open_session
from cocopfs.records import Box, Face

# By number of outputs: the strides of the feature maps, and the anchors at each of their places.
_SCRFD = {9: ((8, 16, 32), 2), 15: ((8, 16, 32, 64, 128), 1)}
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
        from insightface.model_zoo.scrfd import SCRFD  # slow to import; most commands do without

        graph = read_graph(path)
        if not _is_scrfd(graph):
            raise refuse_interface(path, "detector", graph, _EXPECTED)
        _refuse_size(path, graph, size)
        self._size = (size, size)
        # Without a file name and without `static_shape_sessions` it runs our session for every
        # size, instead of opening its own.
        self._scrfd = SCRFD(
            session=open_session(path, device, threads), static_shape_sessions=False
        )
        self._refuse_outputs(path, graph, size)

    def detect(self, picture: NDArray[np.uint8], min_score: float) -> list[Face]:
        """The faces of (H, W, 3) uint8 BGR with at least that score, the highest score first, of
        equal ones that farther left and up.

        Boxes and landmarks are as the network gives them: they may reach out of the frame.
        """
        height, width = picture.shape[:2]
        if min(height, width) * self._size[0] < max(height, width):
            return []  # fitted to the square, it would be less than a pixel thin
        boxes, points = self._scrfd.detect(picture, input_size=self._size, det_thresh=min_score)
        faces = [_face(box, landmarks) for box, landmarks in zip(boxes, points, strict=True)]
        return sorted(faces, key=lambda face: (-face.score, face.box.x, face.box.y, face.landmarks))

    def _refuse_outputs(self, path: Path, graph: Graph, size: int) -> None:
        """Dynamic graphs show only when they run whether their outputs are SCRFD's."""
        black = np.zeros((1, 3, size, size), np.float32)
        found = self._scrfd.session.run(None, {self._scrfd.input_name: black})
        strides, anchors = _SCRFD[len(found)]
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
        and count in _SCRFD
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


def _face(box: NDArray[np.float32], points: NDArray[np.float32]) -> Face:
    left, top, right, bottom, score = box.tolist()
    return Face(
        Box(left, top, right - left, bottom - top), tuple(points.reshape(-1).tolist()), score
    )
