"""A name never stands for half a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from cocopfs.engine.commit import (
    ConflictError,
    OutputError,
    commit,
    commit_bytes,
    commit_once,
    file_digest,
)
from cocopfs.errors import IncompleteError


def test_the_digest_is_that_of_the_bytes_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.bin"
    assert commit_bytes(path, b"abc") == file_digest(path)
    assert path.read_bytes() == b"abc"
    assert [p.name for p in path.parent.iterdir()] == ["file.bin"]


@pytest.mark.parametrize("failure", ["write", "check"])
def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: str) -> None:
    path = tmp_path / "file.bin"
    commit_bytes(path, b"old")

    def write(file: BinaryIO) -> None:
        file.write(b"new")
        if failure == "write":
            raise RuntimeError("in the middle")

    def check(written: Path) -> None:
        raise RuntimeError("not what was written")

    with pytest.raises(RuntimeError):
        commit(path, write, check if failure == "check" else None)
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file.bin"]


def test_a_full_disk_says_what_to_do(tmp_path: Path) -> None:
    def write(file: BinaryIO) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match="No space left on device") as caught:
        commit(tmp_path / "file.bin", write)
    assert caught.value.exit_code == IncompleteError.exit_code == 4
    assert "same command again" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def _writes(data: bytes) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        file.write(data)

    return write


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
def test_a_second_writers_equal_bytes_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        _forbid_links(monkeypatch)
    path = tmp_path / "shard.parquet"
    first = commit_once(path, _writes(b"abc"))
    before = path.stat()
    assert commit_once(path, _writes(b"abc")) == first
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [p.name for p in tmp_path.iterdir()] == ["shard.parquet"]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
def test_a_second_writers_different_bytes_raise_and_both_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        _forbid_links(monkeypatch)
    path = tmp_path / "shard.parquet"
    commit_once(path, _writes(b"first"))
    with pytest.raises(ConflictError, match="written twice, with different bytes") as caught:
        commit_once(path, _writes(b"second"))
    assert path.read_bytes() == b"first"
    (other,) = (found for found in tmp_path.iterdir() if found != path)
    assert other.read_bytes() == b"second"
    assert other.name in str(caught.value)


def _forbid_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on FAT, and on some network filesystems."""

    def link(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
