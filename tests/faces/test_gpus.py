"""Each process has a GPU of its own, and gives it back when it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocopfs.errors import IncompleteError, UsageError
from cocopfs.faces import gpus, session
from cocopfs.faces.gpus import choose_gpus, count_gpus, processor, take_gpu

WORKER = "import sys; from cocopfs.faces.gpus import take_gpu; "
WORKER += "print(take_gpu([0, 3, 5], sys.argv[1]), flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def given_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test takes, as if its process had ended."""
    taken: dict[str, tuple[int, socket.socket | None]] = {}
    monkeypatch.setattr(gpus, "_taken", taken)
    monkeypatch.setenv("COCOPFS_GPU", "")
    monkeypatch.setattr(session, "_gpu", 0)
    yield
    for _, claim in taken.values():
        if claim is not None:
            claim.close()


def _start(build: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, build],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize(
    ("wish", "chosen"), [("all", (0, 1, 2, 3)), ("2", (2,)), ("3,0,3", (0, 3)), (" 1 , 2", (1, 2))]
)
def test_gpus_are_chosen_by_number(wish: str, chosen: tuple[int, ...]) -> None:
    assert choose_gpus(wish, 4) == chosen


@pytest.mark.parametrize("wish", ["", "4", "-1", "0,7", "one", "0;1", "1.5"])
def test_gpus_that_are_not_there_are_refused(wish: str) -> None:
    with pytest.raises(UsageError, match="no such GPUs") as caught:
        choose_gpus(wish, 4)
    assert "0 to 3" in str(caught.value.expected)


def test_where_there_is_none_the_error_says_so() -> None:
    with pytest.raises(UsageError) as caught:
        choose_gpus("all", 0)
    assert "CUDA sees no GPU" in str(caught.value.expected)


def test_every_process_has_its_own(tmp_path: Path) -> None:
    build = str(tmp_path)
    processes, numbers = zip(*(_start(build) for _ in range(3)), strict=True)
    assert sorted(numbers) == [0, 3, 5]
    other, number = _start(f"{build}/another")
    assert number == 0, "another build does not wait"
    os.kill(processes[1].pid, signal.SIGKILL)
    processes[1].wait()
    assert take_gpu([0, 3, 5], build) == numbers[1]
    assert take_gpu([0, 3, 5], build) == numbers[1], "it stays"
    assert session._gpu == numbers[1]
    for process in (*processes, other):
        process.communicate()


def test_a_process_of_ones_own_shares_the_gpu(tmp_path: Path) -> None:
    """A shard whose workers die is processed in a process that a worker starts."""
    assert take_gpu([0, 3, 5], str(tmp_path)) == 0
    processes, numbers = zip(*(_start(str(tmp_path)) for _ in range(2)), strict=True)
    assert numbers == (0, 0)
    for process in processes:
        process.communicate()


def test_a_gpu_may_serve_two_processes(tmp_path: Path) -> None:
    process, number = _start(str(tmp_path))
    assert number == 0
    assert take_gpu([0, 0], str(tmp_path)) == 0
    process.communicate()


def test_more_processes_than_gpus_end_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpus, "_PATIENCE", 0.3)
    process, number = _start(str(tmp_path))
    with pytest.raises(IncompleteError, match="another process has each of the GPUs 0"):
        take_gpu([number], str(tmp_path))
    process.communicate()
    assert take_gpu([number], str(tmp_path)) == number


def test_what_networks_run_on_has_a_name() -> None:
    assert processor("cpu") == processor("cpu")
    assert len(processor("cpu").split()) > 1, "its kind, and what it can do"
    assert (processor("cuda") == "GPU") == (count_gpus() == 0)
