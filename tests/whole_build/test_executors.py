"""The same dataset, byte for byte, whoever did the work; and one bad photo costs itself alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocopfs.engine.executors import Executor
from cocopfs.engine.slices import Slice
from cocopfs.engine.stage import CanRefuse
from cocopfs.records import ItemKind, Pairing, Photo, Reason
from cocopfs.stages.build import Build
from cocopfs.stages.pipeline import STAGE_NAMES
from tests.command import cocopfs
from tests.engine.dask_cluster import dask_cluster
from tests.material import Material
from tests.whole_build.poisoned import PoisonedBuild
from tests.whole_build.trial import (
    crew,
    published,
    rejections,
    run,
    samples,
    trial_build,
    upstream,
)

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

# Small shards, or there would be nothing to share among the workers.
SHARDS = ("select.shard_photos=10", "enroll.shard_identities=1", "swap.shard_photos=2")
LIMIT = 60


def build(material: Material, out: Path) -> Build:
    return trial_build(material, out, *SHARDS, limit=LIMIT)


@pytest.fixture(scope="session")
def one_worker(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("executors") / "out"
    run(build(material, out))
    return out


@pytest.fixture(scope="module")
def on_dask() -> Iterator[Executor]:
    with dask_cluster() as cluster:
        yield Executor(2, "dask", cluster.scheduler_address)


def test_the_same_bytes_from_a_cluster_of_two_processes(
    one_worker: Path, material: Material, tmp_path: Path, on_dask: Executor
) -> None:
    run(build(material, tmp_path / "out"), on_dask)
    assert published(tmp_path / "out") == published(one_worker)


def test_the_same_bytes_from_three_slices_one_after_another(
    one_worker: Path, material: Material, tmp_path: Path
) -> None:
    made = build(material, tmp_path / "out")

    def slices() -> list[str]:
        return [made.run_slice(Slice(number, 3), crew()) for number in (1, 2, 3)]

    assert "the other slices" in slices()[0]
    after_describe = slices()
    assert after_describe[2].startswith("cocopfs match, once, without --slice")
    assert "cocopfs calibrate" in after_describe[2]
    for step in ("match", "calibrate"):
        made.run_stage(step, crew())
    following = slices()
    while "the other slices" in following[2]:
        following = slices()
    assert slices() == ["cocopfs build, once, without --slice"] * 3
    said: list[str] = []
    made.run(crew(say=said.append))
    done = {line.split()[0] for line in said if "up to date" not in line}
    assert done & set(STAGE_NAMES) == {"write"}, "nothing is done twice"
    assert published(tmp_path / "out") == published(one_worker)


def test_a_slice_of_a_step_and_what_it_says(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = material.options(tmp_path / "out", "--limit", 10)
    options += ["--set", SHARDS[0]]
    ended = cocopfs(capsys, "select", "trial", *options, "--slice", "1/2")
    assert ended.code == 0, ended.error
    assert "select slice 1/2" in ended.error
    for whole in ("match", "calibrate", "write"):
        ended = cocopfs(capsys, whole, "trial", *options, "--slice", "1/2")
        assert ended.code == 2
        assert f"stage {whole} is of the whole and cannot be sliced" in ended.error
    ended = cocopfs(capsys, "describe", "trial", *options, "--slice", "1/2")
    assert ended.code == 2
    assert "needs stage select" in ended.error
    ended = cocopfs(capsys, "build", "trial", *options, "--slice", "3/2")
    assert ended.code == 2
    assert "is no slice" in ended.error


def test_dask_is_asked_for_by_its_scheduler(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options in (["--executor", "dask"], ["--scheduler", "tcp://127.0.0.1:1"]):
        ended = cocopfs(capsys, "build", "trial", *material.options(tmp_path / "out"), *options)
        assert ended.code == 2
        assert "belong together" in ended.error


def poisoned(material: Material, out: Path, stage: str, poison: int) -> PoisonedBuild:
    plain = build(material, out)
    return PoisonedBuild(plain.recipe, plain.materials, plain.out, stage=stage, poison=poison)


def the_poisoned(out: Path, photo: int) -> None:
    left_out = [row for row in rejections(out) if row.reason is Reason.ENDS_PROCESS]
    assert {row.item.split("_")[0] for row in left_out} == {str(photo)}
    assert [row.kind for row in left_out].count(ItemKind.PHOTO) == 1
    assert photo not in {sample.coco_image_id for sample in samples(out)}


def test_a_photo_that_kills_its_worker_is_left_out_alone(
    one_worker: Path, material: Material, tmp_path: Path
) -> None:
    photo = next(upstream(one_worker, "select").read("select", Photo)).photo_id
    run(poisoned(material, tmp_path / "out", "select", photo), Executor(2))
    the_poisoned(tmp_path / "out", photo)
    before = {sample.coco_image_id for sample in samples(one_worker)}
    assert {sample.coco_image_id for sample in samples(tmp_path / "out")} == before - {photo}


@pytest.mark.full
def test_a_photo_that_kills_its_worker_is_left_out_alone_on_a_cluster(
    one_worker: Path, material: Material, tmp_path: Path, on_dask: Executor
) -> None:
    photo = next(upstream(one_worker, "match").read("match", Pairing)).photo_id
    run(poisoned(material, tmp_path / "out", "swap", photo), on_dask)
    the_poisoned(tmp_path / "out", photo)
    pictures = {sample.sample_id: sample.image.bytes for sample in samples(one_worker)}
    for sample in samples(tmp_path / "out"):
        assert sample.image.bytes == pictures[sample.sample_id]


@pytest.mark.parametrize("how", ["dask", "slice"])
def test_an_interrupted_part_gives_the_folder_back(
    one_worker: Path, material: Material, tmp_path: Path, on_dask: Executor, how: str
) -> None:
    out = tmp_path / "out"
    fields = [word for field in SHARDS for word in ("--set", field)]
    words = ["trial", *material.options(out, "--limit", LIMIT, *fields)]
    if how == "dask":
        words += ["--executor", "dask", "--scheduler", on_dask.scheduler]
    else:
        words += ["--slice", "1/2", "--workers", 2]
    command = [sys.executable, "-m", "cocopfs", "build", *map(str, words)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not list(out.glob("work/select/*.json")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130, error
    assert "the same command goes on" in error
    assert {path.stat().st_size for path in (out / "work").glob(".lock*")} == {0}
    run(build(material, out))
    assert published(out) == published(one_worker)


def test_the_stages_with_networks_can_leave_an_item_out(material: Material, tmp_path: Path) -> None:
    """Networks and decoders crash; everything else is Python."""
    made = build(material, tmp_path / "out")
    for stage in made.stages(made.register()):
        assert isinstance(stage, CanRefuse) == stage.uses_models, stage.name
