"""Names from outside, kept inside the folder that they belong to."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path


class UnsafePathError(ValueError):
    """A name that does not point into its folder; the message says what is wrong with it."""


def inside(root: Path, relative: str) -> Path:
    """The real path of `relative` under `root`; it need not exist.

    relative: parts divided by "/", as an annotation file or a gallery names a picture.
    root itself may be a symlink; below it, symlinks are followed as long as they stay inside.
    Raises UnsafePathError for an absolute name, "..", a backslash, a NUL, a name that is not
    UTF-8, and a symlink that leads out of root.
    """
    _check_name(relative)
    real_root = os.path.realpath(root)
    real = os.path.realpath(Path(real_root, relative))
    if not Path(real).is_relative_to(real_root):
        raise UnsafePathError("a symlink that leads out of its folder")
    return Path(real)


def stat_inside(root: Path, relative: str) -> os.stat_result:
    """`inside(root, relative).stat()` for a long list of files: folders are resolved once a
    process, and a file that is no symlink then takes one call of the system instead of one for
    each part of its path. For lists alone; whoever opens a file asks `inside`.

    Raises UnsafePathError as `inside` does, and OSError.
    """
    _check_name(relative)
    folder, _, name = relative.rpartition("/")
    if name in ("", "."):
        return inside(root, relative).stat()
    status = os.lstat(f"{_real_folder(str(root), folder)}/{name}")
    return inside(root, relative).stat() if stat.S_ISLNK(status.st_mode) else status


@lru_cache(maxsize=4096)
def _real_folder(root: str, folder: str) -> str:
    return str(inside(Path(root), folder)) if folder else os.path.realpath(root)


def _check_name(relative: str) -> None:
    if not relative or relative.startswith("/"):
        raise UnsafePathError("not a path below its folder")
    if ".." in relative.split("/"):
        raise UnsafePathError('a path with ".." in it')
    if "\\" in relative or "\0" in relative or not _is_utf8(relative):
        raise UnsafePathError("a path with a backslash, a NUL or broken UTF-8 in it")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
