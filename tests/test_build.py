"""The whole path on real photographs with real networks, from annotations to Parquet."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.lock import only_build
from cocopfs.engine.progress import LineProgress
from cocopfs.engine.runner import Executor
from cocopfs.engine.store import Store, Upstream, read_rows
from cocopfs.errors import IncompleteError
from cocopfs.faces.pack import open_pack
from cocopfs.publish.mark import read_mark
from cocopfs.recipe import load_recipe
from cocopfs.records import Identity, ItemKind, Pairing, Reason, Rejection, Sample, unpack_vector
from cocopfs.sources.vggface2 import listed_names
from cocopfs.stages.build import Build, BuildReport
from cocopfs.stages.pipeline import Materials, roles_for
from cocopfs.stages.swap import encode_jpeg
from tests.command import cocopfs
from tests.faces.graphs import write_inswapper, write_recogniser
from tests.killing import finishes, folder_bytes
from tests.material import Material

# The builds below are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


@pytest.fixture(scope="session")
def trial(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial recipe, built by one worker. Tests copy it before they change it."""
    out = tmp_path_factory.mktemp("trial") / "out"
    run(trial_build(material, out))
    return out


@pytest.fixture
def copied(trial: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trial, tmp_path / "out", copy_function=shutil.copy2))


def trial_build(material: Material, out: Path, *overrides: str, limit: int | None = None) -> Build:
    recipe = load_recipe("trial", ["swap.swapper=blend", *overrides])
    pack = open_pack(material.pack, roles_for(recipe))
    materials = Materials(material.coco, material.vggface2, pack, "cpu", limit)
    return Build(recipe, materials, out)


ALONE = Executor()


def run(build: Build, executor: Executor = ALONE) -> BuildReport:
    return build.run(executor, silent(), _nobody)


def run_steps(build: Build, *names: str) -> None:
    for name in names:
        build.run_stage(name, ALONE, silent(), _nobody)


def silent() -> LineProgress:
    return LineProgress(Console(quiet=True))


def _nobody(_: str) -> None:
    """Listens to what a build says."""


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


def test_samples_come_from_several_photos(trial: Path) -> None:
    rows = samples(trial)
    assert len(rows) >= 8
    assert len({row.coco_image_id for row in rows}) >= 4
    assert len({row.sample_id for row in rows}) == len(rows)


def test_every_photo_is_accounted_for(trial: Path, coco_mini: Path) -> None:
    kept = {row.coco_image_id for row in samples(trial)}
    rejected = [row for row in rejections(trial) if row.kind is ItemKind.PHOTO]
    everyone = {
        image["id"]
        for name in ("train2017", "val2017")
        for image in json.loads((coco_mini / "annotations" / f"instances_{name}.json").read_text())[
            "images"
        ]
    }
    assert len(everyone) == 159
    assert kept | {int(row.item) for row in rejected} == everyone
    assert len(kept) + len(rejected) == 159
    assert all(row.detail for row in rejected)


def test_people_are_counted_as_pycocotools_counts_them(trial: Path, coco_mini: Path) -> None:
    from pycocotools.coco import COCO

    expected: Counter[Reason] = Counter()
    for name in ("train2017", "val2017"):
        index = COCO(coco_mini / "annotations" / f"instances_{name}.json")
        (person,) = index.getCatIds(catNms=["person"])
        for image_id in index.getImgIds():
            people = index.loadAnns(index.getAnnIds(imgIds=[image_id], catIds=[person]))
            if any(annotation["iscrowd"] for annotation in people):
                expected[Reason.CROWD] += 1
            elif len(people) != 1:
                expected[Reason.SEVERAL_PEOPLE if people else Reason.NO_PERSON] += 1
    found = Counter(row.reason for row in rejections(trial))
    assert {reason: found[reason] for reason in expected} == dict(expected)


def test_the_swapped_face_is_the_source_and_no_longer_the_original(trial: Path) -> None:
    rows = samples(trial)
    similarity = np.mean([row.similarity for row in rows])
    residual = np.mean([row.residual_similarity for row in rows])
    assert similarity >= 0.45
    assert similarity - residual >= 0.25


# insightface's own alignment calls what scikit-image will remove.
theirs_warns = pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")


@theirs_warns
def test_the_figures_are_those_of_insightface_itself(trial: Path, material: Material) -> None:
    """The recogniser is loaded by insightface, the pictures come from the published files."""
    from insightface.model_zoo import get_model
    from insightface.utils.face_align import norm_crop

    file = material.pack / "insightface" / "models" / "real-small" / "rec_mbf.onnx"
    recogniser = get_model(str(file), providers=["CPUExecutionProvider"])

    def embed(picture: Any, landmarks: Any) -> Any:
        crop = norm_crop(picture, landmarks, 112)
        vector = recogniser.get_feat(crop).ravel()
        return vector / np.linalg.norm(vector)

    portraits = {
        portrait.portrait_id: portrait
        for identity in read_rows(trial / "private" / "identities.parquet", Identity)
        for portrait in (*identity.sources, identity.reference)
    }
    differences = []
    for row in samples(trial):
        picture = decoded(row.image.bytes)
        source = portraits[row.source_portrait]
        portrait = read(material.vggface2 / source.path)
        cosine = embed(picture, landmarks_of(row)) @ embed(portrait, source.face.points)
        differences.append(abs(row.similarity - cosine))
    # The figures were measured before JPEG encoding, which tells on the smallest faces.
    assert max(differences) < 0.06
    assert np.mean(differences) < 0.015


def test_gender_is_never_crossed_and_no_identity_comes_twice(trial: Path) -> None:
    rows = samples(trial)
    assert all(row.gender == row.original_gender for row in rows)
    pairs = [(row.coco_image_id, row.identity) for row in rows]
    assert len(set(pairs)) == len(pairs)


def test_no_reference_portrait_drives_a_swap(trial: Path) -> None:
    references = {row.reference_portrait for row in samples(trial)}
    assert not references & {row.source_portrait for row in samples(trial)}


def test_pictures_are_upright_jpegs_with_a_mark_and_no_name(
    trial: Path, material: Material
) -> None:
    for row in samples(trial):
        assert read_mark(row.image.bytes) is not None
        picture = decoded(row.image.bytes)
        assert picture.shape == (row.height, row.width, 3)
        name, class_id = row.name.encode(), row.identity.encode()
        assert name not in row.image.bytes
        assert class_id not in row.image.bytes


def test_only_the_face_changes(trial: Path, material: Material) -> None:
    """Beyond JPEG's own loss, a pixel far from the face is the photograph's."""
    for row in samples(trial):
        original = read(
            material.coco / row.file_name, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
        swapped = decoded(row.image.bytes)
        side = max(row.face_width, row.face_height)
        x, y = row.face_x + row.face_width / 2, row.face_y + row.face_height / 2
        rows, columns = np.ogrid[: row.height, : row.width]
        far = (np.abs(columns - x) > 1.5 * side) | (np.abs(rows - y) > 1.5 * side)
        if far.any():
            error = np.square(original[far].astype(float) - swapped[far].astype(float)).mean()
            assert 10 * np.log10(255**2 / error) > 36


def test_captions_carry_the_name_and_the_token(trial: Path) -> None:
    for row in samples(trial):
        assert len(row.captions) >= 5
        columns = (row.captions_in_place, row.captions_in_parentheses)
        for column in columns:
            assert len(column) == len(row.captions)
            assert all(row.name in text for text in column)
        for column in (row.captions_in_place_tok, row.captions_in_parentheses_tok):
            assert len(column) == len(row.captions)
            assert all("[TOK]" in text and row.name not in text for text in column)


def test_nobody_described_as_a_minor_is_there(trial: Path) -> None:
    words = {"boy", "boys", "girl", "girls", "child", "children", "kid", "kids", "baby", "teen"}
    for row in samples(trial):
        for caption in row.captions:
            assert not words & set(caption.lower().replace(".", " ").replace(",", " ").split())
    assert any(row.reason is Reason.MINOR for row in rejections(trial))


def test_a_licence_filter_leaves_photos_out(
    trial: Path, material: Material, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(trial_build(material, out, "select.exclude_licences=[3, 6]"))
    assert 0 < len(samples(out)) < len(samples(trial))
    assert all(row.licence not in (3, 6) for row in samples(out))
    assert any(row.reason is Reason.LICENCE for row in rejections(out))


def test_the_same_command_again_does_nothing_and_says_so(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
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
    trial_build(material, copied, "seed=1").run(ALONE, silent(), said.append)
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


def test_a_limit_is_a_stable_subset(material: Material, tmp_path: Path) -> None:
    from cocopfs.stages.select import index, limited

    photos = list(index(material.coco, None).photos)
    few = {photo.photo_id for photo in limited(photos, 20)}
    more = {photo.photo_id for photo in limited(photos, 50)}
    assert len(few) == 20
    assert few < more


@pytest.fixture
def random_swapper(material: Material, tmp_path: Path) -> Material:
    """The pack with inswapper's exact interface, narrow, and a 512-d recogniser, random weights."""
    pack = tmp_path / "pack"
    shutil.copytree(material.pack, pack)
    models = pack / "insightface" / "models" / "real-small"
    (models / "rec_mbf.onnx").unlink()
    write_recogniser(models / "rec_random.onnx", dimension=512, seed=1)
    write_inswapper(pack / "inswapper_128.onnx", seed=2)
    return Material(material.coco, material.vggface2, pack)


@theirs_warns
def test_inswapper_goes_the_same_way(
    random_swapper: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random networks make no good swaps, so the gate is open; all else is the real build."""
    from insightface.app.common import Face as TheirFace
    from insightface.model_zoo.inswapper import INSwapper

    out = tmp_path / "out"
    options = random_swapper.options(out, "--set", "judge.min_margin=-2")
    options[options.index("swap.swapper=blend")] = "swap.swapper=inswapper"
    # Random embeddings are all alike: no two portraits would be two pictures.
    options += ["--set", "enroll.same_picture=1.0", "--set", "judge.require_redetection=false"]
    assert cocopfs(capsys, "build", "trial", *options).code == 0
    rows = samples(out)
    assert len(rows) >= 8
    theirs = INSwapper(str(random_swapper.pack / "inswapper_128.onnx"))
    portraits = {
        portrait.portrait_id: portrait
        for identity in read_rows(out / "private" / "identities.parquet", Identity)
        for portrait in identity.sources
    }
    for row in rows[:3]:
        target = TheirFace(kps=landmarks_of(row))
        source = TheirFace(embedding=unpack_vector(portraits[row.source_portrait].embedding))
        picture = read(random_swapper.coco / row.file_name)
        expected = theirs.get(picture, target, source)
        found = decoded(row.image.bytes)
        encoded = decoded(encode_jpeg(expected, 95))
        assert np.abs(found.astype(int) - encoded.astype(int)).mean() < 0.01


def test_huggingface_datasets_shows_the_pictures(trial: Path, tmp_path: Path) -> None:
    import datasets

    files = [str(file) for file in published_files(trial)]
    loaded = datasets.load_dataset(
        "parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache")
    )
    expected = samples(trial)
    assert len(loaded) == len(expected)
    for row, sample in zip(loaded, expected, strict=True):
        assert row["image"].size == (sample.width, sample.height)
        assert row["name"] == sample.name
        assert tuple(row["captions_in_place"]) == sample.captions_in_place
        pixels = decoded(sample.image.bytes)
        difference = np.abs(np.asarray(row["image"])[..., ::-1].astype(int) - pixels)
        assert difference.max() <= 2, "Pillow's and OpenCV's decoders differ by rounding alone"


def test_the_manifest_names_every_published_file_and_its_hash(trial: Path) -> None:
    import hashlib

    manifest = json.loads((trial / "manifest.json").read_text())
    found = {name: data for name, data in published(trial).items() if name != "manifest.json"}
    assert set(manifest["files"]) == set(found)
    for name, entry in manifest["files"].items():
        assert entry["sha256"] == hashlib.sha256(found[name]).hexdigest()
        assert entry["bytes"] == len(found[name])
    text = (trial / "manifest.json").read_text()
    assert str(trial) not in text
    assert os.uname().nodename not in text


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
        build.run(ALONE, _Removing(path, away), _nobody)
    away.rename(path)
    run(build)
    assert published(tmp_path / "out") == published(trial)


def test_a_folder_of_other_things_is_refused(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("mine")
    ended = cocopfs(capsys, "build", "trial", *material.options(tmp_path))
    assert ended.code == 2
    assert "holds other things" in ended.error
    assert (tmp_path / "README.md").read_text() == "mine"


def test_a_limit_does_not_shrink_a_dataset_by_a_slip(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    before = published(copied)
    ended = cocopfs(capsys, "build", "trial", *material.options(copied, "--limit", 5))
    assert ended.code == 2
    assert "would replace it by a part" in ended.error
    assert published(copied) == before


def test_two_builds_do_not_meet_in_one_folder(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_build(copied / "work"):
        ended = cocopfs(capsys, "build", "trial", *material.options(copied))
    assert ended.code == 2
    assert f"another build is running in {copied} (process {os.getpid()}" in ended.error


def test_a_setting_of_select_reaches_all_who_read_pictures(
    material: Material, tmp_path: Path
) -> None:
    build = trial_build(material, tmp_path / "out", "select.max_pixels=100000")
    run_steps(build, "enroll")
    (plan,) = (
        step for step in trial_build(material, tmp_path / "out").plan() if step.stage == "enroll"
    )
    assert plan.state == "to do"


def test_a_dataset_can_do_without_its_work_folder(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    before = published(copied)
    shutil.rmtree(copied / "work")
    assert "is complete" in cocopfs(capsys, "status", copied).output
    assert cocopfs(capsys, "preview", copied, "--count", 1).code == 0
    (copied / "private" / "preview.png").unlink()
    ended = cocopfs(capsys, "build", "trial", *material.options(copied))
    assert "is gone" in ended.error
    assert published(copied) == before


def test_preview_asks_for_what_it_does_not_find(
    copied: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (copied / "run.json").unlink()
    ended = cocopfs(capsys, "preview", copied)
    assert ended.code == 2
    assert "--coco" in ended.error
    folders = ("--coco", tmp_path / "no", "--vggface2", tmp_path / "no")
    assert cocopfs(capsys, "preview", copied, *folders).code == 2
    (copied / "private" / "identities.parquet").write_bytes(b"no table")
    assert cocopfs(capsys, "preview", copied, *folders).code == 2


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_says_so_and_goes_on(
    trial: Path, material: Material, tmp_path: Path, backend: str, number: signal.Signals
) -> None:
    options = [str(word) for word in material.options(tmp_path / "out")]
    command = [sys.executable, "-m", "cocopfs", "build", "trial", *options]
    command += ["--workers", "2", "--executor", backend]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not (tmp_path / "out" / "work" / ".lock").exists():
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(number)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 130, error
    assert "interrupted: the same command goes on" in error
    run(trial_build(material, tmp_path / "out"))
    assert published(tmp_path / "out") == published(trial)


def upstream(out: Path, stage: str) -> Upstream:
    store = Store(out / "work")
    manifest = store.stage(stage)
    assert manifest is not None
    return Upstream(store, {stage: manifest})


def stage_rejections(out: Path, stage: str) -> list[Rejection]:
    return list(upstream(out, stage).rejections(stage))


def test_steps_ask_for_the_steps_before_them(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "match", "trial", *material.options(tmp_path / "out"))
    assert ended.code == 2
    assert "cocopfs select" in ended.error


@pytest.fixture(scope="session")
def pseudonymous(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trial with invented names, made with a given key."""
    folder = tmp_path_factory.mktemp("pseudonymous")
    (folder / "key").write_text("0123456789abcdef" * 4)
    build = trial_build(material, folder / "out", "caption.names=pseudonym")
    run(replace(build, key_file=folder / "key"))
    return folder / "out"


def test_pseudonyms_hide_who_is_who(trial: Path, pseudonymous: Path, material: Material) -> None:
    real, hidden = samples(trial), samples(pseudonymous)
    assert len(hidden) == len(real)
    people = {row.identity: row.name for row in hidden}
    assert len(set(people.values())) == len(people) == len({row.identity for row in real})
    assert not set(people.values()) & listed_names(material.vggface2)
    known = {row.class_id for row in read_rows(trial / "private" / "identities.parquet", Identity)}
    known |= {row.name for row in real}
    for row in hidden:
        assert row.name in row.captions_in_place[0]
        assert not any(word in repr(row) for word in known)
    for rejection in rejections(pseudonymous):
        assert not any(word in repr(rejection) for word in known)
    for name, data in published(pseudonymous).items():
        if not name.startswith("private/"):
            assert not any(word.encode() in data for word in known), name


def test_the_key_alone_decides_the_pseudonyms(
    pseudonymous: Path, material: Material, tmp_path: Path
) -> None:
    key = pseudonymous.parent / "key"
    again = trial_build(material, tmp_path / "again", "caption.names=pseudonym")
    run(replace(again, key_file=key))
    assert published(tmp_path / "again") == published(pseudonymous)
    drawn = trial_build(material, tmp_path / "drawn", "caption.names=pseudonym")
    run(drawn)
    assert {row.name for row in samples(tmp_path / "drawn")} != {
        row.name for row in samples(pseudonymous)
    }
    before = published(tmp_path / "drawn")
    assert not run(drawn).worked, "the key is drawn once"
    assert published(tmp_path / "drawn") == before


def test_a_key_that_is_none_is_refused(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "key").write_text("secret")
    options = material.options(tmp_path / "out", "--set", "caption.names=pseudonym")
    ended = cocopfs(capsys, "build", "trial", *options, "--key", tmp_path / "key")
    assert ended.code == 2
    assert "hexadecimal" in ended.error


def test_a_contact_sheet_finds_the_portraits_behind_pseudonyms(
    pseudonymous: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "sheet.png"
    assert cocopfs(capsys, "preview", pseudonymous, "--count", 1, "--to", sheet).code == 0
    portrait = read(sheet)[36 + 12 : 36 + 312, 324:624]
    assert portrait.std() > 20, "a missing portrait is a grey tile"


def test_captions_can_be_explained(coco_mini: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--explain", 153797)
    assert ended.code == 0
    assert "in_place" in ended.output
    assert "several_people" in ended.output
    ended = cocopfs(capsys, "caption", "--coco", coco_mini, "--explain", 1)
    assert ended.code == 2
    assert "image 1 is not in the annotations" in ended.error


def test_preview_and_status_tell_of_a_build(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "preview", copied, "--count", "4")
    assert ended.code == 0
    sheet = read(copied / "private" / "preview.png")
    assert sheet.shape[0] > 4 * 300
    ended = cocopfs(capsys, "status", copied)
    assert ended.code == 0
    assert "no_person" in ended.output
    assert "is complete" in ended.output


def test_captions_veto_a_gender_that_they_contradict(
    trial: Path, material: Material, tmp_path: Path
) -> None:
    """Photo 535506 shows a woman from behind her hair; the small network says male."""
    found = {row.item: row for row in rejections(trial) if row.stage == "describe"}
    assert found["535506"].reason is Reason.GENDER_UNCERTAIN
    assert "captions say female" in found["535506"].detail
    build = trial_build(material, tmp_path / "out", "describe.captions_veto=false")
    run_steps(build, "select", "describe")
    assert "535506" not in {row.item for row in stage_rejections(tmp_path / "out", "describe")}
