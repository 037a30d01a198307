"""A shard to be processed, and what comes of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cocopfs.engine.stage import CanRefuse, Result, Shard, Stage
from cocopfs.engine.store import ShardManifest, Store
from cocopfs.errors import CocopfsError
from cocopfs.records import Reason

OpenModels = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Job:
    """A shard to be processed. `quarantined` maps items that are left out, because they end the
    process that works on them, to how it ended."""

    stage: Stage
    shard: Shard
    fingerprint: str
    store: Store
    open_models: OpenModels
    quarantined: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    manifest: ShardManifest

    @property
    def shard_id(self) -> str:
        return self.manifest.shard


@dataclass(frozen=True, slots=True)
class Failed:
    """A shard that was not committed. The error travels as text: not every exception can be
    pickled. `fatal` ends the run at once; all others are tried again."""

    shard_id: str
    message: str
    trace: str = ""
    fatal: CocopfsError | None = None


Outcome = Done | Failed


def patience(shard: Shard) -> float:
    """Seconds after which a shard in hand counts as stuck: far more than the slowest machine
    needs."""
    return 600.0 + 60.0 * len(shard.rows)


def process(job: Job) -> Outcome:
    """Process a shard here and commit it."""
    result = rows_of(job)
    return Done(
        job.store.commit_shard(job.stage, job.shard, job.fingerprint, result, job.quarantined)
    )


def rows_of(job: Job) -> Result:
    """What a shard gives, with the rejections of the items that are left out."""
    stage, shard = job.stage, job.shard
    models = job.open_models() if stage.uses_models else None
    if not job.quarantined:
        return stage.process(shard, models)
    assert isinstance(stage, CanRefuse)
    kept = tuple(row for row in shard.rows if row.item not in job.quarantined)
    result = stage.process(replace(shard, rows=kept), models)
    for row in shard.rows:
        if row.item in job.quarantined:
            how = f"the process that works on it ends with {job.quarantined[row.item]}"
            result.rejections.extend(stage.refuse(row, Reason.ENDS_PROCESS, how))
    return result


def failed(job: Job, error: Exception) -> Failed:
    """The outcome of an exception."""
    return Failed(
        job.shard.shard_id,
        f"{type(error).__name__}: {error}",
        "".join(traceback.format_exception(error)),
        error if isinstance(error, CocopfsError) else None,
    )
