"""Two builds never write into one folder at the same time, and the second learns of the first."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocopfs.engine import lock
from cocopfs.engine.lock import LOCK, Owner, only_build, only_slice, only_training
from cocopfs.engine.slices import Slice
from cocopfs.errors import UsageError

HOLD = (
    "import sys, time; from pathlib import Path; from cocopfs.engine.lock import *; "
    "from cocopfs.engine.slices import Slice\n"
    "with {hold}:\n    print('held', flush=True); time.sleep(60)"
)


@dataclass
class Holder:
    """Another process that holds a lock."""

    process: subprocess.Popen[str]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / "work"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def held(work: Path, request: pytest.FixtureRequest) -> Any:
    """A build, or what the parameter says, that holds the folder."""
    hold = getattr(request, "param", "only_build(Path(sys.argv[1]))")
    command = [sys.executable, "-c", HOLD.format(hold=hold), str(work)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with process.stdout:
        holder = Holder(process)
        yield holder
        holder.kill()


def test_a_second_build_is_refused_and_told_of_the_first(work: Path, held: Holder) -> None:
    with pytest.raises(UsageError, match=f"process {held.process.pid} on .*, since .* s ago"):
        only_build(work).__enter__()
    with pytest.raises(UsageError, match="another build is running"):
        only_slice(work, Slice(1, 2)).__enter__()


def test_the_lock_of_a_dead_build_is_taken_over_at_once(work: Path, held: Holder) -> None:
    held.kill()
    assert str(held.process.pid) in (work / LOCK).read_text(), "it had no time to give it back"
    started = time.monotonic()
    with only_build(work):
        pass
    assert time.monotonic() - started < 1
    assert (work / LOCK).read_bytes() == b""


def test_several_slices_may_hold_a_folder_each_of_them_once(work: Path) -> None:
    with ExitStack() as stack:
        for number in (1, 2, 3):
            stack.enter_context(only_slice(work, Slice(number, 3)))
        with pytest.raises(UsageError, match="slice 2/3 is running in"):
            only_slice(work, Slice(2, 3)).__enter__()
        with pytest.raises(UsageError, match=r"slice 1/3: process .*; slice 2/3: process"):
            only_build(work).__enter__()
    with only_build(work):
        assert [path.name for path in work.iterdir()] == [LOCK]


@pytest.mark.parametrize("held", ["only_slice(Path(sys.argv[1]), Slice(1, 2))"], indirect=True)
def test_a_build_waits_for_slices_of_other_processes(work: Path, held: Holder) -> None:
    with pytest.raises(UsageError, match="slice 1/2 is running in"):
        only_build(work).__enter__()
    held.kill()
    with only_build(work):
        pass


def foreign(what: str) -> bytes:
    return msgspec.json.encode(Owner(what, "node17", "another", 4711, "1", time.time() - 7500))


def test_a_lock_of_another_host_is_explained_with_the_way_to_take_it_over(work: Path) -> None:
    """Its filesystem may hide the other host's lock."""
    (work / LOCK).write_bytes(foreign("another build"))
    for attempt in (only_build(work), only_slice(work, Slice(1, 2))):
        with pytest.raises(UsageError) as caught:
            attempt.__enter__()
        assert "process 4711 on node17" in str(caught.value)
        assert "2 h 5 min ago" in str(caught.value)
        assert f"rm '{work / LOCK}'" in str(caught.value)
    (work / LOCK).unlink()
    with only_build(work):
        pass


def test_a_slice_of_another_host_keeps_a_build_out(work: Path) -> None:
    path = work / f"{LOCK}-1-of-2"
    path.write_bytes(foreign("slice 1/2"))
    with pytest.raises(UsageError, match="slice 1/2 is running in"):
        only_build(work).__enter__()
    with only_slice(work, Slice(2, 2)):
        pass
    path.unlink()
    with only_build(work):
        pass


def test_a_slice_that_was_killed_on_another_host_is_taken_over(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = work / f"{LOCK}-1-of-2"
    path.write_bytes(foreign("slice 1/2"))
    with only_slice(work, Slice(1, 2)):
        assert b"node17" not in path.read_bytes()
    assert path.read_bytes() == b""
    path.write_bytes(foreign("slice 1/2"))

    def flock(descriptor: int, mode: int) -> None:
        raise OSError(next(iter(lock._NO_LOCKS)), "no locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(UsageError, match="was when its host died"):
        only_slice(work, Slice(1, 2)).__enter__()


def test_where_files_cannot_be_locked_a_slice_keeps_a_build_out(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, mode: int) -> None:
        raise OSError(next(iter(lock._NO_LOCKS)), "no locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with only_slice(work, Slice(1, 2)), pytest.raises(UsageError, match="slice 1/2 is running"):
        only_build(work).__enter__()
    with only_build(work):
        pass


def test_where_files_cannot_be_locked_the_owner_counts(
    work: Path, held: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(descriptor: int, mode: int) -> None:
        raise OSError(next(iter(lock._NO_LOCKS)), "no locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(UsageError, match="another build is running"):
        only_build(work).__enter__()
    held.kill()
    with only_build(work):
        pass


@pytest.mark.parametrize("held", ["only_training(Path(sys.argv[1]))"], indirect=True)
def test_a_second_training_is_refused_until_the_first_ends(work: Path, held: Holder) -> None:
    said = rf"another training is running in .* \(process {held.process.pid}"
    with pytest.raises(UsageError, match=said) as told:
        only_training(work).__enter__()
    assert told.value.hint == "wait for it", "no --out chooses its folder"
    held.kill()
    with only_training(work):
        pass
    assert (work / LOCK).read_bytes() == b""


def test_a_training_and_a_build_have_folders_of_their_own(work: Path) -> None:
    baseline = work.parent / "baseline"
    baseline.mkdir()
    with only_build(work), only_training(baseline):
        pass


def test_a_failed_build_gives_the_lock_back(work: Path) -> None:
    def build() -> None:
        with only_build(work):
            raise RuntimeError("failed")

    with pytest.raises(RuntimeError):
        build()
    assert (work / LOCK).read_bytes() == b""
