"""Bad input gets a message that says what, where and what to do, or a rejection with its reason."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import pytest
import yaml
from onnx import TensorProto, helper

from cocopfs.engine.store import Store, Upstream
from cocopfs.records import Reason, Rejection
from tests.command import Ended, cocopfs
from tests.material import Material, edit

Build = Callable[..., Ended]


@pytest.fixture
def build(small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Build:
    """`cocopfs build trial` on the small material; options may follow."""

    def run(*more: object, material: Material = small, step: str = "build") -> Ended:
        return cocopfs(capsys, step, "trial", *material.options(tmp_path / "out", *more))

    return run


def rejected(out: Path, stage: str = "select") -> dict[str, Reason]:
    store = Store(out / "work")
    manifest = store.stage(stage)
    assert manifest is not None
    found: Iterator[Rejection] = Upstream(store, {stage: manifest}).rejections(stage)
    return {row.item: row.reason for row in found}


def test_the_small_material_is_sound(build: Build, tmp_path: Path) -> None:
    ended = build(step="select")
    assert ended.code == 0
    assert rejected(tmp_path / "out") == {}


def test_a_missing_annotation_file(build: Build, small: Material) -> None:
    (small.coco / "annotations" / "captions_val2017.json").unlink()
    ended = build()
    assert ended.code == 2
    assert "captions_val2017.json" in ended.error
    assert "next:" in ended.error


def test_no_annotations_at_all(build: Build, small: Material) -> None:
    shutil.rmtree(small.coco / "annotations")
    ended = build()
    assert ended.code == 2
    assert "annotations" in ended.error


def test_broken_json(build: Build, small: Material) -> None:
    file = small.coco / "annotations" / "instances_val2017.json"
    file.write_text(file.read_text()[:-100])
    ended = build()
    assert ended.code == 2
    assert "instances_val2017.json" in ended.error


def test_captions_without_images(build: Build, small: Material) -> None:
    def change(content: Any) -> None:
        content["annotations"][0]["image_id"] = 987654

    edit(small.coco / "annotations" / "captions_val2017.json", change)
    ended = build()
    assert ended.code == 2
    assert "987654" in ended.error


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:20_000]), Reason.UNREADABLE),
        (lambda path: path.write_bytes(b""), Reason.UNREADABLE),
        (lambda path: path.write_bytes(b"<html>not found</html>"), Reason.UNREADABLE),
        (lambda path: path.unlink(), Reason.MISSING_FILE),
    ],
    ids=["truncated", "empty", "not a picture", "missing"],
)
def test_a_broken_photo_is_rejected_and_the_rest_goes_on(
    build: Build, small: Material, tmp_path: Path, damage: Callable[[Path], Any], reason: Reason
) -> None:
    damage(small.coco / "val2017" / "000000551757.jpg")
    assert build(step="select").code == 0
    assert rejected(tmp_path / "out") == {"551757": reason}


def test_a_file_name_that_leaves_the_folder(build: Build, small: Material, tmp_path: Path) -> None:
    shutil.move(small.coco / "val2017" / "000000551757.jpg", tmp_path / "outside.jpg")

    def change(content: Any) -> None:
        for image in content["images"]:
            if image["id"] == 551757:
                image["file_name"] = "../../outside.jpg"

    edit(small.coco / "annotations" / "instances_val2017.json", change)
    assert build(step="select").code == 0
    assert rejected(tmp_path / "out") == {"551757": Reason.UNSAFE_PATH}


def test_too_many_broken_photos_end_the_run(build: Build, small: Material) -> None:
    (small.coco / "val2017" / "000000551757.jpg").write_bytes(b"")
    ended = build("--set", "runtime.max_failed_share=0.1")
    assert ended.code == 3
    assert "1 of 3 items are broken" in ended.error


def test_an_empty_gallery(build: Build, small: Material) -> None:
    shutil.rmtree(small.vggface2 / "train")
    ended = build()
    assert ended.code == 2
    assert "<id>" in ended.error or "train/" in ended.error


def test_an_identity_with_one_portrait_has_no_reference_left(
    build: Build, small: Material, tmp_path: Path
) -> None:
    _, *others = sorted((small.vggface2 / "train" / "n008937").iterdir())
    for other in others:
        other.unlink()
    assert build(step="enroll").code == 0
    found = rejected(tmp_path / "out", "enroll")
    assert {item: found[item] for item in found if "/" not in item} == {
        "n008937": Reason.FEW_PORTRAITS
    }


@pytest.fixture
def own_pack(small: Material, tmp_path: Path) -> Material:
    pack = tmp_path / "pack"
    shutil.copytree(small.pack, pack)
    return Material(small.coco, small.vggface2, pack)


def test_a_wrong_model_hash_names_both(build: Build, own_pack: Material) -> None:
    paths = {
        "detector": "insightface/models/real-small/det_500m.onnx",
        "recogniser": "insightface/models/real-small/rec_mbf.onnx",
        "gender": "deepface/.deepface/weights/gender_model_weights.onnx",
        "ethnicity": "deepface/.deepface/weights/race_model_single_batch.onnx",
    }
    files = [
        {
            "role": role,
            "path": path,
            "sha256": "0" * 64,
            "size": (own_pack.pack / path).stat().st_size,
            "licence": "research only",
            "source": "https://example.org/models",
        }
        for role, path in paths.items()
    ]
    (own_pack.pack / "pack.yaml").write_text(yaml.safe_dump({"name": "mine", "files": files}))
    ended = build(material=own_pack)
    assert ended.code == 2
    assert "det_500m.onnx" in ended.error
    assert "0" * 64 in ended.error
    import hashlib

    actual = hashlib.sha256((own_pack.pack / paths["detector"]).read_bytes()).hexdigest()
    assert actual in ended.error


def test_a_model_of_the_wrong_shape(build: Build, own_pack: Material) -> None:
    """Three outputs instead of nine, where the layout says a detector must be."""
    weights = own_pack.pack / "deepface" / ".deepface" / "weights"
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 224, 224, 3])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 224, 224, 3])
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", [value], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(weights / "gender_model_weights.onnx"))
    ended = build(material=own_pack)
    assert ended.code == 2
    assert "gender_model_weights.onnx" in ended.error
    assert "expected" in ended.error


def test_a_missing_model_says_where_it_belongs(build: Build, own_pack: Material) -> None:
    (own_pack.pack / "insightface" / "models" / "real-small" / "rec_mbf.onnx").unlink()
    ended = build(material=own_pack)
    assert ended.code == 2
    assert "recogniser" in ended.error


def test_inswapper_needs_an_embedding_that_fits(build: Build) -> None:
    ended = build("--set", "swap.swapper=inswapper")
    assert ended.code == 2
    assert "inswapper" in ended.error


def test_an_unknown_recipe_field(build: Build) -> None:
    ended = build("--set", "select.exclude_licence=[3]")
    assert ended.code == 2
    assert "did you mean select.exclude_licences?" in ended.error


def test_an_unknown_recipe(
    small: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "build", "coco-pf", *small.options(tmp_path / "out"))
    assert ended.code == 2
    assert "coco-pfs" in ended.error


def test_an_output_inside_a_file(small: Material, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("")
    ended = cocopfs(capsys, "build", "trial", *small.options(tmp_path / "file" / "out"))
    assert ended.code == 2
    assert "file" in ended.error
    assert "folder" in ended.error


_REFUSED = ("caption.template=nope", "select.subsets=[nope]")


@pytest.mark.parametrize("setting", _REFUSED)
def test_what_is_refused_leaves_no_folder(build: Build, tmp_path: Path, setting: str) -> None:
    ended = build("--set", setting)
    assert ended.code == 2
    assert "nope" in ended.error
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("setting", _REFUSED)
def test_nothing_is_said_to_be_replaced_before_it_is(
    copied: Path, small: Material, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    begun = (copied / "work" / "build.json").read_bytes()
    ended = cocopfs(capsys, "build", "trial", *small.options(copied, "--set", setting))
    assert ended.code == 2
    assert "is replaced" not in ended.error
    assert (copied / "work" / "build.json").read_bytes() == begun


def test_a_sheet_of_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "preview", tmp_path / "nope")
    assert ended.code == 2
    assert f"there is no folder {tmp_path / 'nope'}" in ended.error
    assert "next: cocopfs build" in ended.error
    (tmp_path / "nope").mkdir()
    ended = cocopfs(capsys, "preview", tmp_path / "nope")
    assert "nothing was built in" in ended.error


@pytest.mark.parametrize(
    "words", [("preview", "--to", "a.png"), ("export", "--format", "coco", "--out", "a")]
)
def test_what_is_to_be_written_inside_a_file(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("")
    command, *options, name = words
    if command == "export":
        cocopfs(capsys, "models", "accept", "--yes", copied)
    ended = cocopfs(capsys, command, copied, *options, tmp_path / "file" / name)
    assert ended.code == 2
    assert "cannot be made, or is no folder" in ended.error
    assert f"with {options[-1]}" in ended.error


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_that_may_not_be_written(small: Material, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    ended = cocopfs(capsys, "build", "trial", *small.options(tmp_path / "closed" / "out"))
    assert ended.code == 2
    assert "--out" in ended.error


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or not _succeeds(mount):
        pytest.skip("this machine lets nobody mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_ends_the_run_as_incomplete(
    small: Material, tiny_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tiny_disk / "out"
    ended = cocopfs(capsys, "build", "trial", *small.options(out))
    assert ended.code == 4
    assert "No space left on device" in ended.error
    assert "same command again" in ended.error
    assert not list(out.rglob("*.partial"))
    subprocess.run(["mount", "-o", "remount,size=20m", str(tiny_disk)], check=True)
    assert cocopfs(capsys, "build", "trial", *small.options(out)).code == 0
