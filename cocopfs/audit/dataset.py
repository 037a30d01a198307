"""A built dataset as its manifest describes it, and whether its files are the ones described."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.sources.paths import UnsafePathError, inside

_SPLIT = {"rows", "photos", "identities"}


class FileEntry(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int
    rows: int | None = None


class Count(msgspec.Struct, frozen=True):
    """How many there were, and what became of them."""

    read: int
    kept: int
    rejected: int


class PackFile(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int
    licence: str | None = None


class PackFacts(msgspec.Struct, frozen=True):
    name: str
    digest: str
    files: dict[str, PackFile]  # by role


class StageFacts(msgspec.Struct, frozen=True):
    """`digest` is of all that the stage gave."""

    digest: str


class GateFacts(msgspec.Struct, frozen=True):
    """What the gate did with the swaps of one group: how many it judged, how many are in the
    dataset, and by reason how many are not."""

    gender: str | None
    ethnicity: str | None
    judged: int
    accepted: int
    rejected: dict[str, int]


class LeftOut(msgspec.Struct, frozen=True):
    """Photographs that an export of what may be handed on left out for one reason."""

    photos: int


class ThresholdFacts(msgspec.Struct, frozen=True):
    """From which similarity on the gate took a swap for its identity, of one group; of all of them
    where both are null."""

    gender: str | None
    ethnicity: str | None
    threshold: float | None


class _Calibrate(msgspec.Struct, frozen=True):
    far: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 1e-3


class _Swap(msgspec.Struct, frozen=True):
    jpeg_quality: Annotated[int, msgspec.Meta(ge=1, le=100)] = 95


class _Runtime(msgspec.Struct, frozen=True):
    threads: Annotated[int, msgspec.Meta(ge=1)] = 1


class _Caption(msgspec.Struct, frozen=True):
    names: Literal["real", "pseudonym"] = "real"


class _Recipe(msgspec.Struct, frozen=True):
    """What audit and verify read of the recipe."""

    caption: _Caption = _Caption()
    publish: dict[str, Any] = {}
    calibrate: _Calibrate = _Calibrate()
    judge: dict[str, Any] = {}
    swap: _Swap = _Swap()
    runtime: _Runtime = _Runtime()


class Manifest(msgspec.Struct, frozen=True):
    """What audit and verify need of `manifest.json`; there may be more in it."""

    cocopfs: str
    recipe: dict[str, Any]
    recipe_digest: str
    pack: PackFacts
    photos: Count
    identities: Count
    splits: dict[str, dict[str, int]]
    files: dict[str, FileEntry]
    stages: dict[str, StageFacts] = {}
    rejections: dict[str, dict[str, int]] = {}
    figures: dict[str, dict[str, float]] = {}
    caption_forms: dict[str, int] = {}
    stack: dict[str, Any] = {}
    sources: dict[str, Any] = {}
    redistributable: list[LeftOut] = []
    gate: list[GateFacts] = []
    thresholds: list[ThresholdFacts] = []

    def __post_init__(self) -> None:
        """Raises ValueError, which the decoder turns into its own error."""
        msgspec.convert(self.recipe, _Recipe)
        for name, facts in self.splits.items():
            if missing := _SPLIT - facts.keys():
                raise ValueError(f"split {name} has no {', '.join(sorted(missing))}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A published Parquet file: its name below the dataset, and what the manifest says of it."""

    name: str
    path: Path
    entry: FileEntry


@dataclass(frozen=True, slots=True)
class Dataset:
    """`digest` is the sha256 of the manifest's bytes: it stands for the whole dataset."""

    root: Path
    manifest: Manifest
    digest: str
    files: tuple[DataFile, ...]  # those with the rows, in order

    @property
    def private(self) -> Path:
        return self.root / "private"

    @property
    def pseudonymous(self) -> bool:
        """No real name or class id is published."""
        return msgspec.convert(self.manifest.recipe, _Recipe).caption.names == "pseudonym"


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of the dataset that cannot be audited, and why."""

    name: str
    why: str


def open_dataset(out: Path) -> Dataset:
    """Raises UsageError where `out` holds no complete dataset."""
    try:
        data = (out / "manifest.json").read_bytes()
        manifest = msgspec.json.decode(data, type=Manifest)
        files = tuple(
            DataFile(name, inside(out, name), entry)
            for name, entry in sorted(manifest.files.items())
            if name.startswith("data/")
        )
    except (OSError, ValueError, RecursionError) as error:  # ValueError: bytes that are no UTF-8
        raise UsageError(
            f"{out} holds no complete dataset: manifest.json is missing or broken ({error})",
            hint=f"cocopfs build RECIPE --out {out} ...",
        ) from error
    return Dataset(out, manifest, hashlib.sha256(data).hexdigest(), files)


def check_file(dataset: Dataset, name: str) -> Damage | None:
    """Whether a file is the one that the manifest names: there, of that size, with that hash."""
    entry = dataset.manifest.files.get(name)
    if entry is None:
        return Damage(name, "is not named by the manifest")
    try:
        found, size = file_digest(inside(dataset.root, name))
    except (OSError, UnsafePathError) as error:
        return Damage(name, unreadable(error))
    return compare(name, entry, found, size)


def compare(name: str, entry: FileEntry, sha256: str, size: int) -> Damage | None:
    """Whether a file's hash and size are those that a manifest names."""
    if size != entry.bytes:
        return Damage(name, f"has {size} bytes, the manifest says {entry.bytes}")
    if sha256 != entry.sha256:
        return Damage(name, f"has sha256 {sha256[:16]}…, the manifest says {entry.sha256[:16]}…")
    return None


def unreadable(error: OSError | UnsafePathError) -> str:
    """Why a file could not be hashed."""
    why = error.strerror if isinstance(error, OSError) else str(error)
    return f"cannot be read: {why}"
