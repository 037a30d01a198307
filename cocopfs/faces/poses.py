"""Which portrait of an identity drives a swap: the one whose head is turned most alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs import records

# Where the five landmarks of a frontal face lie in a recogniser's 112 x 112 input (ArcFace).
_TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
_TOO_SMALL = 3.0  # template pixels of pose that one halving of the portrait's size is worth


@dataclass(frozen=True)
class Choice:
    """A portrait, whether its mirror image is meant, and how far its pose is from the wanted one
    (mean landmark distance in pixels of the 112 x 112 template)."""

    index: int
    mirrored: bool
    distance: float


def choose(face: records.Face, portraits: Sequence[records.Face]) -> Choice:
    """The portrait, or mirror image of one, whose pose is nearest to the face's.

    Pose is compared as the shape that the five landmarks have once they are aligned, so neither
    picture is needed. A portrait smaller than the face counts as further away, for it would be
    blurred. Of equals the first wins, the unmirrored before the mirrored.
    Raises ValueError when there are no portraits.
    """
    if not portraits:
        raise ValueError("no portrait to choose from")
    wanted = _shape(landmarks(face))
    best: tuple[float, Choice] | None = None
    for index, portrait in enumerate(portraits):
        shrink = face.inter_ocular / max(portrait.inter_ocular, 1e-3)
        penalty = _TOO_SMALL * max(0.0, float(np.log2(max(shrink, 1e-3))))
        points = landmarks(portrait)
        for turned in (False, True):
            shape = _shape(mirrored(points, 0.0) if turned else points)
            distance = float(np.linalg.norm(shape - wanted, axis=1).mean())
            if best is None or distance + penalty < best[0]:
                best = distance + penalty, Choice(index, turned, distance)
    assert best is not None
    return best[1]


def landmarks(face: records.Face) -> NDArray[np.float64]:
    """(5, 2) float64 x, y. In 1/64 pixel, which floats add exactly: a face that is moved by whole
    pixels gets the same swap to the last bit."""
    return np.round(np.array(face.landmarks, np.float64).reshape(5, 2) * 64) / 64


def mirrored(points: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """The landmarks (5, 2) of the mirror image of a picture of that width: left and right change
    their names too."""
    return np.column_stack([width - 1 - points[:, 0], points[:, 1]])[[1, 0, 2, 4, 3]]


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The (2, 3) rotation, scale and shift that brings source points nearest to target points, in
    the least squares sense (Umeyama, in the plane: linear in its four unknowns)."""
    x, y = source.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    rows = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
    a, b, dx, dy = np.linalg.lstsq(rows, target.T.reshape(-1), rcond=None)[0]
    return np.array([[a, -b, dx], [b, a, dy]])


def _shape(points: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = similarity(points, _TEMPLATE)
    aligned: NDArray[np.float64] = points @ matrix[:, :2].T + matrix[:, 2]
    return aligned
