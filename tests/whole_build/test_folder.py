"""What a build does with the folder that it finds, and what is told of it afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cocopfs.engine.lock import only_build
from tests.command import cocopfs
from tests.material import Material
from tests.whole_build.trial import (
    published,
    read,
    run_steps,
    trial_build,
)

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


def test_a_folder_of_other_things_is_refused(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "work" / "select").mkdir(parents=True)
    (tmp_path / "manifest.json").write_text("{}")
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


def test_a_limit_does_not_shrink_an_unfinished_build(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_steps(trial_build(material, tmp_path / "out"), "select")
    ended = cocopfs(capsys, "build", "trial", *material.options(tmp_path / "out", "--limit", 5))
    assert ended.code == 2
    assert "a build of all photos" in ended.error


def test_two_builds_do_not_meet_in_one_folder(
    copied: Path, material: Material, capsys: pytest.CaptureFixture[str]
) -> None:
    with only_build(copied / "work"):
        ended = cocopfs(capsys, "build", "trial", *material.options(copied))
    assert ended.code == 2
    assert f"another build is running in {copied} (process {os.getpid()}" in ended.error


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
    (copied / "private" / "preview.png").unlink()
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


def test_steps_ask_for_the_steps_before_them(
    material: Material, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = cocopfs(capsys, "match", "trial", *material.options(tmp_path / "out"))
    assert ended.code == 2
    assert "cocopfs select" in ended.error


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


def test_a_limit_is_a_stable_subset(material: Material, tmp_path: Path) -> None:
    from cocopfs.stages.select import index, limited

    photos = list(index(material.coco, None).photos)
    few = {photo.photo_id for photo in limited(photos, 20)}
    more = {photo.photo_id for photo in limited(photos, 50)}
    assert len(few) == 20
    assert few < more
