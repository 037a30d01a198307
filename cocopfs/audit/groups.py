"""Rates and figures by gender and ethnicity of the identity, with how sure they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from cocopfs.audit.account import LostSwap
from cocopfs.audit.bootstrap import Interval, mean_interval, share_interval
from cocopfs.audit.dataset import GateFacts
from cocopfs.audit.opinion import Key
from cocopfs.audit.rates import Chosen, Swaps
from cocopfs.audit.samples import Samples, photos_of
from cocopfs.audit.strata import is_grey
from cocopfs.records import Reason


@dataclass(frozen=True, slots=True)
class Group:
    """Identities of one gender and ethnicity. `gender` alone, or neither, is a sum over groups.

    Of the swaps tried: `passed`, the share that failed no figure, without an interval where only
    the manifest tells of it; `passed_in_colour`, the same without the greyscale photographs, null
    where there are none; `verified`, the share whose similarity reaches the group's own threshold;
    `tried_figures`, means. Of the samples: `figures`, means; `still_original`, the share whose
    similarity to the original face reaches that threshold. Null is what is not known. All intervals
    are bootstrapped over photographs.
    """

    gender: str | None
    ethnicity: str | None
    total: bool  # a sum over groups, not a group
    enrolled: int | None  # null where private/identities.parquet is missing
    used: int
    tried: int | None
    passed: Interval | None
    passed_in_colour: Interval | None
    verified: Interval | None
    tried_figures: Mapping[str, Interval]
    samples: int
    figures: Mapping[str, Interval]
    still_original: Interval | None

    @property
    def label(self) -> str:
        return (
            f"all {self.gender or ''}".strip()
            if self.total
            else label_of(self.gender, self.ethnicity)
        )


def group_table(
    swaps: Swaps,
    lost: Sequence[LostSwap] | None,
    gate: Sequence[GateFacts],
    enrolled: Mapping[str, Key] | None,
    figures: Sequence[str],
) -> list[Group]:
    """Groups in order, after each gender its sum, at the end the sum of all.

    lost: swaps that did not become samples; null where they, or some of the samples, are not
    there. gate: what the manifest counts, for where the lost swaps or their groups are not known.
    enrolled: gender and ethnicity of every enrolled identity by its published id; null where
    `private/identities.parquet` is missing.
    """
    samples = swaps.samples
    keys = list(zip(samples.texts("gender"), samples.texts("ethnicity"), strict=True))
    identities = [name or "" for name in samples.texts("identity")]
    known = dict(zip(identities, keys, strict=True)) | dict(enrolled or {})
    lost_keys = None
    if lost is not None and all(swap.identity in known for swap in lost):
        lost_keys = [known[swap.identity] for swap in lost]
    counted = gate if lost_keys is None else ()
    tried_keys = None
    if swaps.tried is not None:
        columns = (swaps.tried.samples.texts(name) for name in ("gender", "ethnicity"))
        tried_keys = list(zip(*columns, strict=True))
    rows = _Rows(
        swaps, keys, tried_keys, identities, lost or (), lost_keys, counted, enrolled, figures
    )
    judged = {(row.gender, row.ethnicity) for row in counted}
    groups = sorted(set(known.values()) | judged, key=lambda key: (key[0] or "~", key[1] or "~"))
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
    swaps: Swaps
    keys: Sequence[Key]
    tried_keys: Sequence[Key] | None
    identities: Sequence[str]
    lost: Sequence[LostSwap]
    lost_keys: Sequence[Key] | None
    counted: Sequence[GateFacts]
    enrolled: Mapping[str, Key] | None
    figures: Sequence[str]

    def group(self, key: Key, members: set[Key], *, total: bool) -> Group:
        chosen = np.array([row in members for row in self.keys], np.bool_)
        of_tried = self._of_tried(members)
        tried, passed = self._passed(chosen, members)
        counts = Counter((self.enrolled or {}).values())
        return Group(
            gender=key[0],
            ethnicity=key[1],
            total=total,
            enrolled=None if self.enrolled is None else sum(counts[row] for row in members),
            used=len(set(compress(self.identities, chosen))),
            tried=tried,
            passed=passed,
            passed_in_colour=self._passed_in_colour(of_tried),
            verified=None if of_tried is None else self.swaps.verified(of_tried),
            tried_figures=self._tried_figures(of_tried),
            samples=int(chosen.sum()),
            figures=_means(self.swaps.samples, self.figures, chosen),
            still_original=self.swaps.still_original(chosen),
        )

    def _of_tried(self, members: set[Key]) -> Chosen | None:
        if self.tried_keys is None:
            return None
        return np.array([key in members for key in self.tried_keys], np.bool_)

    def _passed(self, chosen: Chosen, members: set[Key]) -> tuple[int | None, Interval | None]:
        """How many swaps were tried, and which share failed nothing."""
        if self.lost_keys is None:
            return _counted([g for g in self.counted if (g.gender, g.ethnicity) in members])
        lost = [swap for swap, row in zip(self.lost, self.lost_keys, strict=True) if row in members]
        photos = photos_of(self.swaps.samples)[chosen]
        good = np.array([1.0] * photos.size + [float(not swap.failed) for swap in lost])
        owners = np.concatenate([photos, np.array([s.photo_id for s in lost], np.int64)])
        return good.size, share_interval(good, owners)

    def _passed_in_colour(self, of_tried: Chosen | None) -> Interval | None:
        if self.swaps.tried is None or of_tried is None:
            return None
        grey = is_grey(self.swaps.tried.samples)
        return self.swaps.passed(of_tried & ~grey) if grey.any() else None

    def _tried_figures(self, of_tried: Chosen | None) -> dict[str, Interval]:
        if self.swaps.tried is None or of_tried is None:
            return {}
        return _means(self.swaps.tried.samples, self.figures, of_tried)


def _means(samples: Samples, figures: Iterable[str], chosen: Chosen) -> dict[str, Interval]:
    photos = photos_of(samples)[chosen]
    return {name: mean_interval(samples.values(name)[chosen], photos) for name in figures}


def _counted(rows: Sequence[GateFacts]) -> tuple[int | None, Interval | None]:
    """As the manifest counts it, which does not tell the photographs: no interval."""
    judged = sum(row.judged for row in rows)
    if not judged:
        return None, None
    # Those that left with their photograph failed nothing themselves.
    good = sum(row.accepted + row.rejected.get(Reason.CONTEXT_INCOMPLETE, 0) for row in rows)
    return judged, Interval(good / judged, None, None, judged, 0)
