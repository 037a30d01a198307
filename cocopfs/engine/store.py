"""The `work/` folder: what is committed, and only that, is read back.

    work/<stage>/<shard>.json                        a shard's manifest: the commit
    work/<stage>/<shard>-<fingerprint>.parquet       its rows
    work/<stage>/<shard>-<fingerprint>.rejections.parquet
    work/<stage>/stage.json                          the whole stage: written when all shards are
    work/<stage>/begun/<shard>                       notes of shards in work, see worker.py

Files carry their fingerprint in their name: no manifest ever points at bytes of another plan.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
import pyarrow.parquet as pq

from cocopfs.arrow import from_table, schema, to_table
from cocopfs.engine.commit import TEMPORARY_SUFFIX, commit_bytes, commit_once
from cocopfs.engine.fingerprint import digest, without_fingerprint
from cocopfs.engine.stage import Result, Shard, Stage
from cocopfs.errors import CocopfsError
from cocopfs.records import ItemKind, Rejection

R = TypeVar("R")
BEGUN = "begun"
_FINGERPRINT_CHARACTERS = 16


class StoredFile(msgspec.Struct, frozen=True):
    name: str
    sha256: str
    bytes: int
    rows: int


class ShardManifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A committed shard. `quarantined` maps the items that were left out because they end the
    process that works on them to how it ended; the fingerprint depends on them too."""

    stage: str
    shard: str
    fingerprint: str
    items: int
    rows: StoredFile
    rejections: StoredFile
    reasons: dict[str, int]  # rejections by "kind/reason"
    faults: int  # items left out because they are broken
    quarantined: dict[str, str] = {}

    def is_of(self, fingerprint: str) -> bool:
        """Whether it is the commit of a shard with that fingerprint."""
        return self.fingerprint == without_fingerprint(fingerprint, self.quarantined)


class StageManifest(msgspec.Struct, frozen=True):
    """A stage whose shards are all committed."""

    stage: str
    description: dict[str, Any]  # what the output depends on; see fingerprint.describe_stage
    shards: tuple[ShardManifest, ...]

    @property
    def items(self) -> int:
        return sum(shard.items for shard in self.shards)

    @property
    def rows(self) -> int:
        return sum(shard.rows.rows for shard in self.shards)

    @property
    def rejected(self) -> int:
        return sum(shard.rejections.rows for shard in self.shards)

    @property
    def faults(self) -> int:
        return sum(shard.faults for shard in self.shards)


class AccountError(CocopfsError):
    """A stage lost or invented an item: a bug, never the user's fault."""

    exit_code = 4


@dataclass(frozen=True)
class Store:
    """The committed results under one `work/` folder."""

    root: Path

    def folder(self, stage: str) -> Path:
        return self.root / stage

    def shard(self, stage: str, shard_id: str) -> ShardManifest | None:
        """The shard's manifest when it and the files that it names are there."""
        manifest = _read(self.folder(stage) / f"{shard_id}.json", ShardManifest)
        return manifest if manifest is not None and self._holds(manifest) else None

    def stage(self, stage: str) -> StageManifest | None:
        """The stage's manifest when the stage was completed and its files are there."""
        manifest = _read(self.folder(stage) / "stage.json", StageManifest)
        if manifest is None or not all(self._holds(shard) for shard in manifest.shards):
            return None
        return manifest

    def commit_shard(
        self,
        stage: Stage,
        shard: Shard,
        fingerprint: str,
        result: Result,
        quarantined: Mapping[str, str] = {},
    ) -> ShardManifest:
        """Commit a shard's rows and rejections, then its manifest.

        Raises ConflictError when another writer has given other bytes for the same fingerprint.
        """
        check_account(stage, shard, result)
        folder = self.folder(stage.name)
        fingerprint = without_fingerprint(fingerprint, quarantined)
        stem = f"{shard.shard_id}-{_short(fingerprint)}"

        def write_rows(file: BinaryIO) -> None:
            stage.write(file, result.rows)

        def write_rejections(file: BinaryIO) -> None:
            write_table(file, Rejection, result.rejections)

        rows = _commit_parquet(folder / f"{stem}.parquet", write_rows, len(result.rows))
        rejections = _commit_parquet(
            folder / f"{stem}.rejections.parquet", write_rejections, len(result.rejections)
        )
        reasons = Counter(f"{r.kind}/{r.reason}" for r in result.rejections)
        # Broken portraits are noted, but an identity lives on with the others.
        faults = sum(r.reason.is_fault and r.kind != ItemKind.PORTRAIT for r in result.rejections)
        manifest = ShardManifest(
            stage=stage.name,
            shard=shard.shard_id,
            fingerprint=fingerprint,
            items=len(shard.rows),
            rows=rows,
            rejections=rejections,
            reasons=dict(sorted(reasons.items())),
            faults=faults,
            quarantined=dict(sorted(quarantined.items())),
        )
        _commit_json(folder / f"{shard.shard_id}.json", manifest)
        return manifest

    def clear_shard(self, stage: str, shard_id: str, fingerprint: str) -> None:
        """Take away what killed or damaged commits of a shard have left: there is no manifest of
        it, so nobody has read it, and its bytes need not be kept when they come out otherwise."""
        stem = f"{shard_id}-{_short(fingerprint)}"
        for name in (f"{stem}.parquet", f"{stem}.rejections.parquet"):
            if (path := self.folder(stage) / name).is_file():
                path.unlink(missing_ok=True)

    def commit_stage(
        self,
        stage: Stage,
        description: dict[str, Any],
        shards: list[ShardManifest],
        *,
        sweep: bool = True,
    ) -> StageManifest:
        """Declare a stage whole, then sweep out what earlier plans left in its folder, unless other
        slices may still be at work there."""
        manifest = StageManifest(
            stage.name, description, tuple(sorted(shards, key=lambda shard: shard.shard))
        )
        folder = self.folder(stage.name)
        if _read(folder / "stage.json", StageManifest) != manifest:
            _commit_json(folder / "stage.json", manifest)
        if sweep:
            self._sweep(manifest)
        return manifest

    def _sweep(self, manifest: StageManifest) -> None:
        folder = self.folder(manifest.stage)
        keep = {"stage.json"}
        for shard in manifest.shards:
            keep |= {f"{shard.shard}.json", shard.rows.name, shard.rejections.name}
        for path in folder.iterdir():
            ours = path.suffix in (".json", ".parquet", TEMPORARY_SUFFIX)
            if ours and path.is_file() and path.name not in keep:
                path.unlink()
        shutil.rmtree(folder / BEGUN, ignore_errors=True)

    def _holds(self, manifest: ShardManifest) -> bool:
        folder = self.folder(manifest.stage)
        return all(
            (folder / file.name).is_file() and (folder / file.name).stat().st_size == file.bytes
            for file in (manifest.rows, manifest.rejections)
        )


@dataclass(frozen=True)
class Upstream:
    """The completed stages of one run, for those that come after them."""

    store: Store
    stages: dict[str, StageManifest]

    def count(self, stage: str) -> int:
        return self.stages[stage].rows

    def read(self, stage: str, record: type[R]) -> Iterator[R]:
        """The stage's rows in order. `record` may name fewer columns than the stage gives."""
        for _, rows in self.read_shards(stage, record):
            yield from rows

    def read_shards(self, stage: str, record: type[R]) -> Iterator[tuple[ShardManifest, list[R]]]:
        """As `read`, a shard at a time with its manifest."""
        for shard in self.stages[stage].shards:
            yield shard, read_rows(self.store.folder(stage) / shard.rows.name, record)

    def read_shard(self, stage: str, shard_id: str, record: type[R]) -> list[R]:
        """One shard's rows; none where the stage has no such shard."""
        return [
            row
            for shard in self.stages[stage].shards
            if shard.shard == shard_id
            for row in read_rows(self.store.folder(stage) / shard.rows.name, record)
        ]

    def rejections(self, stage: str) -> Iterator[Rejection]:
        for shard in self.stages[stage].shards:
            if shard.rejections.rows:
                yield from read_rows(self.store.folder(stage) / shard.rejections.name, Rejection)


def read_shard_manifests(store: Store, stage: str) -> list[ShardManifest]:
    """The manifests in a stage's folder, of whatever plan: for people who ask how far a build is.
    No stage reads its input this way."""
    manifests = [_read(path, ShardManifest) for path in sorted(store.folder(stage).glob("*.json"))]
    return [manifest for manifest in manifests if manifest is not None]


def write_table(file: BinaryIO, record: type, rows: list[Any]) -> None:
    """Rows as a Parquet file whose bytes depend on nothing else."""
    pq.write_table(to_table(record, rows), file, compression="zstd")


def read_rows(path: Path, record: type[R]) -> list[R]:
    """The rows of a file that `write_table` made; `record` may name fewer columns."""
    kind: type = record
    names = schema(kind).names
    return from_table(record, pq.read_table(path, columns=names, partitioning=None))


def check_account(stage: Stage, shard: Shard, result: Result) -> None:
    """Every row came out as an output or as a rejection, and nothing else came out."""
    if stage.aggregates:
        return
    expected = {row.item for row in shard.rows}
    rejected = {r.item for r in result.rejections}
    given = {row.item for row in result.rows}
    wrong = {
        "lost": expected - given - rejected,
        "invented": given - expected,
        "both given and rejected": given & rejected,
    }
    for what, found in wrong.items():
        if found:
            raise AccountError(
                f"stage {stage.name}, shard {shard.shard_id}: {len(found)} items were {what} "
                f"({', '.join(sorted(found)[:3])})",
                hint="this is a bug in cocopfs: please report it with these lines",
            )


def output_digest(manifest: StageManifest) -> str:
    """One hash of all that a stage gave."""
    return digest([[s.shard, s.rows.sha256, s.rejections.sha256] for s in manifest.shards])


def _commit_parquet(path: Path, write: Any, rows: int) -> StoredFile:
    def check(written: Path) -> None:
        found = pq.read_metadata(written).num_rows
        if found != rows:
            raise OSError(f"{path.name} was written with {rows} rows and reads back with {found}")

    sha256, size = commit_once(path, write, check)
    return StoredFile(path.name, sha256, size, rows)


def _short(fingerprint: str) -> str:
    return fingerprint[:_FINGERPRINT_CHARACTERS]


def _commit_json(path: Path, value: msgspec.Struct) -> None:
    data = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1)
    commit_bytes(path, data + b"\n")


def _read(path: Path, kind: type[R]) -> R | None:
    """A manifest, or None where there is none of ours: then the work is done again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return None
