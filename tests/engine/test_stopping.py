"""A run that is stopped ends soon, in good order, and counts nobody's death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cocopfs.engine.store import BEGUN, Store
from cocopfs.engine.worker import begun_note, unnote

# The command, with a run of toy stages in the app's place.
PROGRAM = """
import sys
from pathlib import Path
from cocopfs import cli
from cocopfs.engine.executors import Executor
from tests.engine import poisoned
from tests.engine.toy import run

kind, grace, backend = getattr(poisoned, sys.argv[1]), *sys.argv[2:4]
work, numbers = Path(sys.argv[4]), Path(sys.argv[5])
cli._GRACE = int(grace)
cli.app = lambda: run(work, kind(numbers), executor=Executor(2, backend))
cli.main()
"""


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(str(n) for n in range(10)))
    return path


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize(
    ("grace", "signals"),
    [(60, [signal.SIGINT] * 2), (60, [signal.SIGINT] * 5), (1, [signal.SIGTERM])],
    ids=["twice", "impatient", "too long"],
)
def test_shards_without_an_end_are_ended(
    tmp_path: Path, numbers: Path, backend: str, grace: int, signals: list[signal.Signals]
) -> None:
    work = tmp_path / "work"
    process = started("Hangs", grace, backend, work, numbers)
    time.sleep(0.5)
    for number in signals:
        if process.poll() is None:
            os.killpg(process.pid, number)
        time.sleep(0.05)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert "Traceback" not in error
    assert "stopping when the shards in hand are done" in error
    assert "interrupted: the same command goes on" in error
    assert not list(work.glob(f"*/{BEGUN}/*"))


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_shards_in_hand_are_finished_and_no_other_is_begun(
    tmp_path: Path, numbers: Path, backend: str
) -> None:
    work = tmp_path / "work"
    process = started("Slow", 60, backend, work, numbers)
    in_hand = {path.name for path in work.glob(f"*/{BEGUN}/*")}
    done = {path.stem for path in work.glob("double/*.json")}
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert {path.stem for path in work.glob("double/*.json")} == in_hand | done
    assert not list(work.glob(f"*/{BEGUN}/*"))


def started(
    kind: str, grace: int, backend: str, work: Path, numbers: Path
) -> subprocess.Popen[str]:
    """The program, when two shards are in hand."""
    command = [sys.executable, "-c", PROGRAM, kind, str(grace), backend, str(work), str(numbers)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, process_group=0)
    while len(list(work.glob(f"*/{BEGUN}/*"))) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_a_note_is_taken_back_alone(tmp_path: Path) -> None:
    """Earlier deaths in the shard still count."""
    store = Store(tmp_path)
    note = begun_note(store, "double", "7")
    unnote(store, "double", "7")
    note.parent.mkdir(parents=True)
    note.write_bytes(b"..")
    unnote(store, "double", "7")
    assert note.read_bytes() == b"."
    unnote(store, "double", "7")
    assert not note.exists()
