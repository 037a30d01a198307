"""Files that are either whole or not there: the one way in which this package writes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cocopfs.errors import IncompleteError

_COUNTER = itertools.count()
TEMPORARY_SUFFIX = ".partial"

# Trying again does not help, and no other file would fare better.
_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


class OutputError(IncompleteError):
    """The output folder is full, read-only or forbidden."""


def commit(
    path: Path, write: Callable[[BinaryIO], None], check: Callable[[Path], None] | None = None
) -> tuple[str, int]:
    """Write a file so that its name never stands for half of it.

    Temporary file in the same folder → write → fsync → close → `check` reads it back → sha256 →
    `os.replace` → fsync of the folder. On any exception nothing gets the final name.
    Returns the sha256 of the bytes on disk, and their number.
    """
    temporary = path.with_name(
        f".{path.name}.{os.getpid()}-{threading.get_ident()}-{next(_COUNTER)}{TEMPORARY_SUFFIX}"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(temporary)
        digest, size = file_digest(temporary)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _HOPELESS:
            raise OutputError(
                f"{path.parent} cannot be written: {error.strerror}",
                expected="a writable folder with enough free space",
                hint="free some space or mend the permissions, then give the same command again: "
                "it goes on where it stopped",
            ) from error
        raise
    return digest, size


def commit_bytes(path: Path, data: bytes) -> tuple[str, int]:
    """`commit` for bytes that are at hand."""

    def write(file: BinaryIO) -> None:
        file.write(data)

    return commit(path, write)


def sweep_partials(folder: Path) -> None:
    """Take away what commits that were killed have left in a folder."""
    if folder.is_dir():
        for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
            path.unlink()


def file_digest(path: Path) -> tuple[str, int]:
    """sha256 and number of bytes of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
