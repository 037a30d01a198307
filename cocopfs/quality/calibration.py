"""What a similarity means: genuine and impostor scores, and the threshold at a given FAR."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.cosines import on_grid
from cocopfs.records import Ethnicity, Gender, Identity, Threshold, unpack_vector

_BLOCK = 1024  # portraits compared at once: 8 MiB of scores
_PENDING = 1 << 20  # scores that may wait before the highest of them are sorted out
_FEWEST = 10  # impostors that must be allowed to pass before a threshold means something

_Group = tuple[Gender | None, Ethnicity | None]


def calibrate(identities: Sequence[Identity], far: float) -> list[Threshold]:
    """One Threshold over all groups, keyed (None, None), then one per group of identities.

    A group is a (gender, ethnicity) as found: where ethnicity was not asked for, it is null and the
    groups are genders. Groups are sorted, nulls first. An identity with neither attribute counts
    in the overall Threshold only.

    Genuine scores are cosines of two portraits (sources and reference) of one identity, impostor
    scores cosines of portraits of two identities of the *same* group, as only such are swapped for
    each other; the overall figures pool the groups' pairs.

    The threshold is the smallest float64 t for which the share of impostor scores >= t is at most
    `far`, i.e. the float after the (k+1)-th highest score, where k = floor(far·n) impostors may
    pass. It is given where k >= 10; else it is null and `far_bound` is 3/n (at most 1), the 95 %
    bound of the FAR at a threshold above `impostor_highest` (rule of three), null without pairs.

    The same for any order of the identities, and exact: see `on_grid`. Takes memory for about
    2·far·n scores; 3,500 identities × 5 portraits are 153 million pairs of one group.
    Raises ValueError when far is not between 0 and 1 or a class id comes twice.
    """
    if not 0 < far < 1:
        raise ValueError(f"far is {far}, expected between 0 and 1")
    if len({identity.class_id for identity in identities}) < len(identities):
        raise ValueError("a class id comes twice")
    groups: dict[_Group, list[Identity]] = defaultdict(list)
    for identity in sorted(identities, key=lambda identity: identity.class_id):
        groups[identity.gender, identity.ethnicity].append(identity)
    pairs = {group: _count_impostors(members) for group, members in groups.items()}
    overall = _Scores(far, sum(pairs.values()))
    thresholds = []
    for group in sorted(groups, key=lambda group: (group[0] or "", group[1] or "")):
        scores = _Scores(far, pairs[group])
        _measure(groups[group], (overall, scores))
        if group != (None, None):
            thresholds.append(scores.threshold(group))
    return [overall.threshold((None, None)), *thresholds]


@dataclass
class _Scores:
    """What is known so far of the genuine and the impostor scores of some group."""

    far: float
    impostor_pairs: int  # that will come
    genuine_pairs: int = 0
    genuine_sums: list[float] = field(default_factory=list)
    impostor_sums: list[float] = field(default_factory=list)
    highest: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    pending: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def allowed(self) -> int:
        """floor(far·n), with far the decimal number that was written: 0.29 of 100 are 29."""
        return math.floor(Fraction(str(self.far)) * self.impostor_pairs)

    def add_genuine(self, scores: NDArray[np.float64]) -> None:
        self.genuine_pairs += scores.size
        self.genuine_sums.append(float(scores.sum()))

    def add_impostors(self, scores: NDArray[np.float64]) -> None:
        self.impostor_sums.append(float(scores.sum()))
        if self.highest.size > self.allowed:
            scores = scores[scores > self.highest[0]]
        self.pending.append(scores)
        if sum(part.size for part in self.pending) > max(_PENDING, self.allowed):
            self._settle()

    def threshold(self, group: _Group) -> Threshold:
        self._settle()
        n = self.impostor_pairs
        enough = self.allowed >= _FEWEST
        return Threshold(
            gender=group[0],
            ethnicity=group[1],
            genuine_pairs=self.genuine_pairs,
            impostor_pairs=n,
            genuine_mean=_mean(self.genuine_sums, self.genuine_pairs),
            impostor_mean=_mean(self.impostor_sums, n),
            impostor_highest=float(self.highest.max()) if n else None,
            far=self.far,
            threshold=float(np.nextafter(self.highest[0], np.inf)) if enough else None,
            far_bound=min(1.0, 3 / n) if n and not enough else None,
        )

    def _settle(self) -> None:
        """Keep the allowed + 1 highest scores, the lowest of them in front."""
        scores = np.concatenate([self.highest, *self.pending])
        self.pending.clear()
        surplus = scores.size - (self.allowed + 1)
        if surplus > 0:
            scores = np.partition(scores, surplus)[surplus:].copy()
        elif scores.size:
            scores = np.partition(scores, 0)
        self.highest = scores


def _measure(members: list[Identity], into: tuple[_Scores, ...]) -> None:
    """Add all scores of a group, block by block. Blocks hold whole identities, so that only pairs
    within one block can be genuine."""
    vectors, owners = _portraits(members)
    cuts = [0]
    for start in np.flatnonzero(np.diff(owners)) + 1:
        if start - cuts[-1] >= _BLOCK:
            cuts.append(int(start))
    cuts.append(len(owners))
    blocks = [slice(*ends) for ends in pairwise(cuts)]
    for number, rows in enumerate(blocks):
        scores = vectors[rows] @ vectors[rows].T
        same = owners[rows, None] == owners[None, rows]
        upper = np.triu(np.ones(scores.shape, np.bool_), 1)
        for tally in into:
            tally.add_genuine(scores[upper & same])
            tally.add_impostors(scores[upper & ~same])
        for columns in blocks[number + 1 :]:
            scores = (vectors[rows] @ vectors[columns].T).ravel()
            for tally in into:
                tally.add_impostors(scores)


def _portraits(members: list[Identity]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All portraits of a group on the grid, (n, d), and whose they are, (n,)."""
    embeddings: list[NDArray[np.float32]] = []
    owners: list[int] = []
    for owner, identity in enumerate(members):
        for portrait in (*identity.sources, identity.reference):
            embeddings.append(unpack_vector(portrait.embedding))
            owners.append(owner)
    return on_grid(np.stack(embeddings)), np.array(owners)


def _count_impostors(members: list[Identity]) -> int:
    counts = [len(identity.sources) + 1 for identity in members]
    return (sum(counts) ** 2 - sum(count**2 for count in counts)) // 2


def _mean(sums: list[float], n: int) -> float | None:
    return math.fsum(sums) / n if n else None
