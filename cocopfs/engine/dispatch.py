"""Shards given to who processes them: processes or threads of this machine, or a cluster that
exists."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from joblib import parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from cocopfs.engine.executors import Executor, InHand, WorkersLostError, outcomes_of, waited_for
from cocopfs.engine.job import Job, Outcome
from cocopfs.engine.parent import loky
from cocopfs.engine.stage import Stage
from cocopfs.engine.stopping import Interrupted
from cocopfs.engine.store import Store
from cocopfs.engine.worker import unnote


def run_jobs(
    executor: Executor, jobs: Iterable[Job], stage: Stage, store: Store
) -> Iterator[Outcome]:
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
                yield from outcomes_of(tasks)
        else:
            with _leaks_untold():
                yield from waited_for(tasks, hand, loky(executor.workers), look)
    except BrokenProcessPool as error:
        raise WorkersLostError(f"a worker process died: {error}") from error
    except (Interrupted, GeneratorExit):  # the caller has enough
        stop_workers()
        for shard_id in hand.shards:
            unnote(store, stage.name, shard_id)
        raise


def stop_workers() -> None:
    """End the worker processes, and wait for their end; what they had not committed will be done
    again."""
    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


@contextmanager
def _leaks_untold() -> Iterator[None]:
    """Where psutil is installed, loky replaces workers that have opened networks since their first
    task, for it takes that for a leak, and says so. Made an error, its warning would end the thread
    that everybody waits for."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "A worker stopped while some jobs", UserWarning)
        yield
