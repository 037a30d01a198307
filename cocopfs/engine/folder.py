"""A folder to write into, tried before any work is done for it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from cocopfs.engine.commit import OutputError, commit_bytes
from cocopfs.errors import UsageError


def require_writable(
    folder: Path, hint: str, *, named: Path | None = None, mark: str | None = None
) -> None:
    """Make the folder, write into it and rename there; nothing but the folder stays.

    named: what a message calls it, where the person named another path. mark: a file by which
    others know the folder, made before anything else is. Raises UsageError with that hint where
    the folder cannot be made or written, or is a file.
    """
    probe = folder / f".probe-{platform.node()}-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if mark is not None:
            (folder / mark).touch()
        commit_bytes(probe, b"")
        probe.unlink(missing_ok=True)
    except OutputError as error:
        raise UsageError(error.what, expected=error.expected, hint=hint) from error
    except OSError as error:
        trouble = "written" if folder.is_dir() else "made, or is no folder"
        raise UsageError(
            f"{named or folder} cannot be {trouble}: {error.strerror}",
            expected="a folder to write into",
            hint=hint,
        ) from error
