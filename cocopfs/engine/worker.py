"""A shard in the hands of a worker: begun, and brought to an outcome."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

from cocopfs.engine.alone import run_alone
from cocopfs.engine.job import Done, Failed, Job, Outcome, failed, process
from cocopfs.engine.stopping import asked_to_stop
from cocopfs.engine.store import BEGUN, Store
from cocopfs.errors import IncompleteError

_DEATHS = 2  # of workers, before a shard is processed in a process of its own


def run_job(job: Job) -> Outcome:
    """In the worker: process a shard and commit it. Returns a small outcome, never pictures.

    Each beginning is noted on the disk until the shard has an outcome. A shard whose workers have
    died is thereby known to whoever begins it next, on any machine: it is processed in a process of
    its own.
    """
    if asked_to_stop():  # a thread, which shares the wish with the one that has it
        return Failed(job.shard.shard_id, "the run was stopped")
    if not job.store.root.is_dir():
        return failed(job, _unseen(job.store.root))
    note = begun_note(job.store, job.stage.name, job.shard.shard_id)
    died = False
    try:
        died = _begin(note) >= _DEATHS
        outcome = run_alone(job) if died else process(job)
    except Exception as error:  # the border between processes: reported and retried by the runner
        outcome = failed(job, error)
    except BaseException:
        _end(note)
        raise
    if not died or isinstance(outcome, Done):
        _end(note)
    return outcome


def begun_note(store: Store, stage: str, shard_id: str) -> Path:
    """A file with a byte for each time that the shard was begun and came to no end."""
    return store.folder(stage) / BEGUN / shard_id


def unnote(store: Store, stage: str, shard_id: str) -> None:
    """Take back that the shard was begun: its process was ended on purpose. One that was not begun
    yet may be begun once more often."""
    note = begun_note(store, stage, shard_id)
    with contextlib.suppress(OSError):
        size = note.stat().st_size
        if size > 1:
            os.truncate(note, size - 1)
        else:
            _end(note)


def count_begun(store: Store, stage: str) -> int:
    """How often shards of the stage were begun and came to no end."""
    folder = store.folder(stage) / BEGUN
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0


def _begin(note: Path) -> int:
    """How often the shard was begun before, and came to no end."""
    with contextlib.suppress(OSError):  # the commit will tell of a full or lost disk
        note.parent.mkdir(parents=True, exist_ok=True)
        with note.open("ab") as file:
            file.write(b".")
            file.flush()
            return file.tell() - 1
    return 0


def _end(note: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(note)  # noqa: PTH108  # no step of a commit


def _unseen(root: Path) -> IncompleteError:
    return IncompleteError(
        f"the worker on {platform.node()} does not see {root}",
        expected="a folder that all workers share, under the same path",
        hint="name a folder on the shared filesystem with --out",
    )
