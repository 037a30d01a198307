"""Files that are either whole or not there: the one way in which this package writes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cocopfs.errors import IncompleteError

_COUNTER = itertools.count()
TEMPORARY_SUFFIX = ".partial"

# Trying again does not help, and no other file would fare better.
_HOPELESS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
}


# Some filesystems know no hard links.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class OutputError(IncompleteError):
    """The output folder is full, read-only or forbidden."""


class ConflictError(IncompleteError):
    """Two writers gave different bytes for what must be the same; both are kept."""


def commit(
    path: Path, write: Callable[[BinaryIO], None], check: Callable[[Path], None] | None = None
) -> tuple[str, int]:
    """Write a file so that its name never stands for half of it.

    Temporary file in the same folder → write → fsync → close → `check` reads it back → sha256 →
    `os.replace` → fsync of the folder. On any exception nothing gets the final name.
    Returns the sha256 of the bytes on disk, and their number.
    """
    return _commit(path, write, check, Path.replace)


def commit_once(
    path: Path, write: Callable[[BinaryIO], None], check: Callable[[Path], None] | None = None
) -> tuple[str, int]:
    """`commit` for a name that stands for these bytes alone, whoever writes them.

    A second writer's equal bytes change nothing. Raises ConflictError when they are others: the
    first writer's keep the name, the second's are kept beside them.
    """
    return _commit(path, write, check, _install_once)


def _commit(
    path: Path,
    write: Callable[[BinaryIO], None],
    check: Callable[[Path], None] | None,
    install: Callable[[Path, Path], object],
) -> tuple[str, int]:
    # With the host's name: several may write into one folder.
    writer = f"{platform.node()}-{os.getpid()}-{threading.get_ident()}-{next(_COUNTER)}"
    temporary = path.with_name(f".{path.name}.{writer}{TEMPORARY_SUFFIX}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check(temporary)
        digest, size = file_digest(temporary)
        install(temporary, path)
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


def _install_once(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if not path.exists():
            temporary.replace(path)
            return
    else:
        temporary.unlink()
        return
    mine, _ = file_digest(temporary)
    if file_digest(path)[0] == mine:
        temporary.unlink()
        return
    other = path.with_name(f"{path.name}.{mine[:12]}")
    temporary.replace(other)
    raise ConflictError(
        f"{path} was written twice, with different bytes; the second writer's are in {other.name}",
        expected="the same bytes from the same input",
        hint="is one machine's memory or disk faulty, or are its libraries others? Give the same "
        "command again: it goes on with the first",
    )


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
