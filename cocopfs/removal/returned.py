"""Who came back, found by the tombstones alone: what everybody can look for at any time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.publish.tombstones import Tombstones
from cocopfs.removal.traces import Trace

_IDENTITIES = {"identity", "class_id", "class_ids"}
_PHOTOS = {"coco_image_id", "photo_id"}
_ROWS = 256


def find_returned(out: Path, tombstones: Tombstones) -> Iterator[Trace]:
    """Where a table below a folder speaks of somebody who was taken out: in `data/`, `private/`,
    `work/`, anywhere. Every id of an identity, a photograph, a sample or a portrait and every name
    in a Parquet file is tried against the tombstones; a broken file is passed over (`verify` names
    it). Memory: a few hundred rows of ids.
    """
    if not (tombstones.identities or tombstones.photos or tombstones.names):
        return
    for path in sorted(out.rglob("*.parquet")):
        if path.is_symlink():
            continue
        try:
            found = list(_returned(path, tombstones))
        except (OSError, pa.ArrowException):
            continue
        for place, what in dict.fromkeys(found):
            yield Trace(path.relative_to(out).as_posix(), place, what)


def _returned(path: Path, tombstones: Tombstones) -> Iterator[tuple[str, str]]:
    known: dict[tuple[str, Any], bool] = {}

    def tried(what: str, value: Any) -> bool:
        key = (what, value)
        if key not in known:
            known[key] = (
                tombstones.photo(value) if what == "photo" else _is_person(what, value, tombstones)
            )
        return known[key]

    wanted = {*_IDENTITIES, *_PHOTOS, "name", "sample_id", "source_portrait", "reference_portrait"}
    with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as parquet:
        names = parquet.schema_arrow.names
        rejections = {"kind", "item", "reason"} <= set(names)
        columns = [name for name in names if name in wanted or (rejections and name != "detail")]
        for batch in parquet.iter_batches(_ROWS, columns=columns):
            for row in batch.to_pylist():
                for place, what, value in _ids(row):
                    if value is not None and tried(what, value):
                        yield place, "a photograph" if what == "photo" else "somebody"


def _is_person(what: str, value: str, tombstones: Tombstones) -> bool:
    if what == "name":
        return tombstones.identity("", value)
    return tombstones.identity(value)


def _ids(row: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The ids and names of a row: column, what it is, value."""
    for column in _IDENTITIES & row.keys():
        values = row[column] if isinstance(row[column], list) else [row[column]]
        yield from ((column, "identity", value) for value in values)
    for column in _PHOTOS & row.keys():
        yield column, "photo", row[column]
    if "name" in row:
        yield "name", "name", row["name"]
    samples = [("sample_id", row.get("sample_id"))]
    if "item" in row and row.get("reason") != "removed":
        kind, item = row["kind"], row["item"]
        if kind == "sample":
            samples.append(("item", item))
        elif kind == "photo":
            yield "item", "photo", item
        else:
            yield "item", "identity", item.split("/", maxsplit=1)[0]
    for column, sample in samples:
        if sample is not None and "_" in sample:
            photo_id, identity = sample.split("_", maxsplit=1)
            yield column, "photo", photo_id
            yield column, "identity", identity
    for column in ("source_portrait", "reference_portrait"):
        portrait = row.get(column)
        if isinstance(portrait, str):
            yield column, "identity", portrait.split("/", maxsplit=1)[0]
