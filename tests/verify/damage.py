"""Ways to damage a dataset, with and without its manifest's knowledge."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cocopfs.audit.contact_sheet import published_files
from cocopfs.publish.parquet import read_samples, write_samples
from cocopfs.records import EncodedImage, Sample
from cocopfs.verify.recompute import Originals
from cocopfs.verify.whole import Verification, verify_dataset
from tests.material import edit
from tests.whole_build.trial import silent

NOWHERE = Originals(None, None, None, "cpu")


def verified(out: Path, share: float | None = None, workers: int = 1) -> Verification:
    return verify_dataset(out, share, NOWHERE, workers, silent())


def broken(found: Verification) -> dict[str, list[str]]:
    """What was found by promise, subject and words in one."""
    return {
        check.promise: [f"{finding.subject}: {finding.what}" for finding in check.findings]
        for check in found.checks
        if check.broken
    }


def flip_bit(path: Path, offset: int, bit: int) -> None:
    """In place and in a file of its own: a hard link's other name keeps the old bytes."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 1 << bit
    path.unlink()
    path.write_bytes(data)


def rewrite(out: Path, change: Callable[[list[Sample]], list[Sample]]) -> None:
    """Change the published rows of the first file and write the manifest accordingly: a dataset
    that somebody made so, not one that was damaged."""
    file = published_files(out)[0]
    rows = change(list(read_samples(file)))
    file.unlink()
    write_samples(file, rows, rows_per_group=100)
    enter(out, file.relative_to(out.resolve()).as_posix(), len(rows))


def enter(out: Path, name: str, rows: int | None = None) -> None:
    """Let the manifest list the file as it is now."""
    data = (out / name).read_bytes()
    entry: dict[str, Any] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    if rows is not None:
        entry["rows"] = rows

    def change(manifest: Any) -> None:
        manifest["files"][name] = entry

    edit(out / "manifest.json", change)


def with_first(change: Callable[[Sample], Sample]) -> Callable[[list[Sample]], list[Sample]]:
    return lambda rows: [change(rows[0]), *rows[1:]]


def with_picture(change: Callable[[bytes], bytes]) -> Callable[[list[Sample]], list[Sample]]:
    def changed(row: Sample) -> Sample:
        return replace(row, image=EncodedImage(change(row.image.bytes), row.image.path))

    return with_first(changed)


def manifest(out: Path) -> Any:
    return json.loads((out / "manifest.json").read_text())
