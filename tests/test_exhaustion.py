"""A machine that runs out of something: the run ends as incomplete, says what to do, leaves nothing
half-written that could be taken for whole, and the same command goes on afterwards."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from cocopfs.commands.faults import explained
from tests.command import cocopfs
from tests.material import Material, write_small
from tests.whole_build.trial import published, run, trial_build

# The limit comes after the imports, so that it is the build's own needs that meet it.
_LIMITED = """
import resource, signal, sys
from pathlib import Path
from cocopfs.cli import main
what, value, *words = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then the write fails, as on a full disk
limit = int(value)
if what == "AS":
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit += pages * resource.getpagesize()
resource.setrlimit(getattr(resource, f"RLIMIT_{what}"), (limit, limit))
sys.argv = ["cocopfs", *words]
main()
"""


@dataclass(frozen=True)
class Limited:
    code: int
    error: str


def limited(what: str, value: int, *words: object) -> Limited:
    """A command under a limit of the system."""
    command = [sys.executable, "-c", _LIMITED, what, str(value), *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env=environment
    )
    return Limited(ended.returncode, " ".join(ended.stderr.split()))


@pytest.fixture(scope="module")
def undisturbed(
    material: Material, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, bytes]:
    """What a build of the small material publishes that has all it needs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run(trial_build(write_small(material, folder), folder / "out"))
    return published(folder / "out")


def assert_nothing_half_written(out: Path) -> None:
    assert not list(out.rglob("*.partial"))
    assert not (out / "manifest.json").exists()


def assert_the_same_command_goes_on(
    small: Material,
    out: Path,
    undisturbed: Mapping[str, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """To the very bytes of a build that nothing disturbed."""
    assert cocopfs(capsys, "build", "trial", *small.options(out)).code == 0
    ours = published(out)
    ours.pop("private/preview.png")
    assert ours == undisturbed
    assert cocopfs(capsys, "verify", out).code == 0


@pytest.mark.parametrize("size", [pytest.param(2_000, marks=pytest.mark.full), 60_000])
def test_files_that_may_not_grow(
    small: Material,
    tmp_path: Path,
    undisturbed: Mapping[str, bytes],
    capsys: pytest.CaptureFixture[str],
    size: int,
) -> None:
    """As on a disk or under a quota that is full: a write ends in the middle."""
    out = tmp_path / "out"
    ended = limited("FSIZE", size, "build", "trial", *small.options(out))
    assert ended.code == 4, ended.error
    assert "File too large" in ended.error
    assert "same command again" in ended.error
    assert_nothing_half_written(out)
    assert_the_same_command_goes_on(small, out, undisturbed, capsys)


def test_too_few_file_handles(
    small: Material,
    tmp_path: Path,
    undisturbed: Mapping[str, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    ended = limited("NOFILE", 14, "build", "trial", *small.options(out, "--workers", 2))
    assert ended.code == 4, ended.error
    assert "Too many open files" in ended.error
    assert "ulimit -n" in ended.error
    assert_nothing_half_written(out)
    assert_the_same_command_goes_on(small, out, undisturbed, capsys)


def test_too_little_memory(
    small: Material,
    tmp_path: Path,
    undisturbed: Mapping[str, bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Annotations that do not fit: blanks are JSON, too."""
    out = tmp_path / "out"
    path = small.coco / "annotations" / "instances_val2017.json"
    whole = path.read_bytes()
    with path.open("ab") as file:
        for _ in range(400):
            file.write(b" " * 2**20)
    ended = limited("AS", 300 * 2**20, "build", "trial", *small.options(out))
    assert ended.code == 4, ended.error
    assert "memory ran out" in ended.error
    assert "ulimit -v" in ended.error
    assert_nothing_half_written(out)
    path.write_bytes(whole)
    assert_the_same_command_goes_on(small, out, undisturbed, capsys)


@pytest.fixture
def closed(small: Material, tmp_path: Path) -> Iterator[Path]:
    """A finished dataset on a filesystem that nobody may write to, root neither."""
    if shutil.which("mount") is None:
        pytest.skip("this machine cannot mount")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        run(trial_build(small, folder / "out"))
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield folder / "out"
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_read_only_folder(
    closed: Path, small: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only reads works; what would write says so, before any work."""
    before = published(closed)
    assert cocopfs(capsys, "status", closed).code == 0
    assert cocopfs(capsys, "verify", closed, "--recompute", "50%").code == 0
    for command in ("preview", "audit"):
        ended = cocopfs(capsys, command, closed)
        assert ended.code == 4, command
        assert "Read-only file system" in ended.error
    for out in (closed, closed.with_name("new")):
        ended = cocopfs(capsys, "build", "trial", *small.options(out))
        assert ended.code == 2
        assert "Read-only file system" in ended.error
        assert "--out" in ended.error
    assert published(closed) == before


@pytest.mark.parametrize(
    ("fault", "remedy"),
    [
        (MemoryError(), "--workers"),
        (OSError(errno.ENOSPC, "No space left on device"), "free some space"),
        (OSError(errno.EMFILE, "Too many open files"), "ulimit -n"),
        (OSError(errno.ESTALE, "Stale file handle", "/mnt/coco"), "mount"),
        (OSError(errno.ENOENT, "No such file or directory", "/proc/out"), "can be made there"),
        (OSError(errno.EACCES, "Permission denied", "/closed"), "permissions"),
        (OSError(errno.EPERM, "Operation not permitted", "/closed"), "permissions"),
        (OSError(errno.ENOTDIR, "Not a directory", "/file/out"), "is a file"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "/x"), "shorter"),
        (ImportError("libx.so: failed to map segment from shared object"), "--workers"),
    ],
)
def test_a_fault_of_the_machine_is_explained(fault: Exception, remedy: str) -> None:
    error = explained(fault)
    assert error is not None
    assert error.exit_code == 4
    assert remedy in str(error)
    assert "same command again" in str(error)


@pytest.mark.parametrize("bug", [KeyError("x"), FileNotFoundError(errno.ENOENT, "No such file")])
def test_a_bug_is_not_explained_away(bug: Exception) -> None:
    assert explained(bug) is None
