"""The trial build in a test, and what is read of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.executors import Executor
from cocopfs.engine.progress import LineProgress
from cocopfs.engine.store import Store, Upstream, read_rows
from cocopfs.faces.pack import open_pack
from cocopfs.recipe import load_recipe
from cocopfs.records import Rejection, Sample
from cocopfs.stages.build import Build, BuildReport, Crew
from cocopfs.stages.pipeline import Materials, roles_for
from tests.killing import folder_bytes
from tests.material import Material

ALONE = Executor()


def trial_build(material: Material, out: Path, *overrides: str, limit: int | None = None) -> Build:
    recipe = load_recipe("trial", ["swap.swapper=blend", *overrides])
    pack = open_pack(material.pack, roles_for(recipe))
    materials = Materials(material.coco, material.vggface2, pack, "cpu", limit)
    return Build(recipe, materials, out)


def run(build: Build, executor: Executor = ALONE) -> BuildReport:
    return build.run(crew(executor))


def run_steps(build: Build, *names: str) -> None:
    for name in names:
        build.run_stage(name, crew())


def silent() -> LineProgress:
    return LineProgress(Console(quiet=True))


def nobody(_: str) -> None:
    """Listens to what a build says."""


def crew(executor: Executor = ALONE, say: Callable[[str], None] = nobody) -> Crew:
    return Crew(executor, silent(), say)


def samples(out: Path) -> list[Sample]:
    return [sample for file in published_files(out) for sample in read_rows(file, Sample)]


def landmarks_of(row: Sample) -> Any:
    """(5, 2) float32."""
    return np.array(
        [
            [row.left_eye_x, row.left_eye_y],
            [row.right_eye_x, row.right_eye_y],
            [row.nose_x, row.nose_y],
            [row.left_mouth_x, row.left_mouth_y],
            [row.right_mouth_x, row.right_mouth_y],
        ],
        np.float32,
    )


def decoded(jpeg: bytes) -> NDArray[np.uint8]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture.astype(np.uint8)


def read(path: Path, flags: int = cv2.IMREAD_COLOR) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), flags)
    assert picture is not None
    return picture.astype(np.uint8)


def rejections(out: Path) -> list[Rejection]:
    return read_rows(out / "rejections.parquet", Rejection)


def published(out: Path) -> dict[str, bytes]:
    """What is promised to be the same bytes everywhere on one stack."""
    files = folder_bytes(out)
    return {
        name: data
        for name, data in files.items()
        if not name.startswith("work/") and name != "run.json"
    }


def upstream(out: Path, stage: str) -> Upstream:
    store = Store(out / "work")
    manifest = store.stage(stage)
    assert manifest is not None
    return Upstream(store, {stage: manifest})


def stage_rejections(out: Path, stage: str) -> list[Rejection]:
    return list(upstream(out, stage).rejections(stage))
