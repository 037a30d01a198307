"""judge: the gate. Swaps that fail a figure are left out, and photos with too few left, whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.publish.standing import Standing, Vacancy, vacancies
from cocopfs.recipe import JudgePart, settings_of
from cocopfs.records import (
    Figures,
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
from cocopfs.stages.replay import LEFT

Thresholds = Mapping[tuple[str | None, str | None], float | None]


@dataclass(frozen=True)
class Judge:
    """The first figure that fails is the reason."""

    part: JudgePart
    standing: Standing | None = None  # tells of swaps that left with somebody who was taken out

    name: ClassVar[str] = "judge"
    version: ClassVar[int] = 2
    gives: ClassVar[type] = Verdict
    reads: ClassVar[tuple[str, ...]] = ("swap", "enroll", "calibrate")
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = TABLE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    def __getstate__(self) -> dict[str, Any]:
        # The plan alone needs what stood; with every shard it would be megabytes.
        return {**self.__dict__, "standing": None}

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
        vacant = _Vacant(self.standing)
        for manifest, rows in upstream.read_shards("swap", SwapSummary):
            figures = tuple(
                SwapFigures(
                    row.sample_id, row.photo_id, row.class_id, *groups[row.class_id], row.figures
                )
                for row in rows
            )
            if figures:
                yield Shard(manifest.shard, figures, (*thresholds, *vacant.among(rows)))

    def process(self, shard: Shard, models: None) -> Result:
        vacant = {row.photo_id: row for row in shard.context if isinstance(row, Vacancy)}
        thresholds: Thresholds = {
            (row.gender, row.ethnicity): row.threshold
            for row in shard.context
            if isinstance(row, Threshold)
        }
        by_photo: dict[int, list[SwapFigures]] = defaultdict(list)
        for swap in shard.rows:
            by_photo[swap.photo_id].append(swap)
        result = Result([], [])
        for photo_id, swaps in by_photo.items():
            failed = {swap.sample_id: fault(swap, self.part, thresholds) for swap in swaps}
            accepted = [swap for swap in swaps if failed[swap.sample_id] is None]
            left = vacant.get(photo_id, Vacancy(photo_id, 0, 0))
            good = len(accepted) + left.good
            complete = good >= self.part.min_identities
            incomplete = (
                Reason.CONTEXT_INCOMPLETE,
                f"{good} of {len(swaps) + left.judged} swaps are good enough, "
                f"{self.part.min_identities} are needed",
            )
            if complete and not accepted:
                whole = Rejection(ItemKind.PHOTO, str(photo_id), self.name, Reason.REMOVED, LEFT)
                result.rejections.append(whole)
            for swap in swaps:
                reason = failed[swap.sample_id] or (None if complete else incomplete)
                if reason is None:
                    small = swap.figures.face_size < self.part.small_face
                    verdict = Verdict(swap.sample_id, swap.photo_id, swap.class_id, small)
                    result.rows.append(verdict)
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


class _Vacant:
    """The vacancies of photographs whose pairings are those that stood."""

    def __init__(self, standing: Standing | None) -> None:
        self._by_photo = {} if standing is None else vacancies(standing)
        self._pairs = set()
        if standing is not None:
            self._pairs = {
                (photo.photo_id, standing.identities[number])
                for photo in standing.photos
                if photo.photo_id in self._by_photo
                for number in photo.identities
            }

    def among(self, swaps: Sequence[SwapSummary]) -> list[Vacancy]:
        anew = {
            swap.photo_id for swap in swaps if (swap.photo_id, swap.class_id) not in self._pairs
        }
        there = sorted({swap.photo_id for swap in swaps} - anew)
        return [self._by_photo[photo] for photo in there if photo in self._by_photo]


def fault(swap: SwapFigures, part: JudgePart, thresholds: Thresholds) -> tuple[Reason, str] | None:
    """The first of `faults`; None for a good swap."""
    return next(faults(swap, part, thresholds), None)


def faults(
    swap: SwapFigures, part: JudgePart, thresholds: Thresholds
) -> Iterator[tuple[Reason, str]]:
    """The figures that the swap fails, each with its value and the limit, in the gate's order.

    Whether the face was found again comes first: only then its landmarks and its pose are known.
    A figure that could not be measured, and one whose limit is null, fails nobody. The similarity's
    limit is that of the identity's own gender × ethnicity; a group with too few impostor pairs has
    none, and then similarity does not gate.
    """
    figures = swap.figures
    if part.require_redetection and not figures.redetected:
        yield Reason.NOT_REDETECTED, "the detector does not find the swapped face"
    if figures.changed < part.min_changed:
        yield (
            Reason.UNCHANGED,
            f"{figures.changed:.2f} grey levels of change, {part.min_changed:g} are needed",
        )
    yield from _bad_picture(figures, part)
    yield from _other_person(swap, part, thresholds)


def _bad_picture(figures: Figures, part: JudgePart) -> Iterator[tuple[Reason, str]]:
    if _below(figures.outside_psnr, part.min_outside_psnr):
        yield (
            Reason.OUTSIDE_CHANGED,
            f"outside PSNR {figures.outside_psnr:.1f} dB, {part.min_outside_psnr:g} is needed",
        )
    if _above(figures.landmark_error, part.max_landmark_error):
        yield (
            Reason.LANDMARK_ERROR,
            f"landmark error {figures.landmark_error:.3f} of the distance between the eyes, "
            f"at most {part.max_landmark_error:g} is allowed",
        )
    if _above(figures.pose_difference, part.max_pose_difference):
        yield (
            Reason.POSE_DIFFERENCE,
            f"pose difference {figures.pose_difference:.1f} degrees, "
            f"at most {part.max_pose_difference:g} is allowed",
        )
    if _below(figures.sharpness, part.min_sharpness):
        yield (
            Reason.BLURRED,
            f"sharpness {figures.sharpness:.2f} of the original's, "
            f"{part.min_sharpness:g} is needed",
        )
    if _above(figures.colour_difference, part.max_colour_difference):
        yield (
            Reason.COLOUR_DIFFERENCE,
            f"colour difference {figures.colour_difference:.1f}, "
            f"at most {part.max_colour_difference:g} is allowed",
        )


def _other_person(
    swap: SwapFigures, part: JudgePart, thresholds: Thresholds
) -> Iterator[tuple[Reason, str]]:
    figures = swap.figures
    if figures.margin <= part.min_margin:
        yield (
            Reason.LOW_MARGIN,
            f"margin {figures.margin:.3f}, more than {part.min_margin:g} is needed",
        )
    if _above(figures.residual_similarity, part.max_residual):
        yield (
            Reason.HIGH_RESIDUAL,
            f"residual similarity {figures.residual_similarity:.3f}, "
            f"at most {part.max_residual:g} is allowed",
        )
    threshold = thresholds.get((swap.gender, swap.ethnicity))
    if _below(figures.similarity, threshold):
        yield (
            Reason.LOW_SIMILARITY,
            f"similarity {figures.similarity:.3f}, the group's threshold is {threshold:.3f}",
        )


def _below(figure: float | None, limit: float | None) -> bool:
    return figure is not None and limit is not None and figure < limit


def _above(figure: float | None, limit: float | None) -> bool:
    return figure is not None and limit is not None and figure > limit
