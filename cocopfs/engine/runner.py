"""Runs a stage's stale shards on joblib's workers and commits each as it is done."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool

from cocopfs.engine.fingerprint import describe_stage, digest, shard_fingerprint
from cocopfs.engine.progress import Progress
from cocopfs.engine.stage import Shard, Stage
from cocopfs.engine.store import ShardManifest, StageManifest, Store, Upstream
from cocopfs.errors import CocopfsError, IncompleteError

OpenModels = Callable[[], Any]
_ATTEMPTS = 3
_OUT_OF_MEMORY = ("out of memory", "failed to allocate", "cudnn_status_alloc_failed")


@dataclass(frozen=True, slots=True)
class Executor:
    """Where shards are processed. `threading` shares the models, `loky` has them once a process."""

    workers: int = 1
    backend: Literal["loky", "threading"] = "loky"


@dataclass(frozen=True, slots=True)
class StageRun:
    """What a stage's run did."""

    manifest: StageManifest
    shards_done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Done:
    manifest: ShardManifest


@dataclass(frozen=True, slots=True)
class _Failed:
    """A shard that raised. The error travels as text: not every exception can be pickled."""

    shard_id: str
    message: str
    trace: str
    fatal: CocopfsError | None


@dataclass
class _Tally:
    """One pass over the plan."""

    committed: list[ShardManifest] = field(default_factory=list)
    done: int = 0
    failures: list[_Failed] = field(default_factory=list)
    plan_error: Exception | None = None


def run_stage(
    stage: Stage,
    upstream: Upstream,
    executor: Executor,
    open_models: OpenModels,
    progress: Progress,
) -> StageRun:
    """Bring a stage up to date; what is committed already is not done again.

    Shards that fail for reasons of the machine are tried again, three times in all; then the run
    ends as incomplete, with everything else committed.
    """
    started = time.monotonic()
    description = describe_stage(stage)
    stage_digest = digest(description)
    done = 0
    progress.start(stage.name, stage.size(upstream))
    try:
        for attempt in range(1, _ATTEMPTS + 1):
            tally = _run_pass(stage, stage_digest, upstream, executor, open_models, progress)
            done += tally.done
            if not tally.failures:
                break
            if attempt == _ATTEMPTS:
                raise _incomplete(stage, tally.failures)
            progress.restart()
    finally:
        progress.finish()
    manifest = upstream.store.commit_stage(stage, description, tally.committed)
    return StageRun(manifest, done, time.monotonic() - started)


def _run_pass(
    stage: Stage,
    stage_digest: str,
    upstream: Upstream,
    executor: Executor,
    open_models: OpenModels,
    progress: Progress,
) -> _Tally:
    tally = _Tally()
    store = upstream.store
    lock = threading.Lock()

    def count(manifest: ShardManifest, tell: Callable[[int, int], None]) -> None:
        with lock:  # joblib draws from the plan in a thread of its own
            tally.committed.append(manifest)
            tell(manifest.items, manifest.rejections.rows)

    def stale() -> Iterator[Any]:
        try:
            for shard in stage.shards(upstream):
                if tally.failures and tally.failures[-1].fatal is not None:
                    return
                fingerprint = shard_fingerprint(stage_digest, shard)
                manifest = store.shard(stage.name, shard.shard_id)
                if manifest is not None and manifest.fingerprint == fingerprint:
                    count(manifest, progress.skip)
                else:
                    yield delayed(_run_shard)(stage, shard, fingerprint, store, open_models)
        except Exception as error:  # raised below: in joblib's own thread it would be lost
            tally.plan_error = error

    try:
        with parallel_config(backend=executor.backend, n_jobs=executor.workers):
            # One shard a task, and only as many drawn from the plan as the workers need: the plan
            # of a large build does not fit in memory.
            results = Parallel(
                return_as="generator_unordered", batch_size=1, pre_dispatch="2 * n_jobs"
            )(stale())
            for result in results:
                if isinstance(result, _Failed):
                    tally.failures.append(result)
                    if result.fatal is not None:
                        if executor.backend == "loky":
                            stop_workers()  # or the process would wait for the shards in hand
                        raise result.fatal
                else:
                    tally.done += 1
                    count(result.manifest, progress.advance)
    except BrokenProcessPool as error:
        # The whole call is lost, the commits are not: the next pass plans from the manifests.
        tally.failures.append(_Failed("?", f"a worker process died: {error}", "", None))
    if tally.plan_error is not None:
        raise tally.plan_error
    return tally


def stop_workers() -> None:
    """End the worker processes at once; what they had not committed will be done again."""
    get_reusable_executor().shutdown(wait=False, kill_workers=True)


def _run_shard(
    stage: Stage, shard: Shard, fingerprint: str, store: Store, open_models: OpenModels
) -> _Done | _Failed:
    """In the worker: process and commit a shard. Returns a small outcome, never pictures."""
    try:
        models = open_models() if stage.uses_models else None
        result = stage.process(shard, models)
        return _Done(store.commit_shard(stage, shard, fingerprint, result))
    except Exception as error:  # the border between processes: reported and retried by the runner
        return _Failed(
            shard.shard_id,
            f"{type(error).__name__}: {error}",
            traceback.format_exc(),
            error if isinstance(error, CocopfsError) else None,
        )


def _incomplete(stage: Stage, failures: list[_Failed]) -> IncompleteError:
    first = failures[0]
    return IncompleteError(
        f"stage {stage.name}: {len(failures)} shards failed {_ATTEMPTS} times; "
        f"the first is {first.shard_id}: {first.message}\n{first.trace}".rstrip(),
        hint=_remedy(stage, first) + "then give the same command again: it goes on",
    )


def _remedy(stage: Stage, failure: _Failed) -> str:
    text = failure.message.lower()
    memory = "memoryerror" in text or any(sign in text for sign in _OUT_OF_MEMORY)
    if memory and stage.batch_setting:
        return f"memory ran out: lower --set {stage.batch_setting}=... or --workers, "
    if memory or failure.shard_id == "?":
        return "use fewer --workers if memory ran out, "
    return "mend the cause, "
