"""Names from outside, kept inside the folder that they belong to."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath


class UnsafePathError(ValueError):
    """A name that does not point into its folder; the message says what is wrong with it."""


def inside(root: Path, relative: str) -> Path:
    """The real path of `relative` under `root`; it need not exist.

    relative: parts divided by "/", as an annotation file or a gallery names a picture.
    root itself may be a symlink; below it, symlinks are followed as long as they stay inside.
    Raises UnsafePathError for an absolute name, "..", a backslash, a NUL, a name that is not
    UTF-8, and a symlink that leads out of root.
    """
    if not relative or PurePosixPath(relative).is_absolute():
        raise UnsafePathError("not a path below its folder")
    if ".." in relative.split("/"):
        raise UnsafePathError('a path with ".." in it')
    if "\\" in relative or "\0" in relative or not _is_utf8(relative):
        raise UnsafePathError("a path with a backslash, a NUL or broken UTF-8 in it")
    real_root = os.path.realpath(root)
    real = os.path.realpath(Path(real_root, relative))
    if not Path(real).is_relative_to(real_root):
        raise UnsafePathError("a symlink that leads out of its folder")
    return Path(real)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
