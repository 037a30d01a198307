"""How far a build is, read from its manifests alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cocopfs.engine.store import ShardManifest, Store, read_shard_manifests


@dataclass(frozen=True, slots=True)
class StageStatus:
    """A stage's commits so far. `reasons` counts its rejections by "kind/reason"."""

    stage: str
    complete: bool
    shards: int
    items: int
    rows: int
    rejected: int
    reasons: dict[str, int]


def stage_status(store: Store, stage: str) -> StageStatus | None:
    """The stage's status; None when nothing of it was committed."""
    whole = store.stage(stage)
    shards: list[ShardManifest] = (
        list(whole.shards) if whole else read_shard_manifests(store, stage)
    )
    if not shards and whole is None:
        return None
    reasons: Counter[str] = Counter()
    for shard in shards:
        reasons.update(shard.reasons)
    return StageStatus(
        stage=stage,
        complete=whole is not None,
        shards=len(shards),
        items=sum(shard.items for shard in shards),
        rows=sum(shard.rows.rows for shard in shards),
        rejected=sum(shard.rejections.rows for shard in shards),
        reasons=dict(reasons.most_common()),
    )
