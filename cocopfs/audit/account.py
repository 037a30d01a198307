"""Where photographs and swaps were left out, step by step and reason by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.audit.dataset import Dataset
from cocopfs.records import ItemKind, Reason
from cocopfs.stages.pipeline import STAGE_NAMES

_STEPS = {
    "select": "one adult with one usable face",
    "describe": "attributes that could be told",
    "match": "identities found",
    "swap": "swapped",
    "judge": "enough good swaps",
}


@dataclass(frozen=True, slots=True)
class Step:
    """How many were left after a step."""

    stage: str
    label: str
    left: int


@dataclass(frozen=True, slots=True)
class Loss:
    """How many a reason took away, in order of the stages."""

    stage: str
    reason: str
    count: int
    fault: bool  # a broken input, not a rule of the recipe


@dataclass(frozen=True, slots=True)
class Account:
    """From how many to how many, by steps and by reasons."""

    read: int
    kept: int
    steps: tuple[Step, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Rejections:
    """`counts` by kind, stage and reason; `swaps` are the samples that were left out: their photo,
    their identity as published, and whether one of their own figures failed."""

    counts: Mapping[tuple[str, str, str], int]
    swaps: tuple[LostSwap, ...]


@dataclass(frozen=True, slots=True)
class LostSwap:
    photo_id: int
    identity: str
    failed: bool


def read_rejections(dataset: Dataset) -> Rejections:
    """Raises OSError, ArrowException or ValueError where the file is missing or broken."""
    counts: Counter[tuple[str, str, str]] = Counter()
    swaps = []
    with pq.ParquetFile(dataset.root / "rejections.parquet") as parquet:
        for batch in parquet.iter_batches(columns=["kind", "item", "stage", "reason"]):
            for row in batch.to_pylist():
                counts[row["kind"], row["stage"], row["reason"]] += 1
                if row["kind"] == ItemKind.SAMPLE:
                    photo_id, identity = row["item"].split("_", 1)
                    failed = row["reason"] != Reason.CONTEXT_INCOMPLETE
                    swaps.append(LostSwap(int(photo_id), identity, failed))
    return Rejections(dict(counts), tuple(swaps))


BROKEN = (OSError, pa.ArrowException, ValueError, KeyError)


def photo_account(dataset: Dataset, rejections: Rejections) -> Account:
    """From the photographs that were read to those with a sample."""
    photos = dataset.manifest.photos
    return _account(photos.read, photos.kept, ItemKind.PHOTO, _STEPS, rejections)


def swap_account(dataset: Dataset, rejections: Rejections) -> Account:
    """From the pairs of photograph and identity to the samples: those of the whole dataset, also
    where this folder holds a part of it."""
    kept = sum(row.accepted for row in dataset.manifest.gate)
    kept = kept or sum(split["rows"] for split in dataset.manifest.splits.values())
    steps = {"swap": "swapped", "judge": "passed the gate"}
    lost = sum(n for (kind, _, _), n in rejections.counts.items() if kind == ItemKind.SAMPLE)
    return _account(kept + lost, kept, ItemKind.SAMPLE, steps, rejections)


def _account(
    read: int, kept: int, kind: ItemKind, steps: Mapping[str, str], rejections: Rejections
) -> Account:
    losses = _losses(kind, rejections)
    left, done = read, []
    for stage, label in steps.items():
        left -= sum(loss.count for loss in losses if loss.stage == stage)
        done.append(Step(stage, label, left))
    return Account(read, kept, tuple(done), tuple(losses))


def _losses(kind: ItemKind, rejections: Rejections) -> list[Loss]:
    found = [
        Loss(stage, reason, count, _is_fault(reason))
        for (of, stage, reason), count in rejections.counts.items()
        if of == kind
    ]
    return sorted(found, key=lambda loss: (_order(loss.stage), -loss.count, loss.reason))


def _order(stage: str) -> int:
    return STAGE_NAMES.index(stage) if stage in STAGE_NAMES else len(STAGE_NAMES)


def _is_fault(reason: str) -> bool:
    return reason in set(Reason) and Reason(reason).is_fault
