"""What a run of a stage is summed up in: a line for people."""

from __future__ import annotations

from collections import Counter

from cocopfs.engine.runner import SliceRun, StageRun
from cocopfs.engine.slices import Slice
from cocopfs.stages.counted import UNITS, counted


def stage_line(run: StageRun) -> str:
    """What went in, what came out, what was left out, and the time that it took."""
    manifest = run.manifest
    left_out: Counter[str] = Counter()
    for shard in manifest.shards:
        for reason, count in shard.reasons.items():
            left_out[reason.split("/")[0]] += count
    taken, given = UNITS[manifest.stage]
    what = (
        f"{manifest.stage:<10} {counted(manifest.items, taken)} → {counted(manifest.rows, given)}"
    )
    for kind, count in sorted(left_out.items()):
        what += f", {counted(count, kind)} left out"
    return f"{what}  ({f'{run.seconds:.1f} s' if run.shards_done else 'up to date'})"


def slice_line(stage: str, part: Slice, run: SliceRun) -> str:
    """What a slice has done of a stage, and whether the stage is whole."""
    state = "the stage is whole"
    if run.manifest is None:
        state = f"{run.missing} shards of other slices are missing"
    return f"{stage:<10} slice {part}: {run.shards_done} shards done, {state}"
