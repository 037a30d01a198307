"""What a run would do, and why: the dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cocopfs.engine.fingerprint import describe_stage, digest, shard_fingerprint
from cocopfs.engine.stage import Stage
from cocopfs.engine.store import ShardManifest, StageManifest, Store, Upstream


class State(StrEnum):
    FRESH = "up to date"
    STALE = "to do"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage of the plan. Shard counts are null where they hang on a stage that is not done."""

    stage: str
    state: State
    reasons: tuple[str, ...]
    items: int | None
    shards: int | None
    shards_fresh: int | None


def plan(
    stages: Sequence[Stage], store: Store, known: Mapping[str, StageManifest] | None = None
) -> list[StagePlan]:
    """The state of every stage; nothing is processed and nothing is written.

    known: stages before them that are up to date.
    """
    plans: list[StagePlan] = []
    upstream = Upstream(store, dict(known or {}))
    for stage in stages:
        waits = [name for name in stage.reads if name not in upstream.stages]
        recorded = store.stage(stage.name)
        reasons = _differences(stage, recorded)
        if waits:
            note = f"after {', '.join(waits)}"
            plans.append(StagePlan(stage.name, State.WAITS, (note, *reasons), None, None, None))
            continue
        total = fresh = 0
        stage_digest = digest(describe_stage(stage))
        planned: list[ShardManifest | None] = []
        for shard in stage.shards(upstream):
            total += 1
            manifest = store.shard(stage.name, shard.shard_id)
            planned.append(manifest)
            if manifest and manifest.is_of(shard_fingerprint(stage_digest, shard)):
                fresh += 1
        # A run that was killed before its last commit leaves newer shards than the stage lists.
        found = sorted((m for m in planned if m is not None), key=lambda m: m.shard)
        listed = recorded is not None and list(recorded.shards) == found
        if recorded is not None and listed and fresh == total and not reasons:
            upstream.stages[stage.name] = recorded
            state = State.FRESH
        else:
            state = State.STALE
            if not reasons:
                reasons = ("its input changed",) if recorded else ("not complete yet",)
        items = stage.size(upstream)
        plans.append(StagePlan(stage.name, state, reasons, items, total, fresh))
    return plans


def _differences(stage: Stage, recorded: StageManifest | None) -> tuple[str, ...]:
    if recorded is None:
        return ()
    now, then = describe_stage(stage), recorded.description
    reasons = []
    for part in ("settings", "ingredients", "libraries"):
        reasons += _changed(now[part], then.get(part, {}))
    if now["version"] != then.get("version") or now["gives"] != then.get("gives"):
        reasons.append("cocopfs itself changed this stage")
    return tuple(reasons)


def _changed(now: dict[str, Any], then: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {_short(then.get(name, 'absent'))} → {_short(now.get(name, 'absent'))}"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    ]


def _short(value: Any) -> str:
    text = str(value)
    is_digest = len(text) == 64 and all(c in "0123456789abcdef" for c in text)
    return text[:12] + "…" if is_digest else text
