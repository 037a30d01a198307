"""Figures of one swap, measured on the arrays before encoding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box, Face

MIN_SCORE = 0.5  # of a detection that counts as the face found again


def cosine(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Cosine similarity of two embeddings (d,) of unit length, computed in float64."""
    return float(first.astype(np.float64) @ second.astype(np.float64))


def mean_change(
    original: NDArray[np.uint8], swapped: NDArray[np.uint8], inside: NDArray[np.bool_]
) -> float:
    """Mean absolute difference of two (h, w, 3) pictures over the pixels of a (h, w) mask and the
    three channels, in grey levels 0..255; 0 for an empty mask."""
    if not inside.any():
        return 0.0
    difference = np.abs(original[inside].astype(np.int16) - swapped[inside].astype(np.int16))
    return float(difference.mean())


def intersection_over_union(first: Box, second: Box) -> float:
    """IoU of two boxes (Jaccard index of their areas), 0 when both are empty."""
    width = min(first.x + first.width, second.x + second.width) - max(first.x, second.x)
    height = min(first.y + first.height, second.y + second.height) - max(first.y, second.y)
    shared = max(width, 0.0) * max(height, 0.0)
    union = first.width * first.height + second.width * second.height - shared
    return shared / union if union > 0 else 0.0


def is_redetected(original: Face, found: list[Face]) -> bool:
    """Whether one of the detections in the swapped picture is the original face.

    The usual rule for a hit: a score of at least MIN_SCORE and an IoU of at least 0.5.
    """
    return any(
        face.score >= MIN_SCORE and intersection_over_union(face.box, original.box) >= 0.5
        for face in found
    )
