"""SCRFD around its network: the picture that goes in, and the faces that its outputs say.

The arithmetic is insightface's `SCRFD.detect`, bit for bit, but only the places at which a face was
found are worked out, and the network's input is written once.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box, Face

ANCHORS: Final = {9: ((8, 16, 32), 2), 15: ((8, 16, 32, 64, 128), 1)}
"""By number of outputs: the strides of the feature maps, and the anchors at each of their cells."""

_MEAN, _DEVIATION = 127.5, 128.0  # of the input
_MAX_OVERLAP = 0.4  # of two boxes that are two faces


class Scrfd:
    """An SCRFD with landmarks on a session. May be used by several threads at once."""

    def __init__(self, session: Any, size: int) -> None:
        """session: an ONNX Runtime session of one input [1, 3, size, size] and 9 or 15 outputs:
        for each stride scores, then boxes, then landmarks. size: pixels; strides divide it."""
        self._session = session
        self._input = session.get_inputs()[0].name
        self._size = size
        strides, anchors = ANCHORS[len(session.get_outputs())]
        self._strides = strides
        self._places = [_places(size // stride, stride, anchors) for stride in strides]

    def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The network's outputs for (1, 3, size, size) float32 RGB."""
        return list(self._session.run(None, {self._input: blob}))

    def detect(self, picture: NDArray[np.uint8], min_score: float) -> list[Face]:
        """The faces of (H, W, 3) uint8 BGR with at least that score, the highest score first, of
        equal ones that farther left and up.

        Boxes and landmarks are as the network gives them: they may reach out of the frame.
        """
        height, width = picture.shape[:2]
        if min(height, width) * self._size < max(height, width):
            return []  # fitted to the square, it would be less than a pixel thin
        blob, scale = fit(picture, self._size)
        scores, boxes, points = self._found(self.run(blob), min_score)
        boxes, points = boxes / scale, points / scale
        order = np.argsort(-scores, kind="stable")
        faces = [_face(boxes[i], points[i], scores[i]) for i in suppress(boxes, order)]
        return sorted(faces, key=lambda face: (-face.score, face.box.x, face.box.y, face.landmarks))

    def _found(
        self, outputs: list[NDArray[np.float32]], min_score: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Scores (n,), boxes (n, 4) and landmarks (n, 10) in the fitted picture."""
        levels = len(self._strides)
        flat = [one[0] if one.ndim == 3 else one for one in outputs]
        scores, boxes, points = [], [], []
        for level, (stride, places) in enumerate(zip(self._strides, self._places, strict=True)):
            score = flat[level][:, 0]
            found = np.flatnonzero(score >= min_score)
            at = places[found]
            apart = flat[level + levels][found] * stride
            scores.append(score[found])
            boxes.append(np.hstack([at - apart[:, :2], at + apart[:, 2:]]))
            points.append(np.tile(at, 5) + flat[level + 2 * levels][found] * stride)
        return np.concatenate(scores), np.concatenate(boxes), np.concatenate(points)


def fit(picture: NDArray[np.uint8], size: int) -> tuple[NDArray[np.float32], float]:
    """The picture in the upper left of a black square, as the network takes it, and its scale.

    picture: (H, W, 3) uint8 BGR, its sides' ratio at most `size`.
    Returns (1, 3, size, size) float32 RGB, (value - 127.5) / 128, and what the picture's height was
    multiplied by.
    """
    height, width = picture.shape[:2]
    ratio = height / width
    fitted = (int(size / ratio), size) if ratio > 1 else (size, int(size * ratio))
    small = picture if fitted == (width, height) else cv2.resize(picture, fitted)
    blob = np.empty((1, 3, size, size), np.float32)
    blob[:, :, fitted[1] :] = blob[:, :, :, fitted[0] :] = -_MEAN / _DEVIATION
    for channel, plane in enumerate(reversed(cv2.split(small))):
        # Written once. Nothing is rounded: all values are multiples of 1/256.
        place = blob[0, channel, : fitted[1], : fitted[0]]
        cv2.addWeighted(plane, 1 / _DEVIATION, plane, 0, -_MEAN / _DEVIATION, place, cv2.CV_32F)
    return blob, fitted[1] / height


def suppress(boxes: NDArray[np.float32], order: NDArray[np.intp]) -> list[int]:
    """Greedy non-maximum suppression: which of the boxes are faces, the best first.

    boxes: (n, 4), first and last column and row of pixels. order: (n,), the best first.
    Of two that share more than 0.4 of their union the better stays.
    """
    left, top, right, bottom = boxes.T
    areas = (right - left + 1) * (bottom - top + 1)
    kept = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        across = np.minimum(right[best], right[rest]) - np.maximum(left[best], left[rest]) + 1
        down = np.minimum(bottom[best], bottom[rest]) - np.maximum(top[best], top[rest]) + 1
        shared = np.maximum(0, across) * np.maximum(0, down)
        order = rest[shared / (areas[best] + areas[rest] - shared) <= _MAX_OVERLAP]
    return kept


def _places(side: int, stride: int, anchors: int) -> NDArray[np.float32]:
    """Where the anchors of a square feature map lie: (side² x anchors, 2), x and y, row by row."""
    row, column = np.mgrid[:side, :side]
    places = np.stack([column, row], axis=-1).astype(np.float32) * np.float32(stride)
    return np.repeat(places.reshape(-1, 2), anchors, axis=0)


def _face(box: NDArray[np.float32], points: NDArray[np.float32], score: np.float32) -> Face:
    left, top, right, bottom = box.tolist()
    return Face(Box(left, top, right - left, bottom - top), tuple(points.tolist()), float(score))
