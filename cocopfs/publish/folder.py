"""The dataset's folder: installed as a whole, and whole only while `manifest.json` is there."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow.parquet as pq

from cocopfs.arrow import schema, to_table
from cocopfs.engine.commit import commit, commit_bytes, sync_folder
from cocopfs.engine.store import Upstream, write_table
from cocopfs.publish.card import render_card
from cocopfs.publish.croissant import render_croissant
from cocopfs.publish.dataset import MANIFEST
from cocopfs.publish.licences import render_licences
from cocopfs.publish.parquet import write_embeddings
from cocopfs.publish.tombstones import CHANGELOG, changelog
from cocopfs.records import Identity, ReferenceEmbedding, Rejection

EMBEDDINGS = "embeddings.parquet"
_OUR_NAME = re.compile(r"(train|validation|test)-\d{5}-of-\d{5}\.parquet")
_LINK_IMPOSSIBLE = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EOPNOTSUPP}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A committed Parquet file of rows and its published name under `data/`."""

    source: Path
    name: str
    sha256: str
    size: int
    rows: int


def data_files(upstream: Upstream) -> list[DataFile]:
    """The files of stage `write`; its shard ids are the published names."""
    folder = upstream.store.folder("write")
    return [
        DataFile(
            folder / shard.rows.name,
            f"{shard.shard}.parquet",
            shard.rows.sha256,
            shard.rows.bytes,
            shard.rows.rows,
        )
        for shard in upstream.stages["write"].shards
    ]


def publish(
    out: Path,
    upstream: Upstream,
    rejections: list[Rejection],
    embeddings: list[ReferenceEmbedding] | None,
    facts: Mapping[str, Any],
) -> bool:
    """Install data, rejections, cards and private files, then the manifest, which makes it whole.

    The manifest is `facts` and the published files with their digests. The old one goes first: an
    interrupted installation leaves a folder without a manifest, never a folder of two datasets that
    looks like one. `embeddings`: those of the file of their own; None for no such file.
    Returns False when the folder holds just this dataset already.
    """
    data = data_files(upstream)
    tables = _tables(upstream, rejections, embeddings)
    files = {f"data/{file.name}": _entry(file.sha256, file.size, file.rows) for file in data}
    files |= {path: entry_of(*table) for path, table in tables.items()}
    cards = cards_of(facts, files)
    tables |= {path: (content, None) for path, content in cards.items()}
    files |= {path: entry_of(*tables[path]) for path in cards}
    manifest = encode_manifest({**facts, "files": files})
    if _is_published(out, manifest, files):
        return False
    (out / MANIFEST).unlink(missing_ok=True)
    sync_folder(out)
    for file in data:
        _install(file.source, out / "data" / file.name)
    _sweep(out / "data", {file.name for file in data})
    if embeddings is None:
        (out / EMBEDDINGS).unlink(missing_ok=True)
    for path, (content, _) in tables.items():
        commit_bytes(out / path, content)
    commit_bytes(out / MANIFEST, manifest)
    return True


def cards_of(facts: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, bytes]:
    """What the folder tells people and machines of itself, by path; all of it follows from the
    facts and from `files`, the manifest's entries of the tables."""
    public = {path: entry for path, entry in files.items() if not path.startswith("private/")}
    cards = {
        "README.md": render_card(facts),
        "LICENSES.md": render_licences(facts),
        "croissant.json": render_croissant(facts, public),
    }
    if facts["changes"]:
        cards[CHANGELOG] = changelog(facts["changes"])
    return {path: text.encode() for path, text in cards.items()}


def _tables(
    upstream: Upstream,
    rejections: list[Rejection],
    embeddings: list[ReferenceEmbedding] | None,
) -> dict[str, tuple[bytes, int | None]]:
    """The small files by path, with their rows."""
    rejected, private = io.BytesIO(), io.BytesIO()
    write_table(rejected, Rejection, rejections)
    with pq.ParquetWriter(private, schema(Identity), compression="zstd") as writer:
        for _, rows in upstream.read_shards("enroll", Identity):
            writer.write_table(to_table(Identity, rows))
    tables: dict[str, tuple[bytes, int | None]] = {
        "rejections.parquet": (rejected.getvalue(), len(rejections)),
        "private/identities.parquet": (private.getvalue(), upstream.count("enroll")),
    }
    if embeddings is not None:
        separate = io.BytesIO()
        write_embeddings(separate, embeddings)
        tables[EMBEDDINGS] = (separate.getvalue(), len(embeddings))
    return tables


def _is_published(out: Path, manifest: bytes, files: Mapping[str, Mapping[str, Any]]) -> bool:
    """By the manifest and the files' sizes; their bytes are not read again."""
    try:
        return (out / MANIFEST).read_bytes() == manifest and all(
            (out / path).stat().st_size == entry["bytes"] for path, entry in files.items()
        )
    except (FileNotFoundError, NotADirectoryError):
        return False


def encode_manifest(manifest: Mapping[str, Any]) -> bytes:
    """Sorted, indented JSON: the same bytes for the same dataset."""
    data = msgspec.json.encode(manifest, order="deterministic")
    return msgspec.json.format(data, indent=2) + b"\n"


def entry_of(content: bytes, rows: int | None = None) -> dict[str, Any]:
    """The manifest's entry of a file."""
    return _entry(hashlib.sha256(content).hexdigest(), len(content), rows)


def _entry(sha256: str, size: int, rows: int | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"sha256": sha256, "bytes": size}
    return entry if rows is None else {**entry, "rows": rows}


def _install(source: Path, target: Path) -> None:
    """A hard link where the filesystem can: the rows then take their space once."""
    if target.is_file() and target.samefile(source):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.partial")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError as error:
        if error.errno not in _LINK_IMPOSSIBLE:
            raise

        def copy(file: BinaryIO) -> None:
            with source.open("rb") as original:
                shutil.copyfileobj(original, file)

        commit(target, copy)
        return
    temporary.replace(target)
    sync_folder(target.parent)


def _sweep(folder: Path, keep: set[str]) -> None:
    """Take away what an earlier build published and this one does not; nothing of other names."""
    if folder.is_dir():
        for path in folder.iterdir():
            if _OUR_NAME.fullmatch(path.name) and path.name not in keep:
                path.unlink()
