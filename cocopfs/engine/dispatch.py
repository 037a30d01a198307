"""Shards given to who processes them: processes or threads of this machine, or a cluster that
exists."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager

from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from cocopfs.engine.executors import Executor, InHand, WorkersLostError, outcomes_of, waited_for
from cocopfs.engine.job import Job, Outcome
from cocopfs.engine.parent import loky
from cocopfs.engine.stage import Stage
from cocopfs.engine.stopping import Interrupted, asked_to_stop, hear_no_more
from cocopfs.engine.store import Store
from cocopfs.engine.worker import unnote

_END = 10.0  # seconds


def run_jobs(
    executor: Executor, jobs: Iterable[Job], stage: Stage, store: Store
) -> Generator[Outcome, None, None]:
    """The outcomes of the jobs, in the order in which they are there.

    Only as many jobs are drawn as the workers need: the plan of a large build does not fit in
    memory. Raises WorkersLostError when workers die or are stuck; threads are waited for.
    """
    if executor.backend == "dask":
        from cocopfs.engine.cluster import run_on_cluster  # needs the extra `dask`

        yield from run_on_cluster(executor, jobs, stage, store)
        return
    hand = InHand()
    tasks = hand.give_out(jobs)

    def look() -> None:
        if hand.stuck:
            stop_workers()
            raise WorkersLostError("worker processes were stuck")

    try:
        if executor.backend == "threading" or executor.workers == 1:
            with parallel_config(backend=executor.backend, n_jobs=executor.workers):
                for outcome in outcomes_of(tasks):
                    hand.take_back(outcome)
                    yield outcome
        else:
            with _leaks_untold():
                yield from waited_for(tasks, hand, loky(executor.workers), look)
    except BrokenProcessPool as error:
        if asked_to_stop():  # it may have been told to, before it knew not to listen
            _forgive(hand, stage, store)
        raise WorkersLostError(f"a worker process died: {error}") from error
    except (Interrupted, GeneratorExit) as end:  # the caller has enough
        if isinstance(end, Interrupted):
            hear_no_more()
        if executor.backend == "loky":
            stop_workers()
        _forgive(hand, stage, store)
        raise


def _forgive(hand: InHand, stage: Stage, store: Store) -> None:
    """That their processes were ended is no fault of the shards in hand."""
    for shard_id in hand.shards:
        unnote(store, stage.name, shard_id)


def stop_workers() -> None:
    """End the worker processes; what they had not committed will be done again."""
    workers = get_reusable_executor(reuse=True)
    ending = threading.Thread(target=workers.shutdown, args=(True, True), daemon=True)
    ending.start()
    ending.join(_END)  # one that waits for a lost disk does not end


@contextmanager
def _leaks_untold() -> Iterator[None]:
    """Where psutil is installed, loky replaces workers that have opened networks since their first
    task, for it takes that for a leak, and says so. Made an error, its warning would end the thread
    that everybody waits for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield
