"""judge: the gate. Swaps that fail a figure are left out, and photos with too few left, whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

from cocopfs.engine.stage import Result, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.recipe import JudgePart, settings_of
from cocopfs.records import (
    Identity,
    ItemKind,
    Reason,
    Rejection,
    SwapFigures,
    SwapSummary,
    Threshold,
    Verdict,
)
from cocopfs.stages.contract import TABLE_LIBRARIES

Thresholds = Mapping[tuple[str | None, str | None], float | None]


@dataclass(frozen=True)
class Judge:
    """The first figure that fails is the reason."""

    part: JudgePart

    name: ClassVar[str] = "judge"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = Verdict
    reads: ClassVar[tuple[str, ...]] = ("swap", "enroll", "calibrate")
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = TABLE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("judge", self.part)

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("swap")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        thresholds = tuple(upstream.read("calibrate", Threshold))
        groups = {
            identity.class_id: (identity.gender, identity.ethnicity)
            for identity in upstream.read("enroll", Identity)
        }
        for manifest, rows in upstream.read_shards("swap", SwapSummary):
            figures = tuple(
                SwapFigures(
                    row.sample_id, row.photo_id, row.class_id, *groups[row.class_id], row.figures
                )
                for row in rows
            )
            if figures:
                yield Shard(manifest.shard, figures, thresholds)

    def process(self, shard: Shard, models: None) -> Result:
        thresholds = {(row.gender, row.ethnicity): row.threshold for row in shard.context}
        by_photo: dict[int, list[SwapFigures]] = defaultdict(list)
        for swap in shard.rows:
            by_photo[swap.photo_id].append(swap)
        result = Result([], [])
        for photo_id, swaps in by_photo.items():
            failed = {swap.sample_id: fault(swap, self.part, thresholds) for swap in swaps}
            accepted = [swap for swap in swaps if failed[swap.sample_id] is None]
            complete = len(accepted) >= self.part.min_identities
            incomplete = (
                Reason.CONTEXT_INCOMPLETE,
                f"{len(accepted)} of {len(swaps)} swaps are good enough, "
                f"{self.part.min_identities} are needed",
            )
            for swap in swaps:
                reason = failed[swap.sample_id] or (None if complete else incomplete)
                if reason is None:
                    result.rows.append(Verdict(swap.sample_id, swap.photo_id, swap.class_id))
                else:
                    result.rejections.append(
                        Rejection(ItemKind.SAMPLE, swap.sample_id, self.name, *reason)
                    )
            if not complete:
                result.rejections.append(
                    Rejection(ItemKind.PHOTO, str(photo_id), self.name, *incomplete)
                )
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Verdict, rows)


def fault(swap: SwapFigures, part: JudgePart, thresholds: Thresholds) -> tuple[Reason, str] | None:
    """The first figure that the swap fails, with its value and the limit; None for a good swap.

    The similarity's limit is that of the identity's own gender × ethnicity; a group with too few
    impostor pairs has none, and then similarity does not gate.
    """
    figures = swap.figures
    if part.require_redetection and not figures.redetected:
        return Reason.NOT_REDETECTED, "the detector does not find the swapped face"
    if figures.changed < part.min_changed:
        return (
            Reason.UNCHANGED,
            f"{figures.changed:.2f} grey levels of change, {part.min_changed:g} are needed",
        )
    if figures.margin <= part.min_margin:
        return (
            Reason.LOW_MARGIN,
            f"margin {figures.margin:.3f}, more than {part.min_margin:g} is needed",
        )
    threshold = thresholds.get((swap.gender, swap.ethnicity))
    if threshold is not None and figures.similarity < threshold:
        return (
            Reason.LOW_SIMILARITY,
            f"similarity {figures.similarity:.3f}, the group's threshold is {threshold:.3f}",
        )
    return None
