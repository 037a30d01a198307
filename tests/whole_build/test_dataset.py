"""The whole path on real photographs with real networks, from annotations to Parquet."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.store import read_rows
from cocopfs.publish.mark import read_mark
from cocopfs.recipe import load_recipe
from cocopfs.records import (
    Figures,
    Identity,
    ItemKind,
    Reason,
    SwapFigures,
    unpack_vector,
)
from cocopfs.stages.jpeg import encode_jpeg
from cocopfs.stages.judge import fault
from tests.command import cocopfs
from tests.faces.graphs import write_inswapper, write_recogniser
from tests.material import Material
from tests.whole_build.trial import (
    decoded,
    landmarks_of,
    published,
    read,
    rejections,
    run,
    samples,
    trial_build,
)

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

# insightface's own alignment calls what scikit-image will remove.
theirs_warns = pytest.mark.filterwarnings("ignore:`estimate` is deprecated:FutureWarning")


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


def opened_gate(*more: str) -> list[str]:
    """Options with which no swap is rejected for its picture."""
    limits = ("landmark_error", "pose_difference", "colour_difference")
    settings = [f"judge.max_{name}=null" for name in limits]
    settings += ["judge.min_sharpness=null", "judge.require_redetection=false", *more]
    return [part for setting in settings for part in ("--set", setting)]


@theirs_warns
def test_inswapper_goes_the_same_way(
    random_swapper: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Random networks make no good swaps, so the gate is open; all else is the real build."""
    from insightface.app.common import Face as TheirFace
    from insightface.model_zoo.inswapper import INSwapper

    out = tmp_path / "out"
    options = random_swapper.options(out, *opened_gate("judge.min_margin=-2"))
    options[options.index("swap.swapper=blend")] = "swap.swapper=inswapper"
    # Random embeddings are all alike: no two portraits would be two pictures.
    options += ["--set", "enroll.same_picture=1.0"]
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


def test_the_figures_of_every_row_are_within_the_recipes_limits(trial: Path) -> None:
    gate = load_recipe("trial", ["swap.swapper=blend"]).judge
    rows = samples(trial)
    for row in rows:
        figures = Figures(**{name: getattr(row, name) for name in Figures.__slots__})
        swap = SwapFigures(
            row.sample_id, row.coco_image_id, row.identity, row.gender, row.ethnicity, figures
        )
        assert fault(swap, gate, {}) is None
        assert figures.margin == figures.similarity - figures.residual_similarity
        assert (figures.outside_psnr, figures.outside_ssim) == (100, 1)
        assert row.small_face == (row.face_size < gate.small_face)
    assert {row.small_face for row in rows} == {True, False}


def test_the_manifest_counts_how_the_gate_treated_each_group(trial: Path) -> None:
    manifest = json.loads((trial / "manifest.json").read_text())
    rejected = Counter(
        row.reason
        for row in rejections(trial)
        if row.stage == "judge" and row.kind is ItemKind.SAMPLE
    )
    found: Counter[str] = Counter()
    for group in manifest["gate"]:
        assert group["gender"] in ("female", "male")
        assert group["judged"] == group["accepted"] + sum(group["rejected"].values())
        found.update(group["rejected"])
    assert found == rejected
    assert sum(group["accepted"] for group in manifest["gate"]) == len(samples(trial))
    accepted = Counter(row.gender for row in samples(trial))
    by_gender: Counter[str] = Counter()
    for group in manifest["gate"]:
        by_gender[group["gender"]] += group["accepted"]
    assert by_gender == {str(gender): count for gender, count in accepted.items()}


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
