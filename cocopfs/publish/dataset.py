"""A built dataset, opened to be handed on: its facts, its files, its rows one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from cocopfs.engine.commit import file_digest
from cocopfs.errors import UsageError
from cocopfs.publish.parquet import read_samples
from cocopfs.records import Sample, Split
from cocopfs.sources.paths import UnsafePathError, inside

MANIFEST = "manifest.json"


class _File(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset whose manifest was read. `facts` is the whole manifest, `digest` the sha256 of its
    bytes; `files` are its entries by path. `keeps` tells which rows count; null for all of them
    (see `redistribution.redistributable_part`)."""

    root: Path
    facts: Mapping[str, Any]
    digest: str
    files: Mapping[str, _File]
    keeps: Callable[[Sample], bool] | None = None

    @property
    def pseudonymous(self) -> bool:
        return bool(self.facts["recipe"]["caption"]["names"] == "pseudonym")

    @property
    def splits(self) -> tuple[Split, ...]:
        """Those that have rows, in order."""
        return tuple(split for split in Split if split in self.facts["splits"])

    @property
    def rows(self) -> int:
        return sum(self.facts["splits"][split]["rows"] for split in self.splits)

    def data(self, split: Split | None = None) -> list[str]:
        """The paths of the files with the rows, in order."""
        start = "data/" if split is None else f"data/{split}-"
        return sorted(name for name in self.files if name.startswith(start))

    def path(self, name: str) -> Path:
        """Where a file of the manifest lies. Raises UsageError where its name leads elsewhere."""
        try:
            return inside(self.root, name)
        except UnsafePathError as error:
            raise UsageError(f"{self.root}/{MANIFEST} names a file {name!r}: {error}") from error

    def checked(self, name: str) -> Path:
        """As `path`, after its bytes were compared with the manifest. Raises UsageError."""
        path, entry = self.path(name), self.files[name]
        try:
            found = file_digest(path)
        except OSError as error:
            raise self._damaged(name, error.strerror or str(error)) from error
        if found != (entry.sha256, entry.bytes):
            raise self._damaged(name, "is not the file that the manifest describes")
        return path

    def samples(self, split: Split) -> Iterator[Sample]:
        """A split's rows in order, a row group in memory at a time. Every file is compared with the
        manifest first. Raises UsageError where it differs or is no file of samples."""
        for name in self.data(split):
            path = self.checked(name)
            try:
                for row in read_samples(path):
                    if self.keeps is None or self.keeps(row):
                        yield row
            except (OSError, ValueError, pa.ArrowException) as error:
                raise self._damaged(name, str(error)) from error

    def _damaged(self, name: str, why: str) -> UsageError:
        return UsageError(
            f"{name} of {self.root} cannot be used: {why}",
            expected="the dataset as it was built, by this version of cocopfs",
            hint="build it again: what is whole is kept",
        )


def open_published(root: Path) -> Published:
    """Raises UsageError where `root` holds no complete dataset."""
    try:
        data = (root / MANIFEST).read_bytes()
        facts = msgspec.json.decode(data, type=dict[str, Any])
        files = msgspec.convert(facts["files"], dict[str, _File])
        _ = facts["recipe"]["caption"]["names"], facts["recipe_digest"], facts["pack"]["digest"]
        _ = facts["sources"]["coco"]["origin"], facts["sources"]["gallery"]["origin"]
        _ = [(split["rows"], split["shards"]) for split in facts["splits"].values()]
    except (OSError, KeyError, TypeError, AttributeError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{root} holds no complete dataset: {MANIFEST} is missing or broken, or its version is "
            "another",
            expected="a folder that `build` of this version made",
            hint=f"cocopfs build RECIPE --out {root} ...",
        ) from error
    return Published(root, facts, hashlib.sha256(data).hexdigest(), files)


def rows_digest(files: Mapping[str, Any]) -> str:
    """What stands for the published rows, whatever the cards say: sha256 of the names and digests
    of the files below `data/`.

    files: entries with a `sha256` by path, as values or as attributes.
    """

    def digest_of(entry: Any) -> str:
        return str(entry["sha256"] if isinstance(entry, Mapping) else entry.sha256)

    lines = [
        f"{name} {digest_of(files[name])}\n" for name in sorted(files) if name.startswith("data/")
    ]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
