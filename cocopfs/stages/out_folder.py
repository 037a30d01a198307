"""The folder that a build makes: what it tells of itself, and whether it can be written."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import msgspec

from cocopfs.engine.commit import OutputError, commit_bytes, sweep_partials
from cocopfs.engine.lock import LOCK
from cocopfs.errors import UsageError


def last_run(out: Path) -> dict[str, Any]:
    """What `run.json` tells of the last run that did something: "coco", "vggface2" and more."""
    runs = read_runs(out)
    if not runs or not all(isinstance(runs[-1].get(name), str) for name in ("coco", "vggface2")):
        raise UsageError(
            f"{out} holds no build: run.json is missing or broken",
            hint="say where the originals lie with --coco and --vggface2",
        )
    return runs[-1]


def make_writable(out: Path) -> None:
    """Fail before hours are spent: make the folder, write into it, and rename there."""
    probe = out / "work" / f".probe-{platform.node()}-{os.getpid()}"
    try:
        (out / "work").mkdir(parents=True, exist_ok=True)
        (out / "work" / LOCK).touch()
        commit_bytes(probe, b"")
        probe.unlink(missing_ok=True)
    except OutputError as error:
        raise UsageError(
            error.what, expected=error.expected, hint="name another folder with --out"
        ) from error
    except OSError as error:
        raise UsageError(
            f"{out} cannot be made, or is no folder: {error.strerror}",
            expected="a folder to write into",
            hint="name another folder with --out",
        ) from error


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


def read_runs(out: Path) -> list[dict[str, Any]]:
    """What `run.json` tells of each run that did something; none where it is missing or broken."""
    try:
        return msgspec.json.decode((out / "run.json").read_bytes(), type=list[dict[str, Any]])
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return []
