"""One build at a time in one folder; or several slices of one build, each of them once; and one
training.

A lock goes with its process, however that ends. Its file names the owner, for people, and for
filesystems whose locks other hosts do not see.
"""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cocopfs.engine.slices import Slice
from cocopfs.errors import UsageError

LOCK = ".lock"  # its name in `work/`, and in `baseline/`

# Some network filesystems know no locks; there the file's owner alone counts.
_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
_RECORD_BYTES = 4096
_ANOTHER_FOLDER = "wait for it, or name another folder with --out"


class Owner(msgspec.Struct, frozen=True):
    """Who holds a lock. `boot` is the same for all containers of a running machine; `began` tells a
    process from a later one of the same number."""

    what: str
    host: str
    boot: str
    process: int
    began: str
    since: float  # seconds since 1970

    @property
    def is_elsewhere(self) -> bool:
        """On another machine, so that nobody here can tell whether it lives."""
        return self.host != platform.node() and self.boot != _boot()

    @property
    def is_alive(self) -> bool:
        """For an owner on this machine."""
        return _began(self.process) == self.began != ""

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.since))
        age = int(max(time.time() - self.since, 0))
        ago = f"{age // 3600} h {age % 3600 // 60} min" if age >= 60 else f"{age} s"
        return f"process {self.process} on {self.host}, since {since}, {ago} ago"


@contextmanager
def only_build(work: Path) -> Iterator[None]:
    """Hold a `work/` folder alone.

    Raises UsageError, which names the owner, when another build or a slice holds it.
    """
    with _claimed(work / LOCK, "another build", fcntl.LOCK_EX):
        for path in work.glob(f"{LOCK}-*"):
            _refuse_elsewhere(path)
            owner = _owner(path)
            if owner is not None and owner.is_alive:  # where files cannot be locked
                raise _taken(path, owner.what)
            path.unlink(missing_ok=True)
        yield


@contextmanager
def only_slice(work: Path, part: Slice) -> Iterator[None]:
    """Hold a slice of a `work/` folder, beside other slices.

    A slice that was killed on another host, as jobs are, is taken over where files can be locked:
    should it live after all, both do the same work, and commit the same bytes.
    Raises UsageError when a whole build holds the folder, or somebody else the same slice.
    """
    own = work / f"{LOCK}-{part.number}-of-{part.count}"
    with (
        _claimed(work / LOCK, "another build", fcntl.LOCK_SH),
        _claimed(own, f"slice {part}", fcntl.LOCK_EX, from_elsewhere=True),
    ):
        yield


@contextmanager
def only_training(folder: Path) -> Iterator[None]:
    """Hold OUT/baseline alone; the folder is there. Raises UsageError, which names the owner, when
    another training holds it."""
    with _claimed(folder / LOCK, "another training", fcntl.LOCK_EX, hint="wait for it"):
        yield


@contextmanager
def one_at_a_time(work: Path, what: str) -> Iterator[None]:
    """Let slices do something one after another: wait until nobody else does it."""
    with (work / f"{LOCK}-{what}").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        yield


@contextmanager
def _claimed(
    path: Path, what: str, mode: int, *, from_elsewhere: bool = False, hint: str = _ANOTHER_FOLDER
) -> Iterator[None]:
    """from_elsewhere: whether a lock that was got counts, though an owner on another host left it
    with its name in it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        known = True
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(path, what, hint) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            known = False
        if not (known and from_elsewhere):
            _refuse_elsewhere(path)
        owner = _owner(path)
        if not known and owner is not None and owner.is_alive:
            raise _taken(path, what, hint)
        me = Owner(what, platform.node(), _boot(), os.getpid(), _began(os.getpid()), time.time())
        if mode == fcntl.LOCK_EX:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, msgspec.json.encode(me) + b"\n", 0)
        try:
            yield
        finally:
            # not the name of one who has taken it over
            if mode == fcntl.LOCK_EX and _owner(path) == me:
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _taken(path: Path, what: str, hint: str = _ANOTHER_FOLDER) -> UsageError:
    holders = [path, *path.parent.glob(f"{path.name}-*")] if path.name == LOCK else [path]
    owners = [owner for owner in map(_owner, holders) if owner is not None]
    names = "; ".join(f"{owner.what}: {owner}" for owner in owners)
    if len(owners) == 1:
        what, names = owners[0].what, str(owners[0])
    return UsageError(
        f"{what} is running in {path.parent.parent} ({names or 'owner unknown'})",
        hint=hint,
    )


def _refuse_elsewhere(path: Path) -> None:
    """An owner on another host counts as alive until a person says otherwise: not every network
    filesystem shows the locks of other hosts."""
    owner = _owner(path)
    if owner is not None and owner.is_elsewhere:
        raise UsageError(
            f"{owner.what} is running in {path.parent.parent} ({owner}), or was when its host died",
            hint=f"when that process has ended, take the folder over: rm '{path}', and give the "
            "same command again: it goes on",
        )


def _owner(path: Path) -> Owner | None:
    """The owner named in a lock's file; null when it was given back."""
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_RECORD_BYTES), type=Owner)
    except (FileNotFoundError, ValueError, RecursionError):
        return None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:  # not Linux: the host's name must do
        return platform.node()


def _began(process: int) -> str:
    """When a process of this machine began, in its own measure; empty when there is none."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("utf-8", "replace")
    except OSError:
        try:
            os.kill(process, 0)
        except OSError:
            return ""
        return "unknown"
    return status.rpartition(")")[2].split()[19]
