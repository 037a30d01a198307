"""The same bytes, however the work was shared out, interrupted and taken up again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from cocopfs.engine.executors import Executor
from cocopfs.engine.progress import LineProgress
from cocopfs.engine.store import BEGUN
from cocopfs.errors import IncompleteError
from cocopfs.records import Pairing
from cocopfs.stages.build import Build, Crew
from tests.command import cocopfs
from tests.killing import finishes
from tests.material import Material
from tests.whole_build.trial import (
    ALONE,
    crew,
    nobody,
    published,
    run,
    run_steps,
    trial_build,
    upstream,
)

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


def test_the_same_command_again_does_nothing_and_says_so(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cocopfs(capsys, "build", "trial", *material.options(copied)).code == 0
    assert (copied / "private" / "preview.png").is_file(), (
        "a contact sheet that is not there is drawn"
    )
    before = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    ended = cocopfs(capsys, "build", "trial", *material.options(copied))
    assert ended.code == 0
    assert "Nothing to do" in ended.output
    after = {path: path.stat().st_mtime_ns for path in copied.rglob("*")}
    changed = {path.name for path in before if before[path] != after.get(path)}
    assert changed <= {"work", ".lock"}, "only the write probe and the lock are touched"
    assert before.keys() == after.keys()


def test_another_seed_redoes_only_what_depends_on_it(copied: Path, material: Material) -> None:
    states = {step.stage: step for step in trial_build(material, copied, "seed=1").plan()}
    assert states["select"].state == "up to date"
    assert states["describe"].state == "up to date"
    assert states["enroll"].state == "up to date"
    assert states["calibrate"].state == "up to date"
    assert states["match"].reasons == ("seed: 0 → 1",)
    said: list[str] = []
    trial_build(material, copied, "seed=1").run(crew(say=said.append))
    fresh = {line.split()[0] for line in said if "up to date" in line}
    assert {"select", "describe", "enroll", "calibrate"} <= fresh
    assert "match" not in fresh


@pytest.mark.parametrize(
    "executor",
    [Executor(2), Executor(5), Executor(2, "threading")],
    ids=["loky-2", "loky-5", "threading-2"],
)
def test_the_same_bytes_for_any_executor(
    trial: Path, material: Material, tmp_path: Path, executor: Executor
) -> None:
    # Small shards, or there would be nothing to share among the workers.
    small = ("select.shard_photos=20", "enroll.shard_identities=1", "swap.shard_photos=2")
    alone, many = tmp_path / "alone", tmp_path / "many"
    run(trial_build(material, alone, *small))
    run(trial_build(material, many, *small), executor)
    assert published(many) == published(alone)


def test_the_order_of_the_annotations_does_not_matter(
    trial: Path, material: Material, tmp_path: Path
) -> None:
    coco = tmp_path / "coco"
    (coco / "annotations").mkdir(parents=True)
    lots = random.Random(7)
    for name in ("train2017", "val2017"):
        shutil.copytree(material.coco / name, coco / name)
        for kind in ("instances", "captions"):
            source = material.coco / "annotations" / f"{kind}_{name}.json"
            content = json.loads(source.read_text())
            for part in content.values():
                if isinstance(part, list):
                    lots.shuffle(part)
            (coco / "annotations" / source.name).write_text(json.dumps(content))
    shuffled = Material(coco, material.vggface2, material.pack)
    run(trial_build(shuffled, tmp_path / "out"))

    def rows_and_rejections(out: Path) -> dict[str, bytes]:
        found = published(out)
        return {
            name: data
            for name, data in found.items()
            if name.startswith("data/") or name == "rejections.parquet"
        }

    assert rows_and_rejections(tmp_path / "out") == rows_and_rejections(trial)


def _kill_again_and_again(material: Material, out: Path, steps: Iterator[int]) -> int:
    """Build with a SIGKILL at each run's given step, until a run ends; how often it was killed."""
    build = trial_build(material, out, limit=60)
    for kills, step in enumerate(steps):
        if finishes(partial(run, build), step):
            return kills
    raise AssertionError("the build never ended")


def test_the_same_bytes_after_kills_of_the_whole_build(material: Material, tmp_path: Path) -> None:
    expected = tmp_path / "expected"
    run(trial_build(material, expected, limit=60))
    kills = _kill_again_and_again(material, tmp_path / "out", iter(range(3, 500, 5)))
    assert kills >= 5
    assert published(tmp_path / "out") == published(expected)


@pytest.mark.full
def test_the_same_bytes_after_a_kill_at_every_commit_step(
    material: Material, tmp_path: Path
) -> None:
    expected = tmp_path / "expected"
    run(trial_build(material, expected, limit=60))
    for step in range(1, 1000):
        out = tmp_path / f"killed-{step}"
        build = trial_build(material, out, limit=60)
        if finishes(partial(run, build), step):
            break
        run(build)
        assert published(out) == published(expected), f"killed at step {step}"
        shutil.rmtree(out)
    assert step > 80, "the kills did not reach the publication"


@pytest.fixture
def changing(material: Material, tmp_path: Path) -> Material:
    """Material whose photographs may be changed."""
    coco = tmp_path / "coco"
    shutil.copytree(material.coco, coco)
    return Material(coco, material.vggface2, material.pack)


def first_photo(build: Build) -> Path:
    """Run the steps before `swap`; the file of the first photo that it will swap."""
    run_steps(build, "select", "describe", "enroll", "match", "calibrate")
    photo = next(upstream(build.out, "match").read("match", Pairing)).photo_id
    return next(build.materials.coco.glob(f"*/{photo:012d}.jpg"))


def test_a_picture_that_changes_between_stages_is_noticed(
    changing: Material, tmp_path: Path
) -> None:
    build = trial_build(changing, tmp_path / "out")
    path = first_photo(build)
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(IncompleteError, match=path.name):
        run_steps(build, "swap")


class _Removing(LineProgress):
    """Takes a file away when `swap` begins: after the plan has seen it."""

    def __init__(self, path: Path, to: Path) -> None:
        super().__init__(Console(quiet=True))
        self.path, self.to = path, to

    def start(self, stage: str, total: int) -> None:
        super().start(stage, total)
        if stage == "swap":
            self.path.rename(self.to)


def test_a_file_that_is_away_for_a_moment_costs_no_sample(
    trial: Path, changing: Material, tmp_path: Path
) -> None:
    build = trial_build(changing, tmp_path / "out")
    path, away = first_photo(build), tmp_path / "away.jpg"
    with pytest.raises(IncompleteError, match="same command again"):
        build.run(Crew(ALONE, _Removing(path, away), nobody))
    away.rename(path)
    run(build)
    assert published(tmp_path / "out") == published(trial)


def test_a_setting_of_select_reaches_all_who_read_pictures(
    material: Material, tmp_path: Path
) -> None:
    build = trial_build(material, tmp_path / "out", "select.max_pixels=100000")
    run_steps(build, "enroll")
    (plan,) = (
        step for step in trial_build(material, tmp_path / "out").plan() if step.stage == "enroll"
    )
    assert plan.state == "to do"


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT] * 2])
def test_an_interrupted_build_says_so_and_goes_on(
    trial: Path, material: Material, tmp_path: Path, backend: str, signals: list[signal.Signals]
) -> None:
    """Whether it comes in the middle of a stage, which finishes the shards in hand, or between two
    (tests/engine/test_stopping.py tells them apart)."""
    work = tmp_path / "out" / "work"
    options = [str(word) for word in material.options(tmp_path / "out")]
    command = [sys.executable, "-m", "cocopfs", "build", "trial", *options]
    command += ["--workers", "2", "--executor", backend, "--set", "select.shard_photos=4"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, process_group=0)
    while not list(work.glob(f"*/{BEGUN}/*")):
        assert process.poll() is None
        time.sleep(0.01)
    for number in signals:
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        time.sleep(0.1)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert "interrupted: the same command goes on" in error
    assert not list(work.glob(f"*/{BEGUN}/*"))
    run(trial_build(material, tmp_path / "out"))
    assert published(tmp_path / "out") == published(trial)
