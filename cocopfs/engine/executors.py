"""Who processes shards, and how their outcomes are waited for."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from joblib import Parallel, delayed, parallel_config

from cocopfs.engine.job import Job, Outcome, patience
from cocopfs.engine.worker import run_job

Backend = Literal["loky", "threading", "dask"]
_LOOK = 1.0  # seconds between two looks at the workers


@dataclass(frozen=True, slots=True)
class Executor:
    """Who processes shards. `threading` shares the models, `loky` has them once a process, `dask`
    once a worker of the cluster.

    workers: processes or threads; with `dask`, how many workers are waited for.
    scheduler: the address of Dask's scheduler. gpu_each: a shard takes one `GPU` of a Dask worker's
    resources.
    """

    workers: int = 1
    backend: Backend = "loky"
    scheduler: str | None = None
    gpu_each: bool = False


class WorkersLostError(Exception):
    """Workers died, or are stuck. Shards in their hands have no outcome; commits are not lost."""


@dataclass
class InHand:
    """The jobs that were given out and have no outcome yet."""

    waited: float = field(default_factory=time.monotonic)  # since when nothing came back
    _patience: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def give_out(self, jobs: Iterable[Job]) -> Iterator[Any]:
        for job in jobs:
            with self._lock:
                if not self._patience:
                    self.waited = time.monotonic()
                self._patience[job.shard.shard_id] = patience(job.shard)
            yield delayed(run_job)(job)

    def take_back(self, outcome: Outcome) -> None:
        shard = outcome.shard_id
        with self._lock:
            self.waited = time.monotonic()
            self._patience.pop(shard, None)

    @property
    def shards(self) -> list[str]:
        with self._lock:
            return list(self._patience)

    @property
    def empty(self) -> bool:
        return not self._patience

    @property
    def stuck(self) -> bool:
        """Whether not even the longest of them can still be in work."""
        with self._lock:
            longest = max(self._patience.values(), default=float("inf"))
            return time.monotonic() - self.waited > longest


def waited_for(
    tasks: Iterator[Any], hand: InHand, settings: Mapping[str, Any], look: Callable[[], None]
) -> Iterator[Outcome]:
    """joblib's outcomes of the tasks. A thread waits for them, which it does for ever when they are
    lost; so this one calls `look` now and then, which raises when waiting has become useless.

    settings: of joblib's `parallel_config`.
    """
    outcomes: queue.SimpleQueue[Outcome | BaseException | None] = queue.SimpleQueue()

    def wait() -> None:
        try:
            with parallel_config(**settings):
                for outcome in outcomes_of(tasks):
                    outcomes.put(outcome)
        except BaseException as error:  # raised below, where it is heard
            outcomes.put(error)
        else:
            outcomes.put(None)

    threading.Thread(target=wait, daemon=True, name="joblib").start()
    while True:
        try:
            outcome = outcomes.get(timeout=_LOOK)
        except queue.Empty:
            look()
            continue
        if outcome is None:
            return
        if isinstance(outcome, BaseException):
            raise outcome
        hand.take_back(outcome)
        yield outcome


def outcomes_of(tasks: Iterator[Any]) -> Any:
    """A shard a task, the outcomes as they come. No task waits in a worker's hand: it would begin
    after a wish to stop."""
    return Parallel(return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs")(tasks)
