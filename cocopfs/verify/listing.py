"""Which files a dataset lists, and which lie in its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from cocopfs.audit.dataset import Dataset, FileEntry
from cocopfs.engine.commit import TEMPORARY_SUFFIX
from cocopfs.engine.store import ShardManifest, StageManifest, Store
from cocopfs.publish.exports.output import EXPORT, SUMS, export_facts, read_sums
from cocopfs.stages.pipeline import STAGE_NAMES
from cocopfs.verify.finding import Finding

M = TypeVar("M")

# What other commands put beside the dataset; no manifest lists it.
_BESIDE = {"manifest.json", "run.json"}
_TAKE_AWAY = "take the files away that are listed nowhere"
_ROOMS = ("audit", "baseline", "private", "work")


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that a manifest lists. `name` is relative to the dataset, "/" between parts."""

    name: str
    entry: FileEntry


def published(dataset: Dataset) -> list[Listed]:
    """The files that `manifest.json` lists."""
    return [Listed(name, entry) for name, entry in sorted(dataset.manifest.files.items())]


def strangers(dataset: Dataset) -> Iterator[Finding]:
    """Files that belong to nobody: not listed, and not where other commands write theirs."""
    known = {*dataset.manifest.files, *_BESIDE, *_exported(dataset.root)}
    for path, entry in _walk(dataset.root, ""):
        if path in known:
            continue
        if path.endswith(TEMPORARY_SUFFIX):
            what = "was left half-written by a run that was stopped"
            yield Finding(path, what, _TAKE_AWAY)
        elif entry.is_symlink() or path.split("/")[0] not in _ROOMS:
            yield Finding(path, "is listed by no manifest", _TAKE_AWAY)


def _exported(root: Path) -> set[str]:
    """What an export has beside the files of its manifest; nothing for a folder of a build."""
    if export_facts(root) is None:
        return set()
    try:
        return {EXPORT, SUMS, *read_sums(root)}
    except (OSError, ValueError):  # told where the sums are checked
        return {EXPORT, SUMS}


def _walk(root: Path, folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files below root but those of `work/`; symlinks are not followed."""
    with os.scandir(root / folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield path, entry
            elif path != "work":
                yield from _walk(root, path)


# --- work/ ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageFolder:
    """A stage's folder below `work/`: its manifest, and those of its shards."""

    stage: str
    manifest: StageManifest | None
    shards: tuple[ShardManifest, ...]
    findings: tuple[Finding, ...]  # of the manifests themselves

    @property
    def files(self) -> Iterator[Listed]:
        """The files that the shards list."""
        for shard in self.shards:
            for file in (shard.rows, shard.rejections):
                entry = FileEntry(file.sha256, file.bytes, file.rows)
                yield Listed(f"work/{self.stage}/{file.name}", entry)


def stage_folders(root: Path) -> list[StageFolder]:
    """The stages' folders; none where `work/` was deleted, as it may be."""
    store = Store(root / "work")
    return [_stage(store, name) for name in STAGE_NAMES if store.folder(name).is_dir()]


def _stage(store: Store, stage: str) -> StageFolder:
    where = f"work/{stage}"
    findings: list[Finding] = []
    folder = store.folder(stage)
    manifest = _read(folder / "stage.json", StageManifest)
    if manifest is None:
        findings.append(Finding(f"{where}/stage.json", "is missing or broken"))
    read = (_read(path, ShardManifest) for path in sorted(folder.glob("*.json")))
    shards = [shard for shard in read if shard is not None and shard.stage == stage]
    listed = {f"{shard.shard}.json" for shard in shards} | {"stage.json"}
    listed |= {file.name for shard in shards for file in (shard.rows, shard.rejections)}
    for path in sorted(folder.iterdir()):
        if path.name not in listed and path.suffix in (".json", ".parquet", TEMPORARY_SUFFIX):
            findings.append(Finding(f"{where}/{path.name}", "is broken or listed by no manifest"))
    if manifest is not None and list(manifest.shards) != sorted(shards, key=lambda s: s.shard):
        findings.append(Finding(f"{where}/stage.json", "lists other shards than the folder holds"))
    return StageFolder(stage, manifest, tuple(shards), tuple(findings))


def _read(path: Path, kind: type[M]) -> M | None:
    """A manifest, also where the files that it lists are gone: then they are named one by one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, ValueError, RecursionError):
        return None
