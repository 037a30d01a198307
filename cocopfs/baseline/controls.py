"""Controls: other faces in the queries, so that what is left of the figures is known beforehand.

Queries are given by their photograph (context) and identity, as numbers, all of one split. A
replacement is an identity's number; NOBODY where there is none, and such a query is to be left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]
NOBODY = -1


@dataclass(frozen=True, slots=True)
class WrongIdentities:
    """identity: (q,) int64, whose face is asked with, or NOBODY. The counts say how many queries
    got somebody of the gender and ethnicity of one of the photograph's identities, of a gender
    only, of neither, and nobody."""

    identity: NDArray[np.int64]
    same_group: int
    same_gender: int
    other: int
    nobody: int


def wrong_identities(
    contexts: NDArray[np.integer],
    captions: NDArray[np.integer],
    identities: NDArray[np.integer],
    genders: Mapping[int, str | None],
    ethnicities: Mapping[int, str | None],
    seed: int,
) -> WrongIdentities:
    """For each caption of a photograph an identity of the split that is in none of its swaps.

    It is of the gender and ethnicity of one of the photograph's identities, drawn by lot; where the
    split has no such identity outside the photograph, of the same gender; else anybody.

    contexts, captions, identities: (q,) of every query of the split: its photograph, which of the
    photograph's captions it is, and whom it asks for. genders, ethnicities: of each identity; an
    unknown one is a group of its own. All swaps of a photograph are asked for with one face, and
    where the caption is the same as well, so is the query: one of the n swaps is its first, and
    id@5 is the mean of 1/n, exactly.
    """
    owners, asked = np.asarray(contexts).tolist(), np.asarray(identities).tolist()
    numbers = np.asarray(captions).tolist()
    own: dict[int, list[int]] = {}
    for context, identity in zip(owners, asked, strict=True):
        own.setdefault(context, []).append(identity)
    own = {context: sorted(set(members)) for context, members in own.items()}
    everybody = sorted(set(asked))
    people: dict[tuple[str | None, ...], list[int]] = {(): everybody}
    for identity in everybody:
        group = (genders.get(identity), ethnicities.get(identity))
        people.setdefault(group, []).append(identity)
        people.setdefault(group[:1], []).append(identity)
    random = np.random.default_rng(seed)
    drawn: dict[tuple[int, int], tuple[int, int]] = {}
    for key in sorted(set(zip(owners, numbers, strict=True))):
        taken = own[key[0]]
        like = taken[random.integers(len(taken))]
        group = (genders.get(like), ethnicities.get(like))
        level, others = 0, list[int]()
        while not others and level < 3:
            others = [who for who in people[(group, group[:1], ())[level]] if who not in taken]
            level += not others
        drawn[key] = (others[random.integers(len(others))] if others else NOBODY, level)
    found = [drawn[key] for key in zip(owners, numbers, strict=True)]
    levels = Counter(level for _, level in found)
    counts = (levels[level] for level in range(4))
    return WrongIdentities(np.asarray([who for who, _ in found], np.int64), *counts)


def derangement(
    contexts: NDArray[np.integer], identities: NDArray[np.integer], seed: int
) -> NDArray[np.int64]:
    """For each query another identity of its own photograph: (q,) int64.

    In every photograph each identity is replaced by another and replaces one: the next one of a
    circle in random order. NOBODY where the photograph has one identity only. With these faces id@5
    is *below* 1/n, for somebody else of the photograph is right.
    """
    owners, asked = np.asarray(contexts), np.asarray(identities)
    random = np.random.default_rng(seed)
    found = np.full(len(asked), NOBODY, np.int64)
    order = np.argsort(owners, kind="stable")
    _, starts = np.unique(owners[order], return_index=True)
    for rows in np.split(order, starts[1:]) if order.size else ():
        circle = random.permutation(np.unique(asked[rows]))
        if len(circle) < 2:
            continue
        follower = dict(zip(circle.tolist(), np.roll(circle, -1).tolist(), strict=True))
        found[rows] = [follower[identity] for identity in asked[rows].tolist()]
    return found


def at_cosine(faces: Vectors, cosine: float, seed: int) -> NDArray[np.float32]:
    """Faces turned away from what they were: unit vectors (n, d) → (n, d) float32 whose cosine with
    the former is `cosine`, in a random direction that depends on seed and row, not on the cosine.

    d is 2 or more. Raises ValueError for a cosine outside of -1 to 1.
    """
    if not -1 <= cosine <= 1:
        raise ValueError(f"a cosine of {cosine}")
    unit = _unit(np.asarray(faces, np.float64))
    noise = np.random.default_rng(seed).normal(size=unit.shape)
    across = _unit(noise - (noise * unit).sum(axis=1, keepdims=True) * unit)
    return np.asarray(cosine * unit + np.sqrt(1 - cosine**2) * across, np.float32)


def replaced_faces(
    faces: Mapping[int, Vectors], identities: Sequence[int] | NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The replacements' faces, (q, d) float32, and which queries have one, (q,) bool; the face of
    NOBODY is zeros."""
    numbers = np.asarray(identities).tolist()
    some = np.array([number != NOBODY for number in numbers], np.bool_)
    width = len(next(iter(faces.values()))) if faces else 0
    found = np.zeros((len(numbers), width), np.float32)
    for row, number in enumerate(numbers):
        if number != NOBODY:
            found[row] = faces[number]
    return found, some


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / lengths)
