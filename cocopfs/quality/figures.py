"""What the networks say of a swap: likeness, and the face found again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box, Face

MIN_SCORE = 0.5  # of a detection that counts as the face found again
_MIN_OVERLAP = 0.5


def cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Cosine similarity of two embeddings (d,) of unit length, computed in float64."""
    return float(first.astype(np.float64) @ second.astype(np.float64))


def intersection_over_union(first: Box, second: Box) -> float:
    """IoU of two boxes (Jaccard index of their areas), 0 when both are empty."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    shared = max(width, 0.0) * max(height, 0.0)
    union = first.width * first.height + second.width * second.height - shared
    return shared / union if union > 0 else 0.0


def redetected(original: Face, found: Iterable[Face]) -> Face | None:
    """The first of the detections in the swapped picture that is the original face.

    The usual rule for a hit: a score of at least MIN_SCORE and an IoU of at least 0.5.
    """
    for face in found:
        overlap = intersection_over_union(face.box, original.box)
        if face.score >= MIN_SCORE and overlap >= _MIN_OVERLAP:
            return face
    return None


def landmark_error(original: Face, swapped: Face) -> float:
    """Mean distance of the five landmarks, divided by the original's inter-ocular distance (the
    normalised mean error of face alignment). The original's eyes must not fall into one point."""
    apart = original.points.astype(np.float64) - swapped.points.astype(np.float64)
    return float(np.hypot(*apart.T).mean()) / original.inter_ocular
