"""The folder of an export: made beside its place, and moved there when it is whole."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

import msgspec

from cocopfs.engine.commit import OutputError, file_digest
from cocopfs.engine.folder import require_writable
from cocopfs.errors import UsageError
from cocopfs.sources.paths import UnsafePathError, inside

EXPORT = "export.json"
"""What an export is: its format, its options, the dataset that it is of."""
SUMS = "SHA256SUMS"
"""The digests of all its other files, as `sha256sum -c` reads them."""
_MARK = ".cocopfs-export"  # in a folder that is being made
_HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


class Output:
    """Where a format writes its files: names are relative, with "/" between parts."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sums = (root / SUMS).open("x", encoding="utf-8")
        self.files = 0
        self.size = 0

    def write(self, name: str, data: bytes) -> None:
        """Raises UsageError for a name that is not fit for a file, or that comes twice."""
        with self._new(name) as file:
            file.write(data)
        self._note(name, hashlib.sha256(data).hexdigest(), len(data))

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """A file that is written bit by bit. Raises UsageError as `write` does."""
        with self._new(name) as file:
            yield file
        self._note(name, *file_digest(self._root / name))

    def copy(self, name: str, source: Path) -> None:
        """A file as it is elsewhere; a hard link where the filesystem can."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, path)
        except OSError:
            shutil.copyfile(source, path)
        self._note(name, *file_digest(path))

    @contextmanager
    def scratch(self) -> Iterator[IO[bytes]]:
        """A file of no name, on the disk of the export."""
        with tempfile.TemporaryFile(dir=self._root) as file:
            yield file

    def close(self) -> None:
        """No more files. Only then do the digests lie in the folder."""
        self._sums.close()

    def _new(self, name: str) -> BinaryIO:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("xb")
        except FileExistsError as error:
            raise UsageError(
                f"two pictures would be called {name} in this format",
                expected="file names that differ within a split",
                hint="another format keeps them apart, e.g. --format webdataset",
            ) from error

    def path(self, name: str) -> Path:
        """Where a file of the export lies, or will."""
        try:
            if not name.isprintable():
                raise UnsafePathError("a name that is not printable")
            return inside(self._root, name)
        except UnsafePathError as error:
            raise UsageError(f"{name!r} cannot be a file's name: {error}") from error

    def _note(self, name: str, sha256: str, size: int) -> None:
        self._sums.write(f"{sha256}  {name}\n")
        self.files += 1
        self.size += size


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which takes `target`'s name when the block ends well.

    It lies beside `target` until then, so nothing half-written ever carries that name. What an
    interrupted attempt left there is taken away first; on an error nothing stays. An earlier export
    under that name is replaced.
    Raises UsageError where `target` is a folder of other things or somebody writes there at the
    moment, or it cannot be made; OutputError where the disk is full.
    """
    target = Path(os.path.realpath(target))
    refuse_foreign(target)
    making, leaving = (target.with_name(f".{target.name}.{what}") for what in ("partial", "old"))
    try:
        with _claimed(making):
            yield making
            (making / _MARK).unlink()
            os.sync()
            if leaving.is_dir() and export_facts(leaving) is not None:
                shutil.rmtree(leaving)
            if export_facts(target) is not None:
                target.rename(leaving)
            making.rename(target)
            shutil.rmtree(leaving, ignore_errors=True)
    except OSError as error:
        if error.errno not in _HOPELESS:
            raise
        raise OutputError(
            f"{target.parent} cannot be written: {error.strerror}",
            expected="a writable folder with enough free space",
            hint="free some space or mend the permissions, then give the same command again",
        ) from error


def refuse_foreign(target: Path) -> None:
    """Raises UsageError where `target` is a file, a folder that no export made, or an export in
    which other things lie, such as an audit of it: they would go with it."""
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and export_facts(target) is None):
        raise UsageError(
            f"{target} holds other things than an export",
            expected="a folder that is empty, not there yet, or made by `cocopfs export`",
            hint="name another folder with --out",
        )
    others = _strangers(target)
    if others:
        raise UsageError(
            f"{target} is an earlier export, but {', '.join(others)} in it is none of its files",
            hint="move what you want to keep away from there, or name another folder with --out",
        )


def _strangers(export: Path) -> list[str]:
    """The first of what lies in an export, or in a folder that was one, and that it did not make:
    whole folders by their name."""
    try:
        own = {EXPORT, SUMS, *read_sums(export)}
    except (OSError, ValueError):
        own = {EXPORT, SUMS}
    folders = {str(parent) for name in own for parent in PurePosixPath(name).parents}
    found = []
    for folder, names, files in os.walk(export):
        below = Path(folder).relative_to(export)
        strange = [name for name in names if (below / name).as_posix() not in folders]
        found += [f"{(below / name).as_posix()}/" for name in strange]
        found += [
            (below / name).as_posix() for name in files if (below / name).as_posix() not in own
        ]
        names[:] = sorted(set(names) - set(strange))
    return sorted(found)[:3]


def read_export(folder: Path) -> dict[str, object] | None:
    """What `export.json` says where all files that it vouches for are there; None otherwise."""
    try:
        told = msgspec.json.decode((folder / EXPORT).read_bytes(), type=dict[str, object])
        sums = (folder / SUMS).read_bytes()
        if told.get("sums") != hashlib.sha256(sums).hexdigest():
            return None
        return told if all(inside(folder, name).is_file() for name in read_sums(folder)) else None
    except (OSError, ValueError, RecursionError):
        return None


def export_facts(folder: Path) -> dict[str, object] | None:
    """What `export.json` says, whole or not; None where `folder` is no export."""
    try:
        told = msgspec.json.decode((folder / EXPORT).read_bytes(), type=dict[str, object])
    except (OSError, ValueError, RecursionError):
        return None
    return told if {"cocopfs", "format", "sums"} <= told.keys() else None


def read_sums(folder: Path) -> dict[str, str]:
    """The digests that SHA256SUMS lists, by file name. Raises OSError, and ValueError for lines
    that are none of it."""
    found: dict[str, str] = {}
    for number, line in enumerate((folder / SUMS).read_text("utf-8").splitlines(), start=1):
        digest, name = line[:64], line[66:]
        if not re.fullmatch(r"[0-9a-f]{64}  .+", line) or name in found:
            raise ValueError(f"line {number} is no digest and name, or a name's second one")
        found[name] = digest
    return found


@contextmanager
def _claimed(folder: Path) -> Iterator[None]:
    """An empty folder of our own; the claim goes with the process, however that ends."""
    require_writable(folder.parent, "name another folder with --out")
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise UsageError(f"{folder} is in the way", hint="take it away, or name another --out")
    folder.mkdir(exist_ok=True)
    with (folder / _MARK).open("a") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another export is writing {folder}", hint="wait for it, or name another --out"
            ) from error
        _empty(folder)
        try:
            yield
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _MARK:
            path.unlink()
