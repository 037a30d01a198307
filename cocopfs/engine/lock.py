"""One build at a time in one folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cocopfs.errors import UsageError

LOCK = ".lock"  # its name in the `work/` folder

# Some network filesystems know no locks; there the user must see to it alone.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


@contextmanager
def only_build(work: Path) -> Iterator[None]:
    """Hold the lock of a `work/` folder. It goes with the process, however that ends.

    Raises UsageError when another process holds it.
    """
    descriptor = os.open(work / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(descriptor, 100).decode(errors="replace").strip()
            raise UsageError(
                f"another build is running in {work.parent} ({owner or 'owner unknown'})",
                hint="wait for it, or name another folder with --out",
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} on {os.uname().nodename}\n".encode())
        yield
    finally:
        os.close(descriptor)
