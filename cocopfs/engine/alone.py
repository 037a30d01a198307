"""A shard whose workers die: processed in a process of its own, without the item that kills."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

from cocopfs.engine.job import Failed, Job, Outcome, failed, patience, process, rows_of
from cocopfs.engine.parent import end_with
from cocopfs.engine.stage import CanRefuse

# These tell of the machine or of whoever ended the process, not of its work: the system when memory
# runs out, a person, a job's time limit, a page of a file that is gone with its disk.
_FROM_OUTSIDE = {
    signal.SIGKILL,
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGXCPU,
    signal.SIGBUS,
}
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from cocopfs.engine.alone import child; child(int(sys.argv[2]))"
)
_PIECE = 2**16


@dataclass(frozen=True, slots=True)
class _Died:
    """How a process ended that gave no outcome."""

    how: str


@dataclass(frozen=True, slots=True)
class _Survived:
    """The rows were processed; nothing was committed."""


def run_alone(job: Job) -> Outcome:
    """Process and commit a shard in a process of its own, which may die.

    If it does, the shard is halved until the items are found that end their process, twice, when
    they are all that it works on. Those are left out, and the rest of the shard is processed as one
    again: the outcome depends on the shard alone, not on how the items were found. What tells of
    the machine (a killed process, an exception, no end within `patience`) is a failure, and so is a
    shard of which no item can be processed: then the network is to blame.
    """
    ended = _try(job, commit=True)
    if isinstance(ended, _Died):
        if not isinstance(job.stage, CanRefuse):
            return _failed(job, f"its process ends with {ended.how}")
        found = _culprits(job, job.shard.rows)
        if isinstance(found, Failed):
            return found
        if not found:
            return _failed(job, f"its process ends with {ended.how}, but no item alone does that")
        if len(found) == len(job.shard.rows) > 1:
            return _failed(job, f"each item ends the process that works on it with {ended.how}")
        ended = _try(replace(job, quarantined=found), commit=True)
        if isinstance(ended, _Died):
            return _failed(
                job, f"its process ends with {ended.how} even without {', '.join(found)}"
            )
    assert not isinstance(ended, _Survived)
    return ended


def child(answer: int) -> None:
    """In the process of its own: read a job from the standard input, write the outcome to the file
    descriptor `answer`."""
    end_with(os.getppid())
    job, commit = pickle.load(sys.stdin.buffer)  # from our own parent
    outcome: Outcome | _Survived
    try:
        if commit:
            outcome = process(job)
        else:
            rows_of(job)
            outcome = _Survived()
    except Exception as error:  # the border between processes
        outcome = failed(job, error)
    with open(answer, "wb") as file:
        pickle.dump(outcome, file)
    os._exit(0)  # a library that fails while it is unloaded has done its work


def _culprits(job: Job, rows: tuple[Any, ...]) -> dict[str, str] | Failed:
    """The items among rows, which ended their process together, that do so alone."""
    found: dict[str, str] = {}
    middle = len(rows) // 2
    for part in (rows[:middle], rows[middle:]) if middle else (rows,):
        ended = _try(replace(job, shard=replace(job.shard, rows=part)), commit=False)
        if isinstance(ended, Failed):
            return ended
        if isinstance(ended, _Died):
            if not middle:
                found[part[0].item] = ended.how
                continue
            deeper = _culprits(job, part)
            if isinstance(deeper, Failed):
                return deeper
            found |= deeper
    return found


def _try(job: Job, *, commit: bool) -> Outcome | _Survived | _Died:
    """Process a job in a process of its own."""
    inlet, outlet = os.pipe()
    with open(inlet, "rb", buffering=0) as answer:  # noqa: PTH123
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), str(outlet)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(outlet,),
            )
        finally:
            os.close(outlet)
        assert process.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                stdin.write(pickle.dumps((job, commit)))
            data = _read(answer.fileno(), patience(job.shard))
            if data is None:
                return _failed(job, f"no end after {patience(job.shard):.0f} seconds")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
        finally:
            process.kill()
            process.wait()
    if data:
        outcome: Outcome | _Survived = pickle.loads(data)
        return outcome
    code = process.returncode
    if code < 0 and -code in _FROM_OUTSIDE:
        return _failed(job, f"its process was ended by {signal.Signals(-code).name}")
    return _Died(signal.Signals(-code).name if code < 0 else f"exit code {code}")


def _read(descriptor: int, seconds: float) -> bytes | None:
    """All until the other end closes; None when it does not in that time."""
    until = time.monotonic() + seconds
    data = b""
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    while (left := until - time.monotonic()) > 0:
        if ready.poll(1000 * left):
            piece = os.read(descriptor, _PIECE)
            if not piece:
                return data
            data += piece
    return None


def _failed(job: Job, why: str) -> Failed:
    items = [row.item for row in job.shard.rows]
    which = f"item {items[0]}" if len(items) == 1 else f"{len(items)} items"
    return Failed(job.shard.shard_id, f"{why} ({which}, in a process of its own)")
