"""Runs a stage's stale shards on the executor's workers and commits each as it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from cocopfs.engine.dispatch import run_jobs
from cocopfs.engine.executors import Executor, WorkersLostError
from cocopfs.engine.fingerprint import describe_stage, digest, shard_fingerprint
from cocopfs.engine.job import Failed, Job, OpenModels
from cocopfs.engine.progress import Progress
from cocopfs.engine.slices import Slice
from cocopfs.engine.stage import Stage
from cocopfs.engine.stopping import asked_to_stop, heeding
from cocopfs.engine.store import ShardManifest, StageManifest, Upstream
from cocopfs.engine.worker import count_begun
from cocopfs.errors import IncompleteError

_ATTEMPTS = 3
_OUT_OF_MEMORY = (
    "out of memory",
    "failed to allocate",
    "cudnn_status_alloc_failed",
    "ended by sigkill",
)


@dataclass(frozen=True, slots=True)
class StageRun:
    """What a stage's run did."""

    manifest: StageManifest
    shards_done: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SliceRun:
    """What a slice's part of a stage's run did. The manifest is null, and `missing` counts the
    shards of other slices, while those are not all committed."""

    manifest: StageManifest | None
    shards_done: int
    missing: int
    seconds: float


@dataclass
class _Tally:
    """One pass over the plan. `others` are the shards of other slices with their fingerprints."""

    committed: list[ShardManifest] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0
    failures: list[Failed] = field(default_factory=list)
    lost: WorkersLostError | None = None
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
    ends as incomplete, with everything else committed. Shards whose workers die are tried alone,
    see `cocopfs.engine.alone`.
    """
    started = time.monotonic()
    tally, done = _run_passes(stage, upstream, executor, open_models, progress, Slice(1, 1))
    manifest = upstream.store.commit_stage(stage, describe_stage(stage), tally.committed)
    return StageRun(manifest, done, time.monotonic() - started)


def run_slice(
    stage: Stage,
    upstream: Upstream,
    executor: Executor,
    open_models: OpenModels,
    progress: Progress,
    part: Slice,
) -> SliceRun:
    """A slice's part of `run_stage`, while other slices may be at work in the same folder. The one
    that finds all shards committed at its end declares the stage whole."""
    started = time.monotonic()
    tally, done = _run_passes(stage, upstream, executor, open_models, progress, part)
    store = upstream.store
    missing = 0
    for shard_id, fingerprint in tally.others:
        manifest = store.shard(stage.name, shard_id)
        if manifest is not None and manifest.is_of(fingerprint):
            tally.committed.append(manifest)
        else:
            missing += 1
    whole = None
    if not missing:
        whole = store.commit_stage(stage, describe_stage(stage), tally.committed, sweep=False)
    return SliceRun(whole, done, missing, time.monotonic() - started)


def _run_passes(
    stage: Stage,
    upstream: Upstream,
    executor: Executor,
    open_models: OpenModels,
    progress: Progress,
    part: Slice,
) -> tuple[_Tally, int]:
    """The last pass over the plan, after which nothing of that part is left, and how many shards
    were done by all passes together."""
    done = failed = 0
    store = upstream.store
    store.root.mkdir(exist_ok=True)  # not its parents: they are gone where a mount was lost
    begun = count_begun(store, stage.name)
    progress.start(stage.name, part.share(stage.size(upstream)))
    try:
        while True:
            with heeding():
                tally = _run_pass(stage, upstream, executor, open_models, progress, part)
            done += tally.done
            if tally.lost is not None:
                # The whole call is lost, the commits are not: the next pass plans from the
                # manifests. Each death in a shard is noted, and leads to its end after two.
                before, begun = begun, count_begun(store, stage.name)
                if begun <= before and not tally.done:
                    tally.failures.append(Failed("?", str(tally.lost)))
            if tally.failures:
                failed += 1
                if failed == _ATTEMPTS:
                    raise _incomplete(stage, tally.failures)
            elif tally.lost is None:
                return tally, done
            progress.restart()
    finally:
        progress.finish()


def _run_pass(
    stage: Stage,
    upstream: Upstream,
    executor: Executor,
    open_models: OpenModels,
    progress: Progress,
    part: Slice,
) -> _Tally:
    tally = _Tally()
    store = upstream.store
    stage_digest = digest(describe_stage(stage))
    lock = threading.Lock()

    def count(manifest: ShardManifest, tell: Callable[[int, int], None]) -> None:
        with lock:  # joblib draws from the plan in a thread of its own
            tally.committed.append(manifest)
            tell(manifest.items, manifest.rejections.rows)

    def stale() -> Iterator[Job]:
        try:
            for number, shard in enumerate(stage.shards(upstream)):
                if asked_to_stop() or (tally.failures and tally.failures[-1].fatal is not None):
                    return
                fingerprint = shard_fingerprint(stage_digest, shard)
                if not part.has(number):
                    tally.others.append((shard.shard_id, fingerprint))
                    continue
                manifest = store.shard(stage.name, shard.shard_id)
                if manifest is not None and manifest.is_of(fingerprint):
                    count(manifest, progress.skip)
                else:
                    store.clear_shard(stage.name, shard.shard_id, fingerprint)
                    yield Job(stage, shard, fingerprint, store, open_models)
        except Exception as error:  # raised below: in joblib's own thread it would be lost
            tally.plan_error = error

    try:
        # closed, or the process would wait for the shards in hand after a fatal failure
        with closing(run_jobs(executor, stale(), stage, store)) as outcomes:
            for outcome in outcomes:
                if not isinstance(outcome, Failed):
                    tally.done += 1
                    count(outcome.manifest, progress.advance)
                    continue
                tally.failures.append(outcome)
                if outcome.fatal is not None:
                    raise outcome.fatal
    except WorkersLostError as error:
        tally.lost = error
    if tally.plan_error is not None:
        raise tally.plan_error
    return tally


def _incomplete(stage: Stage, failures: list[Failed]) -> IncompleteError:
    first = failures[0]
    return IncompleteError(
        f"stage {stage.name}: {len(failures)} shards failed {_ATTEMPTS} times; "
        f"the first is {first.shard_id}: {first.message}\n{first.trace}".rstrip(),
        hint=_remedy(stage, first) + "then give the same command again: it goes on",
    )


def _remedy(stage: Stage, failure: Failed) -> str:
    text = failure.message.lower()
    memory = "memoryerror" in text or any(sign in text for sign in _OUT_OF_MEMORY)
    if memory and stage.batch_setting:
        return f"memory ran out: lower --set {stage.batch_setting}=... or --workers, "
    if "too many open files" in text:
        return "raise `ulimit -n` or lower --workers, "
    if memory or failure.shard_id == "?":
        return "use fewer --workers if memory ran out, "
    return "mend the cause, "
