"""A published folder as a removal reads it: small columns of all rows, never their pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from cocopfs.engine.store import read_rows
from cocopfs.errors import UsageError
from cocopfs.publish.tombstones import Tombstones
from cocopfs.records import Identity, ItemKind, Rejection
from cocopfs.sources.paths import inside
from cocopfs.stages.naming import Naming, load_key

IDENTITIES = "private/identities.parquet"
REJECTIONS = "rejections.parquet"


@dataclass(frozen=True, slots=True)
class Row:
    """Of a published row what tells whom it shows. `identity` is the published id."""

    photo_id: int
    identity: str

    def gone(self, tombstones: Tombstones) -> bool:
        return tombstones.photo(self.photo_id) or tombstones.identity(self.identity)


def naming_of(out: Path, facts: Mapping[str, Any]) -> Naming:
    """Under which ids the dataset speaks of its identities. It gives no new names."""
    hidden = facts["recipe"].get("caption", {}).get("names") == "pseudonym"
    return Naming(Path(), load_key(out, None) if hidden else None)


def data_names(facts: Mapping[str, Any]) -> list[str]:
    """The data files, "data/train-00000-of-00001.parquet" and so on, sorted."""
    return sorted(name for name in facts["files"] if name.startswith("data/"))


def split_of(name: str) -> str:
    """The split of a data file."""
    return name.removeprefix("data/").split("-", maxsplit=1)[0]


def rows_of(out: Path, name: str) -> list[Row]:
    """Whom each row of a data file shows. Raises UsageError where the file cannot be read."""
    table = read_columns(out, name, ["coco_image_id", "identity"])
    columns = (table["coco_image_id"].to_pylist(), table["identity"].to_pylist())
    return [Row(*pair) for pair in zip(*columns, strict=True)]


def read_columns(out: Path, name: str, columns: list[str] | None = None) -> Any:
    """Columns of a published Parquet file as an Arrow table."""
    try:
        return pq.read_table(inside(out, name), columns=columns, partitioning=None)
    except (OSError, ValueError) as error:  # pyarrow's errors are among them
        raise UsageError(
            f"{out / name} cannot be read: {error}",
            expected="the files that the manifest names",
            hint=f"cocopfs verify {out} names all damage; build the dataset again",
        ) from error


def enrolled(out: Path) -> list[Identity]:
    """Raises UsageError where `private/` is not at hand: without it nobody can be found."""
    try:
        return read_rows(out / IDENTITIES, Identity)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{out / IDENTITIES} cannot be read: {error}",
            expected="the private part of the dataset, which tells whose faces it holds",
            hint="bring private/ back, or build the dataset again",
        ) from error


def rejections(out: Path) -> list[Rejection]:
    try:
        return read_rows(out / REJECTIONS, Rejection)
    except (OSError, ValueError) as error:
        raise UsageError(f"{out / REJECTIONS} cannot be read: {error}") from error


def gone(row: Rejection, tombstones: Tombstones) -> bool:
    """Whether a rejection speaks of somebody or something that was taken out."""
    if row.kind is ItemKind.PHOTO:
        return tombstones.photo(row.item)
    if row.kind is ItemKind.SAMPLE:
        photo_id, identity = row.item.split("_", maxsplit=1)
        return tombstones.photo(photo_id) or tombstones.identity(identity)
    return tombstones.identity(row.item.split("/", maxsplit=1)[0])


def all_rows(out: Path, facts: Mapping[str, Any]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of every data file, by its name."""
    for name in data_names(facts):
        yield name, rows_of(out, name)
