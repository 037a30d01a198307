"""The folder that a build makes: what it tells of itself, and whether it can be written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from cocopfs.engine.commit import sweep_partials
from cocopfs.engine.folder import require_writable
from cocopfs.engine.lock import LOCK
from cocopfs.errors import UsageError

BEGUN = "work/build.json"
"""What the folder's last build set out to make."""


def make_writable(out: Path) -> None:
    """Fail before hours are spent: make the folder, write into it, and rename there."""
    require_writable(out / "work", "name another folder with --out", named=out, mark=LOCK)


def refuse_foreign(out: Path) -> None:
    """Raises UsageError where the folder holds what no build made."""
    ours = any((out / path).is_file() for path in (f"work/{LOCK}", BEGUN))
    if ours or not out.is_dir():
        return
    work = out / "work"  # empty: another slice has made it just now
    others = [path for path in out.iterdir() if path != work or any(work.iterdir())]
    if others and read_manifest(out) is None:
        raise UsageError(
            f"{out} holds other things than a dataset",
            expected="a folder that is empty, not there yet, or made by cocopfs",
            hint="name another folder with --out",
        )


def sweep(out: Path) -> None:
    """Take away what a killed run has left half-written."""
    for folder in (out, out / "work", out / "data", out / "private"):
        sweep_partials(folder)


def read_manifest(out: Path) -> dict[str, Any] | None:
    """The dataset's manifest; None where there is none of ours."""
    try:
        found = msgspec.json.decode((out / "manifest.json").read_bytes(), type=dict[str, Any])
        msgspec.convert(found, _Facts)
    except (OSError, ValueError, RecursionError):  # ValueError: also bytes that are no UTF-8
        return None
    return found


class _CocoFacts(msgspec.Struct):
    limit: int | None


class _SourceFacts(msgspec.Struct):
    coco: _CocoFacts


class _CaptionFacts(msgspec.Struct):
    names: str = "real"


class _RecipeFacts(msgspec.Struct):
    name: str
    caption: _CaptionFacts = msgspec.field(default_factory=_CaptionFacts)


class _Counts(msgspec.Struct):
    read: int
    kept: int


class _SplitFacts(msgspec.Struct):
    rows: int


class _Facts(msgspec.Struct):
    """What must be in a manifest for its folder to be taken for ours."""

    recipe_digest: str
    recipe: _RecipeFacts
    sources: _SourceFacts
    photos: _Counts
    splits: dict[str, _SplitFacts]
