"""What a result depends on, as one hash: equal fingerprints mean equal bytes on one stack."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

import msgspec

from cocopfs.arrow import schema
from cocopfs.engine.stage import Shard, Stage


def digest(value: Any) -> str:
    """sha256 of a value as canonical JSON (sorted keys, no blanks)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def describe_stage(stage: Stage) -> dict[str, Any]:
    """All that a stage's output depends on besides its rows, as JSON values."""
    return {
        "name": stage.name,
        "version": stage.version,
        "settings": dict(stage.settings),
        "ingredients": dict(stage.ingredients),
        "libraries": {name: library_version(name) for name in stage.libraries},
        "gives": digest(schema(stage.gives).to_string()),
    }


def shard_fingerprint(stage_digest: str, shard: Shard) -> str:
    """The fingerprint of a shard's output. Raw files count by path, size and time of change."""
    return digest(
        {
            "stage": stage_digest,
            "rows": _rows_digest(shard.rows),
            "context": _rows_digest(shard.context),
            "files": [[file.path, file.size, file.mtime_ns] for file in shard.files],
        }
    )


def without_fingerprint(fingerprint: str, left_out: Mapping[str, str]) -> str:
    """The fingerprint of a shard's output where some of its items had to be left out."""
    return digest([fingerprint, dict(left_out)]) if left_out else fingerprint


@cache
def library_version(distribution: str) -> str:
    """The installed version, or "absent"."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"


def _rows_digest(rows: Iterable[Any]) -> str:
    hasher = hashlib.sha256()
    for row in rows:
        hasher.update(msgspec.json.encode(row))
        hasher.update(b"\n")
    return hasher.hexdigest()
