"""Faults of the machine, in words that a traceback does not have."""

from __future__ import annotations

import errno
from typing import Final

from cocopfs.errors import CocopfsError, IncompleteError

_AGAIN: Final = "then give the same command again: it goes on where it stopped"

_REMEDIES: Final = {
    errno.ENOSPC: "free some space, or name another folder",
    errno.EDQUOT: "free some space, or name another folder",
    errno.EROFS: "make the folder writable, or name another one",
    errno.EFBIG: "raise the limit on file sizes (ulimit -f), or name another folder",
    errno.EMFILE: "raise the limit on open files (ulimit -n), or use fewer --workers",
    errno.ENFILE: "raise the system's limit on open files, or use fewer --workers",
    errno.ENOMEM: "use fewer --workers, or raise the limit on memory (ulimit -v)",
    errno.EIO: "see to the disk, or to the network that it is mounted over",
    errno.ESTALE: "mount the folder again",
    errno.ENOTCONN: "mount the folder again",
    errno.ENODEV: "mount the folder again",
    errno.EACCES: "mend the permissions, or name another folder",
    errno.EPERM: "mend the permissions, or name another folder",
    errno.ENOTDIR: "name another path: a part of this one is a file",
    errno.EISDIR: "name a file: this is a folder",
    errno.EEXIST: "name another path: something else is there",
    errno.ENAMETOOLONG: "name a shorter path",
    errno.ELOOP: "mend the symlinks: they lead in a circle",
    errno.ENOENT: "see whether it can be made there, and whether somebody else took it away",
}


def explained(error: Exception) -> CocopfsError | None:
    """A fault of the machine as an error with its remedy (exit 4); null for any other error, which
    is a bug and shows its traceback."""
    # A library that is loaded late finds no room for itself.
    no_room = isinstance(error, ImportError) and "failed to map segment" in str(error)
    if isinstance(error, MemoryError) or no_room:
        return IncompleteError(
            f"memory ran out{f': {error}' if str(error) else ''}",
            hint=f"{_REMEDIES[errno.ENOMEM]}, {_AGAIN}",
        )
    if isinstance(error, OSError) and error.errno in _REMEDIES:
        if error.errno == errno.ENOENT and not error.filename:
            return None  # no path that somebody could see to
        where = f"{error.filename}: " if error.filename else ""
        return IncompleteError(
            f"{where}{error.strerror}", hint=f"{_REMEDIES[error.errno]}, {_AGAIN}"
        )
    return None
