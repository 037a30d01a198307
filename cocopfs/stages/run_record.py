"""`run.json`: the runs that made a dataset, with what is not reproducible of them."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import cocopfs
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.executors import Executor
from cocopfs.engine.runner import SliceRun, StageRun
from cocopfs.engine.slices import Slice
from cocopfs.errors import UsageError
from cocopfs.stages.out_folder import read_manifest
from cocopfs.stages.own_folder import in_turn
from cocopfs.stages.pipeline import Materials

_RUNS = "run.json"


def record_run(
    out: Path,
    materials: Materials,
    executor: Executor,
    runs: Mapping[str, StageRun | SliceRun],
    started: float,
    *,
    worked: bool,
    part: Slice | None = None,
) -> None:
    """Append times, host and paths, so that a resume is seen; a run that did nothing is not worth
    a line.

    runs: by stage. started: seconds since 1970. worked: whether anything was done.
    """
    run = {
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - started, 2),
        "cocopfs": cocopfs.__version__,
        "host": platform.node(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "device": materials.device,
        "executor": executor.backend,
        "workers": executor.workers,
        "coco": str(materials.coco),
        "vggface2": str(materials.vggface2),
        "pack": str(materials.pack.root),
        "stages": {
            name: {"shards_done": run.shards_done, "seconds": round(run.seconds, 2)}
            for name, run in runs.items()
        },
    }
    if part is not None:
        run["slice"] = str(part)
    with in_turn(out, part, "record"):
        before = read_runs(out)
        if before and not worked:
            return
        data = msgspec.json.encode([*before, run])
        commit_bytes(out / _RUNS, msgspec.json.format(data, indent=2) + b"\n")


def read_runs(out: Path) -> list[dict[str, Any]]:
    """What `run.json` tells of each run that did something; none where it is missing or broken."""
    try:
        return msgspec.json.decode((out / _RUNS).read_bytes(), type=list[dict[str, Any]])
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return []


def last_run(out: Path) -> dict[str, Any]:
    """What `run.json` tells of the last run that did something: "coco", "vggface2" and more.

    Raises UsageError where nothing was built, and where `run.json` is gone or broken."""
    if not (out / "work").is_dir() and read_manifest(out) is None:
        raise UsageError(
            f"nothing was built in {out}" if out.is_dir() else f"there is no folder {out}",
            expected="a folder that `cocopfs build` made",
            hint=f"cocopfs build RECIPE --out {out} ...",
        )
    runs = read_runs(out)
    if not runs or not all(isinstance(runs[-1].get(name), str) for name in ("coco", "vggface2")):
        raise UsageError(
            f"{out} does not tell what it was built from: run.json is missing or broken",
            hint="say where the originals lie with --coco and --vggface2",
        )
    return runs[-1]
