"""Rates and figures by gender and ethnicity of the identity, with how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.account import LostSwap
from cocopfs.audit.bootstrap import Interval, mean_interval, share_interval
from cocopfs.audit.samples import Samples, photos_of

Key = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Group:
    """Identities of one gender and ethnicity. `gender` alone, or neither, is a sum over groups.

    passed: share of the swaps that failed no figure; verified: share of the samples whose
    similarity reaches the group's own threshold, without a mean where there is none; figures: means
    over the samples. All intervals are bootstrapped over photographs.
    """

    gender: str | None
    ethnicity: str | None
    total: bool  # a sum over groups, not a group
    enrolled: int | None  # null where private/identities.parquet is missing
    used: int
    tried: int | None  # swaps; null where the groups of the rejected ones are not known
    samples: int
    passed: Interval | None
    verified: Interval | None
    figures: Mapping[str, Interval]

    @property
    def label(self) -> str:
        return (
            f"all {self.gender or ''}".strip()
            if self.total
            else label_of(self.gender, self.ethnicity)
        )


def group_table(
    samples: Samples,
    lost: Sequence[LostSwap] | None,
    enrolled: Mapping[str, Key] | None,
    thresholds: Mapping[Key, float | None],
    figures: Sequence[str],
) -> list[Group]:
    """Groups in order, after each gender its sum, at the end the sum of all.

    lost: swaps that did not become samples; null where they, or some of
    the samples, cannot be read.
    enrolled: gender and ethnicity of every enrolled identity by its published id; null where
    `private/identities.parquet` is missing. thresholds: by group.
    """
    keys = list(zip(samples.texts("gender"), samples.texts("ethnicity"), strict=True))
    identities = [name or "" for name in samples.texts("identity")]
    known = dict(zip(identities, keys, strict=True)) | dict(enrolled or {})
    lost_keys = None
    if lost is not None and all(swap.identity in known for swap in lost):
        lost_keys = [known[swap.identity] for swap in lost]
    rows = _Rows(samples, keys, identities, lost or (), lost_keys, enrolled, thresholds, figures)
    groups = sorted(set(known.values()), key=lambda key: (key[0] or "~", key[1] or "~"))
    table: list[Group] = []
    for gender in dict.fromkeys(key[0] for key in groups):
        members = [key for key in groups if key[0] == gender]
        table += [rows.group(key, {key}, total=False) for key in members]
        if len(members) > 1 and gender is not None:
            table.append(rows.group((gender, None), set(members), total=True))
    table.append(rows.group((None, None), set(groups), total=True))
    return table


def label_of(gender: str | None, ethnicity: str | None) -> str:
    """A group's name for people."""
    return f"{gender or 'gender unknown'}, {ethnicity or 'ethnicity unknown'}"


@dataclass(frozen=True)
class _Rows:
    samples: Samples
    keys: Sequence[Key]
    identities: Sequence[str]
    lost: Sequence[LostSwap]
    lost_keys: Sequence[Key] | None
    enrolled: Mapping[str, Key] | None
    thresholds: Mapping[Key, float | None]
    figures: Sequence[str]

    def group(self, key: Key, members: set[Key], *, total: bool) -> Group:
        chosen = np.array([row in members for row in self.keys], np.bool_)
        photos = photos_of(self.samples)[chosen]
        tried, passed = None, None
        if self.lost_keys is not None:
            lost = [
                swap for swap, row in zip(self.lost, self.lost_keys, strict=True) if row in members
            ]
            good = np.array([1.0] * photos.size + [float(not swap.failed) for swap in lost])
            owners = np.concatenate([photos, np.array([s.photo_id for s in lost], np.int64)])
            tried, passed = good.size, share_interval(good, owners)
        counts = Counter((self.enrolled or {}).values())
        return Group(
            gender=key[0],
            ethnicity=key[1],
            total=total,
            enrolled=None if self.enrolled is None else sum(counts[row] for row in members),
            used=len(set(compress(self.identities, chosen))),
            tried=tried,
            samples=int(chosen.sum()),
            passed=passed,
            verified=self._verified(chosen, photos),
            figures={
                name: mean_interval(self.samples.values(name)[chosen], photos)
                for name in self.figures
            },
        )

    def _verified(self, chosen: NDArray[np.bool_], photos: NDArray[np.int64]) -> Interval | None:
        if "similarity" not in self.samples.figures:
            return None
        limits = np.array([_or_nan(self.thresholds.get(row)) for row in self.keys])[chosen]
        if not limits.size or np.isnan(limits).all():
            return None
        reached = (self.samples.values("similarity")[chosen] >= limits).astype(np.float64)
        return share_interval(np.where(np.isnan(limits), np.nan, reached), photos)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
