"""The files of a dataset without those who were taken out; only files that hold them are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.arrow import from_table, schema, to_table
from cocopfs.engine.commit import commit, file_digest
from cocopfs.engine.store import write_table
from cocopfs.publish.folder import EMBEDDINGS
from cocopfs.publish.parquet import read_samples, write_embeddings, write_samples
from cocopfs.publish.standing import Standing, vacancies
from cocopfs.publish.tombstones import Removals, Tombstones, removed_rows
from cocopfs.records import (
    Identity,
    ItemKind,
    Reason,
    ReferenceEmbedding,
    Rejection,
)
from cocopfs.removal.published import (
    IDENTITIES,
    REJECTIONS,
    Row,
    data_names,
    gone,
    read_columns,
    rejections,
    rows_of,
    split_of,
)
from cocopfs.sources.paths import inside
from cocopfs.stages.replay import LEFT


def rewrite_data(
    out: Path, facts: Mapping[str, Any], tombstones: Tombstones
) -> tuple[dict[str, dict[str, Any]], dict[str, list[Row]]]:
    """Write the data files anew that hold somebody who was taken out, and take files away whose
    split has no row left. Their manifest entries, and the rows that are left, by file.

    Rows keep their order, files their names. May be called again after it was interrupted.
    """
    rows_per_group = facts["recipe"]["publish"]["rows_per_group"]
    left: dict[str, list[Row]] = {}
    written: set[str] = set()
    for name in data_names(facts):
        if not (out / name).is_file() and _is_last_of_split(out, name, facts):
            continue  # an earlier attempt took it away
        rows = rows_of(out, name)
        left[name] = [row for row in rows if not row.gone(tombstones)]
        if len(left[name]) < len(rows):
            _without(inside(out, name), tombstones, rows_per_group)
            written.add(name)
    alive = {split_of(name) for name, rows in left.items() if rows}
    for name in [name for name in left if split_of(name) not in alive]:
        (out / name).unlink(missing_ok=True)
        del left[name]
    entries = {}
    for name, rows in left.items():
        entry = dict(facts["files"][name])
        # Another number of rows: this attempt or an earlier one has written it.
        if name in written or len(rows) != entry["rows"]:
            sha256, size = file_digest(out / name)
            entry = {"sha256": sha256, "bytes": size, "rows": len(rows)}
        entries[name] = entry
    return entries, left


def _is_last_of_split(out: Path, name: str, facts: Mapping[str, Any]) -> bool:
    """Whether no row of the file's split is left, so that its files may be gone."""
    others = [other for other in data_names(facts) if split_of(other) == split_of(name)]
    return not any(rows_of(out, other) for other in others if (out / other).is_file())


def _without(path: Path, tombstones: Tombstones, rows_per_group: int) -> None:
    def write(file: BinaryIO) -> None:
        kept = (
            sample
            for sample in read_samples(path)
            if not Row(sample.coco_image_id, sample.identity).gone(tombstones)
        )
        write_samples(file, kept, rows_per_group=rows_per_group)

    commit(path, write)


def rewrite_identities(out: Path, tombstones: Tombstones) -> tuple[dict[str, Any], list[Identity]]:
    """Their manifest entry and what is left, without embeddings in mind for long: a row group at
    a time is written."""
    path = out / IDENTITIES
    kept: list[Identity] = []

    def write(file: BinaryIO) -> None:
        kept.clear()
        with (
            pq.ParquetFile(path) as before,
            pq.ParquetWriter(file, schema(Identity), compression="zstd") as writer,
        ):
            for number in range(before.num_row_groups):
                rows = from_table(Identity, before.read_row_group(number))
                left = [row for row in rows if not tombstones.identity(row.class_id, row.name)]
                kept.extend(left)
                writer.write_table(to_table(Identity, left))

    sha256, size = commit(path, write)
    return {"sha256": sha256, "bytes": size, "rows": len(kept)}, kept


def rewrite_embeddings(out: Path, tombstones: Tombstones) -> dict[str, Any]:
    """The entry of the file of reference embeddings."""
    table: pa.Table = read_columns(out, EMBEDDINGS)
    columns = table.cast(schema(ReferenceEmbedding))
    rows = from_table(ReferenceEmbedding, columns)
    kept = [row for row in rows if not tombstones.identity(row.identity)]
    sha256, size = commit(out / EMBEDDINGS, lambda file: write_embeddings(file, kept))
    return {"sha256": sha256, "bytes": size, "rows": len(kept)}


def rewrite_rejections(
    out: Path, removals: Removals, tombstones: Tombstones, rows: Iterable[Row]
) -> tuple[dict[str, Any], list[Rejection]]:
    """Their manifest entry and what they say now: what a build without those who were taken out
    says. rows: those that are left."""
    kept = [
        row
        for row in rejections(out)
        if row.reason is not Reason.REMOVED and not gone(row, tombstones)
    ]
    if removals.standing is not None:
        emptied = _emptied(removals.standing, {row.photo_id for row in rows})
        lost = {row.item for row in emptied}
        kept = [row for row in kept if not (row.kind is ItemKind.PHOTO and row.item in lost)]
        kept += emptied
    kept += removed_rows(removals.accounted_identities, removals.accounted_photos)
    kept.sort(key=lambda row: (row.kind, row.item, row.stage, row.reason, row.detail))
    sha256, size = commit(out / REJECTIONS, lambda file: write_table(file, Rejection, kept))
    return {"sha256": sha256, "bytes": size, "rows": len(kept)}, kept


def _emptied(standing: Standing, published: set[int]) -> list[Rejection]:
    """Photographs that have nobody left: all who were matched to them went, or all good ones."""
    vacant = vacancies(standing)
    found = []
    for photo in standing.photos:
        if photo.photo_id in published or photo.reason:
            continue
        stage = "judge" if photo.identities else "match"
        lost = photo.photo_id in vacant and vacant[photo.photo_id].good > 0
        if lost or not photo.identities:
            item = str(photo.photo_id)
            found.append(Rejection(ItemKind.PHOTO, item, stage, Reason.REMOVED, LEFT))
    return found
