"""Whom the pictures show, as the recogniser sees it: their own identity, another, or nobody new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.retrieval import Vectors, score_blocks


@dataclass(frozen=True, slots=True)
class OriginalFaces:
    """Faces before the swap: `photos`, (m,) COCO ids, each once; `faces`, (m, f)."""

    photos: NDArray[np.int64]
    faces: Vectors


@dataclass(frozen=True, slots=True)
class Shown:
    """A split's pictures by what the face in them is nearest to, all references of the split and
    the photograph's own face considered. A picture is in one of the two shares, or in neither.

    elsewhere: share of the pictures that are nearest to the reference of another identity than
    their row's. unswapped: share of the `compared` pictures whose original is known that are
    nearest to the original's face; null where none is.
    """

    split: str
    pictures: int
    elsewhere: float
    compared: int
    unswapped: float | None


def shown(
    split: str,
    swapped: Vectors,
    references: Vectors,
    identity: NDArray[np.integer],
    photos: NDArray[np.int64],
    originals: OriginalFaces | None,
) -> Shown:
    """swapped, references: (n, f) of unit length, the face in each picture and in its identity's
    reference portrait. identity, photos: (n,). n is above 0."""
    codes, firsts = np.unique(identity, return_index=True)
    nearest, score = [], []
    for block in score_blocks(swapped, references[firsts]):
        nearest.append(codes[block.argmax(axis=1)])
        score.append(block.max(axis=1))
    rows, place = with_original(photos, originals)
    is_original = np.zeros(len(photos), np.bool_)
    if originals is not None:
        to_original = (swapped[rows] * originals.faces[place]).sum(axis=1)
        is_original[rows] = to_original > np.concatenate(score)[rows]
    is_other = (np.concatenate(nearest) != identity) & ~is_original
    return Shown(
        split,
        len(photos),
        float(is_other.mean()),
        len(rows),
        float(is_original[rows].mean()) if len(rows) else None,
    )


def with_original(
    photos: NDArray[np.int64], originals: OriginalFaces | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pictures, by their photographs (n,), whose original is at hand, and its place among
    these."""
    known = {} if originals is None else {int(p): n for n, p in enumerate(originals.photos)}
    found = [(row, known[p]) for row, p in enumerate(photos.tolist()) if p in known]
    rows, places = zip(*found, strict=True) if found else ((), ())
    return np.asarray(rows, np.int64), np.asarray(places, np.int64)
