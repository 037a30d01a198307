"""Workers may die: one bad item costs itself, and nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cocopfs.engine.alone import run_alone
from cocopfs.engine.executors import Executor
from cocopfs.engine.fingerprint import describe_stage, digest, shard_fingerprint
from cocopfs.engine.job import Done, Failed, Job
from cocopfs.engine.plan import State, plan
from cocopfs.engine.store import Store, Upstream
from cocopfs.errors import IncompleteError
from cocopfs.records import Reason
from tests.engine.poisoned import (
    Hangs,
    HangsOnce,
    LosesMount,
    Poisoned,
    Together,
)
from tests.engine.toy import Doubled, Summed, run, total
from tests.killing import folder_bytes


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(str(n) for n in range(10)))
    return path


IMPORTS = (
    "from pathlib import Path; from cocopfs.engine.executors import Executor; "
    "from tests.engine.poisoned import *; from tests.engine.toy import *; "
)


def job(stage: Any, work: Path, number: int = 0) -> Job:
    store = Store(work)
    work.mkdir(exist_ok=True)
    shard = list(stage.shards(Upstream(store, {})))[number]
    return Job(stage, shard, shard_fingerprint(digest(describe_stage(stage)), shard), store, dict)


def test_the_build_completes_without_the_poison(tmp_path: Path, numbers: Path) -> None:
    work, stage = tmp_path / "work", Poisoned(numbers, poison=(4, 7))
    runs = run(work, stage, Summed(), executor=Executor(2))
    left_out = [
        row
        for row in Upstream(Store(work), {"double": runs["double"].manifest}).rejections("double")
        if row.reason == Reason.ENDS_PROCESS
    ]
    assert [row.item for row in left_out] == ["4", "7"]
    assert left_out[0].detail == "the process that works on it ends with exit code 9"
    assert total(work) == 2 * (0 + 2 + 6 + 8)
    # From here on in this process, which would not survive the poison.
    assert {p.state for p in plan([stage, Summed()], Store(work))} == {State.FRESH}
    assert [again.shards_done for again in run(work, stage, Summed()).values()] == [0, 0]
    for number in (1, 2):
        assert isinstance(run_alone(job(stage, tmp_path / "alone", number)), Done)
    run(tmp_path / "alone", stage, Summed())
    assert folder_bytes(work) == folder_bytes(tmp_path / "alone"), "however it was found"


def test_the_fingerprint_knows_what_was_left_out(tmp_path: Path, numbers: Path) -> None:
    poisoned = job(Poisoned(numbers, poison=(1,)), tmp_path / "work")
    outcome = run_alone(poisoned)
    assert isinstance(outcome, Done)
    assert outcome.manifest.quarantined == {"1": "exit code 9"}
    assert outcome.manifest.fingerprint != poisoned.fingerprint
    assert outcome.manifest.is_of(poisoned.fingerprint)
    assert not outcome.manifest.is_of("0" * 64)
    healthy = run_alone(job(Doubled(numbers), tmp_path / "healthy"))
    assert isinstance(healthy, Done)
    assert healthy.manifest.fingerprint == poisoned.fingerprint


def test_a_crash_is_the_items_fault(tmp_path: Path, numbers: Path) -> None:
    poisoned = Poisoned(numbers, poison=(1,), ends=-signal.SIGSEGV)
    outcome = run_alone(job(poisoned, tmp_path / "work"))
    assert isinstance(outcome, Done)
    assert outcome.manifest.quarantined == {"1": "SIGSEGV"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGBUS])
def test_a_process_that_was_ended_is_the_machines_fault(
    tmp_path: Path, numbers: Path, number: signal.Signals
) -> None:
    outcome = run_alone(job(Poisoned(numbers, poison=(1,), ends=-number), tmp_path / "work"))
    assert isinstance(outcome, Failed)
    assert f"ended by {number.name}" in outcome.message
    assert not (tmp_path / "work" / "double").exists()


def test_a_network_that_kills_on_everything_rejects_nothing(tmp_path: Path, numbers: Path) -> None:
    outcome = run_alone(job(Poisoned(numbers, poison=(0, 1, 2)), tmp_path / "work"))
    assert isinstance(outcome, Failed)
    assert "each item ends the process" in outcome.message


def test_a_shard_that_dies_of_no_item_is_a_failure(tmp_path: Path, numbers: Path) -> None:
    outcome = run_alone(job(Together(numbers), tmp_path / "work"))
    assert isinstance(outcome, Failed)
    assert "no item alone does that" in outcome.message


def test_a_shard_that_hangs_is_given_up(
    tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.engine.alone.patience", lambda _: 1.5)
    outcome = run_alone(job(Hangs(numbers), tmp_path / "work"))
    assert isinstance(outcome, Failed)
    assert "no end after 2 seconds" in outcome.message


def test_workers_that_hang_are_ended(
    tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.engine.executors.patience", lambda _: 4.0)
    started = time.monotonic()
    stage = HangsOnce(numbers, marker=tmp_path / "hung")
    run(tmp_path / "work", stage, Summed(), executor=Executor(2))
    assert total(tmp_path / "work") == 40
    assert time.monotonic() - started < 120


def test_one_worker_that_dies_twice_is_helped_by_the_next_run(
    tmp_path: Path, numbers: Path
) -> None:
    """One worker is the build's own process: nothing can catch its end but the next run."""
    code = (
        f"{IMPORTS}"
        f"run(Path({str(tmp_path / 'work')!r}), "
        f"Poisoned(Path({str(numbers)!r}), poison=(4,)), Summed())"
    )
    command = [sys.executable, "-c", code]
    codes = [subprocess.run(command, check=False).returncode for _ in range(3)]
    assert codes == [9, 9, 0]
    assert total(tmp_path / "work") == 2 * (0 + 2 + 6 + 8)


def test_workers_end_with_a_build_that_was_killed(tmp_path: Path, numbers: Path) -> None:
    code = (
        f"{IMPORTS}"
        f"run(Path({str(tmp_path / 'work')!r}), TellsAndWaits(Path({str(numbers)!r}), "
        f"folder=Path({str(tmp_path)!r})), executor=Executor(2))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    until = time.monotonic() + 30
    while len(pids := list(tmp_path.glob("pid-*"))) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    process.kill()
    process.wait()
    workers = [int(path.name.removeprefix("pid-")) for path in pids]
    until = time.monotonic() + 5
    while any(alive(worker) for worker in workers):
        assert time.monotonic() < until, "a worker outlived its build"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_an_error_of_input_and_output_is_never_a_rejection(tmp_path: Path, numbers: Path) -> None:
    with pytest.raises(IncompleteError, match="Input/output error"):
        run(tmp_path / "work", LosesMount(numbers), executor=Executor(2))
    assert not list((tmp_path / "work" / "double").glob("stage.json"))


@pytest.fixture(autouse=True)
def _fresh_workers() -> Iterator[None]:
    """Worker processes live on between runs, and with them what a test has changed."""
    from cocopfs.engine.dispatch import stop_workers

    stop_workers()
    yield
    stop_workers()
