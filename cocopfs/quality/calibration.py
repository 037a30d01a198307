"""What a similarity means: genuine and impostor scores, error rates, and the threshold at a FAR."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.bootstrap import BINS, MAX_UNITS, bin_of, replicate
from cocopfs.quality.cosines import on_grid
from cocopfs.quality.scores import GroupScores
from cocopfs.records import Ethnicity, Gender, Identity, Threshold, unpack_vector

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
    bound of the FAR at a threshold above `impostor_highest` (rule of three), null without pairs,
    and `tar_at_bound` the share of genuine scores above that. The TARs are the shares of genuine
    scores that reach the thresholds at 1e-2 and 1e-3, null where those are; the EER is as
    `equal_error_rate` defines it.

    All of these are exact (see `on_grid`) and the same for any order of the identities. The
    intervals are 95 % bootstrap percentiles over resampled identities (of the overall figures:
    resampled within their groups), read off histograms with bins of 0.001. Where a group has more
    than 64 identities, 64 random sets of them are resampled as wholes. With fewer than 10 there are
    no intervals.

    Takes memory for about 2·max(far, 0.01)·n scores and 100 MiB; 3,500 identities × 5 portraits are
    153 million pairs of one group. All pairs are compared twice: the second time, those near the
    equal error are picked out.
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
    overall = GroupScores(far, len(identities), sum(pairs.values()))
    found = {
        group: GroupScores(far, len(groups[group]), pairs[group])
        for group in sorted(groups, key=lambda group: (group[0] or "", group[1] or ""))
    }
    for group, scores in found.items():
        _measure(_units(groups[group], _seed(group)), (overall, scores), _seed(group))
    for group, scores in found.items():
        _look_closer(_units(groups[group], _seed(group)), (overall, scores))
    return [
        overall.threshold(None, None),
        *(scores.threshold(*group) for group, scores in found.items() if group != (None, None)),
    ]


# A set of identities that is resampled as a whole: their portraits on the grid, (n, d), and whose
# they are, (n,).
_Unit = tuple[NDArray[np.float64], NDArray[np.int64]]


def _units(members: list[Identity], seed: int) -> list[_Unit]:
    """The identities in at most MAX_UNITS sets, as equal in size as can be, by lot."""
    lots = np.random.default_rng(seed).permutation(len(members))
    count = min(len(lots), MAX_UNITS)
    return [_portraits(members, lots[start::count]) for start in range(count)]


def _portraits(members: list[Identity], chosen: NDArray[np.int64]) -> _Unit:
    embeddings: list[NDArray[np.float32]] = []
    owners: list[int] = []
    for owner in chosen.tolist():
        for portrait in (*members[owner].sources, members[owner].reference):
            embeddings.append(unpack_vector(portrait.embedding))
            owners.append(owner)
    return on_grid(np.stack(embeddings)), np.array(owners, np.int64)


def _measure(units: list[_Unit], into: tuple[GroupScores, GroupScores], seed: int) -> None:
    """Add a group's scores, but for those near the equal error."""
    genuine_bins = np.zeros((len(units), BINS), np.int32)
    impostor_bins = np.zeros((len(units), len(units), BINS), np.int32)
    genuine: list[NDArray[np.float64]] = []
    for row, (vectors, owners) in enumerate(units):
        first, second = np.triu_indices(len(owners), 1)
        same = owners[first] == owners[second]
        scores = (vectors @ vectors.T)[first[same], second[same]]
        genuine.append(scores)
        genuine_bins[row] = np.bincount(bin_of(scores), minlength=BINS)
    for row, column, scores in _impostors(units):
        impostor_bins[row, column] = np.bincount(bin_of(scores), minlength=BINS)
        for group in into:
            group.add_impostors(scores)
    replicates = replicate(genuine_bins, impostor_bins, seed)
    for group in into:
        group.genuine = np.concatenate([group.genuine, *genuine])
        group.histogram += impostor_bins.sum(axis=(0, 1), dtype=np.int64)
        group.replicates.add(replicates)


def _look_closer(units: list[_Unit], into: tuple[GroupScores, GroupScores]) -> None:
    """Add a group's impostor scores near the equal error, once all others are known."""
    places = [group.equal_error_bin() for group in into]
    for _, _, scores in _impostors(units):
        bins = bin_of(scores)
        for group, place in zip(into, places, strict=True):
            if place is not None:
                group.near_equal_error.append(scores[bins == place])


def _impostors(units: list[_Unit]) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
    """The impostor scores (n,) between any two units, and those within each."""
    for row, (vectors, owners) in enumerate(units):
        first, second = np.triu_indices(len(owners), 1)
        other = owners[first] != owners[second]
        yield row, row, (vectors @ vectors.T)[first[other], second[other]]
        for column in range(row + 1, len(units)):
            yield row, column, (vectors @ units[column][0].T).ravel()


def _count_impostors(members: list[Identity]) -> int:
    counts = [len(identity.sources) + 1 for identity in members]
    return (sum(counts) ** 2 - sum(count**2 for count in counts)) // 2


def _seed(group: _Group) -> int:
    """Of a group's lots: the same whatever other groups there are."""
    name = f"calibrate:{group[0] or ''}:{group[1] or ''}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
