"""Whom the pictures show, as the recogniser sees it: their own identity, another, or nobody new."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.baseline.others import draw_others
from cocopfs.baseline.retrieval import Vectors, score_blocks

OTHERS = 99
"""Identities that a picture is compared with besides its own. Of all of a split's, the best would
be the nearer the more they are, and sound pictures would be taken for somebody else's."""


@dataclass(frozen=True, slots=True)
class OriginalFaces:
    """Faces before the swap: `photos`, (m,) COCO ids, each once; `faces`, (m, f)."""

    photos: NDArray[np.int64]
    faces: Vectors


@dataclass(frozen=True, slots=True)
class Shown:
    """A split's pictures by what the face in them is nearest to: the reference of their row's
    identity, those of `OTHERS` others of the split (of all, where there are fewer), or the
    photograph's own face. A picture is in one of the two shares, or in neither.

    elsewhere: share of the pictures that are nearest to the reference of another identity than
    their row's. unswapped: share of the pictures whose original is known that are nearest to the
    original's face. The intervals are over photographs.
    """

    split: str
    elsewhere: Interval
    unswapped: Interval


def shown(
    split: str,
    swapped: Vectors,
    references: Vectors,
    identity: NDArray[np.integer],
    photos: NDArray[np.int64],
    originals: OriginalFaces | None,
) -> Shown:
    """swapped, references: (n, f) of unit length, the face in each picture and in its identity's
    reference portrait. identity, photos: (n,). n is above 0. The order of the rows does not
    matter."""
    codes, firsts, own = np.unique(identity, return_index=True, return_inverse=True)
    others = draw_others(own, photos, len(codes), OTHERS)
    to_own, to_other = np.empty(len(own)), np.empty(len(own))
    start = 0
    for block in score_blocks(swapped, references[firsts]):
        rows = slice(start, start + len(block))
        to_own[rows] = block[np.arange(len(block)), own[rows]]
        found = np.take_along_axis(block, others[rows], axis=1)
        to_other[rows] = found.max(axis=1, initial=-np.inf)
        start = rows.stop
    unswapped = np.full(len(own), np.nan)
    if originals is not None:
        known, place = with_original(photos, originals)
        to_original = (swapped[known] * originals.faces[place]).sum(axis=1)
        unswapped[known] = to_original > np.maximum(to_own, to_other)[known]
    elsewhere = (to_other > to_own) & (unswapped != 1)
    return Shown(
        split,
        share_interval(elsewhere.astype(np.float64), photos),
        share_interval(unswapped, photos),
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
