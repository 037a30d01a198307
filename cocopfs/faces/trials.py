"""What was found when a network was tried: remembered on this machine, so that it is tried once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cocopfs.engine.commit import OutputError, commit_bytes

Trial = Mapping[str, str | int | bool]


def recall(trial: Trial) -> float | None:
    """The number found in that trial; None when there is none, or none that can be read."""
    folder = _folder()
    if folder is None:
        return None
    try:
        found = json.loads((folder / _name(trial)).read_bytes())
        return float(found["found"]) if found["trial"] == dict(trial) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def remember(trial: Trial, found: float) -> None:
    """Keep the number for `recall`; where nothing can be written, it is found again next time."""
    folder = _folder()
    if folder is None:
        return
    data = json.dumps({"trial": dict(trial), "found": found}, sort_keys=True)
    with contextlib.suppress(OSError, OutputError):
        commit_bytes(folder / _name(trial), data.encode())


def _folder() -> Path | None:
    """In the cache of the XDG base directory specification, which ignores relative paths."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (given if given.is_absolute() else Path.home() / ".cache") / "cocopfs" / "trials"
    except RuntimeError:  # a user without a home
        return None


def _name(trial: Trial) -> str:
    text = json.dumps(dict(trial), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() + ".json"
