"""What in a dataset's folder could still show somebody, besides the dataset itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from cocopfs.engine.lock import LOCK
from cocopfs.publish.terms import TERMS
from cocopfs.publish.tombstones import KEY, TOMBSTONES
from cocopfs.stages.naming import KEY as PSEUDONYMS_KEY

_FOLDERS = ("audit", "baseline")
UNFINISHED = "private/unfinished-manifest.json"
"""The manifest of the dataset that a removal is leaving behind."""

_KEPT = {TOMBSTONES, KEY, TERMS, PSEUDONYMS_KEY, UNFINISHED, "private/identities.parquet"}


def purge(out: Path) -> list[str]:
    """Take away `work/`, the reports of `audit/` and `baseline/`, and what `private/` holds besides
    identities, keys and tombstones: contact sheets and the keys of rating pages. What was taken
    away, by path. May be called again after it was interrupted."""
    gone = list(leftovers(out))
    for name in gone:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return gone


def leftovers(out: Path) -> Iterator[str]:
    """What `purge` would take away."""
    for folder in _FOLDERS:
        if (out / folder).exists():
            yield folder
    for folder, kept in (("work", {f"work/{LOCK}"}), ("private", _KEPT)):
        if (out / folder).is_dir():
            for path in sorted((out / folder).iterdir()):
                name = f"{folder}/{path.name}"
                if name not in kept:
                    yield name
