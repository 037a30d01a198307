"""All swaps that were tried: what the gate saw, read from the build's `work/` where it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.audit.account import Rejections
from cocopfs.audit.dataset import Dataset
from cocopfs.audit.materials import Gallery
from cocopfs.audit.opinion import Key
from cocopfs.audit.samples import Samples, join_tables, stored_pictures
from cocopfs.engine.store import StageManifest, Store, Upstream, output_digest
from cocopfs.recipe import JudgePart
from cocopfs.records import (
    Ethnicity,
    Figures,
    Gender,
    Photo,
    Reason,
    SwapFigures,
    Threshold,
)
from cocopfs.stages.judge import faults

GATED: Final[Mapping[Reason, str]] = {
    Reason.NOT_REDETECTED: "redetected",
    Reason.UNCHANGED: "changed",
    Reason.OUTSIDE_CHANGED: "outside_psnr",
    Reason.LANDMARK_ERROR: "landmark_error",
    Reason.POSE_DIFFERENCE: "pose_difference",
    Reason.BLURRED: "sharpness",
    Reason.COLOUR_DIFFERENCE: "colour_difference",
    Reason.LOW_MARGIN: "margin",
    Reason.HIGH_RESIDUAL: "residual_similarity",
    Reason.LOW_SIMILARITY: "similarity",
}
"""The gate's reasons in its order, and the figure that each of them goes by."""

_STAGES = ("select", "calibrate", "swap")
_FIGURES = tuple(field.name for field in fields(Figures))
_REASONS = tuple(GATED)
_AT_ONCE = 1024  # rows read
_OTHERS = (
    "work/ holds other swaps than the dataset tells of, perhaps of people or photographs that were "
    "taken out"
)


@dataclass(frozen=True, slots=True)
class Tried:
    """Every swap that the gate judged, without those of people and photographs taken out since.

    `samples` has them in the columns of the published rows, with the published ids. `published`
    (n,): whether the swap is in the dataset. `failed` (n, len(GATED)): the figures that it fails,
    not the first alone. `details` tells by row of the first that failed. `thresholds` are those
    that the gate used, by group; null for a group that has none.
    """

    samples: Samples
    files: tuple[Path, ...]
    published: NDArray[np.bool_]
    failed: NDArray[np.bool_]
    details: Mapping[int, str]
    thresholds: Mapping[Key, float | None]

    @property
    def passed(self) -> NDArray[np.bool_]:
        """(n,): the swaps that failed no figure. Some may be out of the dataset all the same, with
        a photograph that had too few of them."""
        return np.asarray(~self.failed.any(axis=1), np.bool_)

    def first(self) -> list[Reason | None]:
        """The first figure that each swap failed, which is the reason that the build names."""
        found = self.failed.argmax(axis=1)
        return [
            None if passed else _REASONS[place]
            for place, passed in zip(found.tolist(), self.passed.tolist(), strict=True)
        ]

    def pictures(self, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
        """As `samples.pictures`, of the swaps in `work/`."""
        return stored_pictures(self.files, "picture", self.samples, wanted)


def read_tried(
    dataset: Dataset, gallery: Gallery | None, samples: Samples, rejections: Rejections | None
) -> Tried:
    """The swaps in OUT/work, without their pictures.

    A removal leaves `work/` as it was: swaps that are neither among the samples nor among the
    rejections are of somebody or something taken out, and passed over.

    Raises ValueError where `work/` is not there or is not this dataset's, or nobody knows whom it
    speaks of; OSError, ArrowException or KeyError where its files are broken. No message names a
    person.
    """
    if gallery is None:
        raise ValueError("private/identities.parquet cannot be read")
    if rejections is None:
        raise ValueError("rejections.parquet cannot be read")
    upstream = _upstream(dataset)
    part = JudgePart.model_validate_json(
        msgspec.json.encode(dataset.manifest.recipe.get("judge", {}))
    )
    thresholds: dict[Key, float | None] = {
        (row.gender, row.ethnicity): row.threshold for row in upstream.read("calibrate", Threshold)
    }
    people = {row.class_id: (row.gender, row.ethnicity) for row in gallery.identities}
    photos = _photos(upstream)
    names = dict(zip(samples.texts("identity"), samples.texts("name"), strict=True))
    there = set(samples.texts("sample_id"))
    refused = {f"{swap.photo_id}_{swap.identity}" for swap in rejections.swaps}
    tables: list[pa.Table] = []
    files: list[Path] = []
    failed: list[NDArray[np.bool_]] = []
    details: dict[int, str] = {}
    for shard in upstream.stages["swap"].shards:
        if not shard.rows.rows:
            continue
        path = upstream.store.folder("swap") / shard.rows.name
        for every in _read_rows(path):
            named = (
                (gallery.naming.sample(row["photo_id"], row["class_id"]), row) for row in every
            )
            rows = [row for name, row in named if name in there or name in refused]
            if any(row["class_id"] not in people or row["photo_id"] not in photos for row in rows):
                raise ValueError(_OTHERS)
            for row in rows:
                found = list(_faults(row, people[row["class_id"]], part, thresholds))
                if found:
                    details[len(failed)] = found[0][1]
                reasons = {reason for reason, _ in found}
                failed.append(np.array([reason in reasons for reason in _REASONS], np.bool_))
            tables.append(_table(rows, len(files), photos, people, gallery, names, part))
        files.append(path)
    tried = join_tables(tables)
    if len(tried) != sum(group.judged for group in dataset.manifest.gate):
        raise ValueError(_OTHERS)
    return Tried(
        tried,
        tuple(files),
        np.array([name in there for name in tried.texts("sample_id")], np.bool_),
        np.array(failed, np.bool_).reshape(-1, len(_REASONS)),
        details,
        {key: value for key, value in thresholds.items() if key != (None, None)},
    )


def _upstream(dataset: Dataset) -> Upstream:
    """The finished stages in `work/` that this very dataset was written from."""
    store = Store(dataset.root / "work")
    stages: dict[str, StageManifest] = {}
    for name in _STAGES:
        found, facts = store.stage(name), dataset.manifest.stages.get(name)
        if found is None:
            raise ValueError(f"work/{name} is not there, or not whole")
        if facts is None or output_digest(found) != facts.digest:
            raise ValueError(f"work/{name} is another build's")
        stages[name] = found
    return Upstream(store, stages)


def _photos(upstream: Upstream) -> dict[int, dict[str, Any]]:
    """What a published row tells of each photograph that could be swapped."""
    return {
        row.photo_id: {
            "file_name": f"{row.subset}/{row.file_name}",
            "width": float(row.width),
            "height": float(row.height),
            "grey": float(row.grey),
            "face_x": row.face.box.x,
            "face_y": row.face.box.y,
            "face_width": row.face.box.width,
            "face_height": row.face.box.height,
        }
        for row in upstream.read("select", Photo)
    }


def _read_rows(path: Path) -> Iterator[list[dict[str, Any]]]:
    """A shard's rows without their pictures, some at a time, with their number in `_row`."""
    names = ["sample_id", "photo_id", "class_id", "source_portrait", "figures"]
    with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as parquet:
        start = 0
        for batch in parquet.iter_batches(_AT_ONCE, columns=names):
            yield [{**row, "_row": start + n} for n, row in enumerate(batch.to_pylist())]
            start += batch.num_rows


def _faults(
    row: Mapping[str, Any],
    group: tuple[Gender | None, Ethnicity | None],
    part: JudgePart,
    thresholds: Mapping[Key, float | None],
) -> Iterator[tuple[Reason, str]]:
    figures = Figures(**{name: row["figures"][name] for name in _FIGURES})
    swap = SwapFigures(row["sample_id"], row["photo_id"], row["class_id"], *group, figures)
    return faults(swap, part, thresholds)


def _table(
    rows: list[dict[str, Any]],
    file: int,
    photos: Mapping[int, Mapping[str, Any]],
    people: Mapping[str, Key],
    gallery: Gallery,
    names: Mapping[str | None, str | None],
    part: JudgePart,
) -> pa.Table:
    """Swaps in the columns of the published rows. file: the number of their shard."""
    naming = gallery.naming
    columns: dict[str, list[Any]] = {
        "sample_id": [naming.sample(row["photo_id"], row["class_id"]) for row in rows],
        "coco_image_id": [row["photo_id"] for row in rows],
        "identity": [naming.identity(row["class_id"]) for row in rows],
        "gender": [people[row["class_id"]][0] for row in rows],
        "ethnicity": [people[row["class_id"]][1] for row in rows],
        "source_portrait": [naming.portrait(row["source_portrait"]) for row in rows],
        **{name: [row["figures"][name] for row in rows] for name in _FIGURES},
    }
    columns["name"] = [names.get(identity) for identity in columns["identity"]]
    columns["small_face"] = [size < part.small_face for size in columns["face_size"]]
    for name in next(iter(photos.values()), {}):
        columns[name] = [photos[row["photo_id"]][name] for row in rows]
    columns["_file"] = [file] * len(rows)
    columns["_row"] = [row["_row"] for row in rows]
    return pa.table(columns)
