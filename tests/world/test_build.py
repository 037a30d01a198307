"""The ordinary build on a drawn world, with networks that know only real people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cocopfs.audit.contact_sheet import published_files
from cocopfs.engine.store import read_rows
from cocopfs.records import Reason, Rejection, Sample
from cocopfs.world.kinds import kind_of
from tests.command import cocopfs


def test_the_trial_runs_on_a_drawn_world(
    real_small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world, out = tmp_path / "world", tmp_path / "out"
    size = ("--photos", 24, "--identities", 8, "--portraits", 6, "--seed", 1, "--workers", 2)
    assert cocopfs(capsys, "world", world, *size).code == 0
    folders = ("--coco", world / "coco", "--vggface2", world / "vggface2", "--pack", real_small)
    ended = cocopfs(
        capsys,
        *("build", "trial", *folders, "--out", out, "--device", "cpu"),
        *("--set", "swap.swapper=blend", "--set", "select.exclude_licences=[3, 6]"),
    )
    assert ended.code == 0, ended.error
    rows = [row for file in published_files(out) for row in read_rows(file, Sample)]
    rejected = {
        int(row.item): row
        for row in read_rows(out / "rejections.parquet", Rejection)
        if row.kind == "photo"
    }
    drawn = {photo: kind_of(photo) for photo in range(1, 25)}
    # A network of real people is unsure of some drawn faces' gender; all else is as drawn.
    for photo, kind in drawn.items():
        if kind.refusal is not None:
            assert rejected[photo].reason is kind.refusal
        elif photo in rejected:
            assert rejected[photo].reason is Reason.GENDER_UNCERTAIN
    assert len({row.coco_image_id for row in rows}) >= 6
    assert all(row.similarity > row.residual_similarity for row in rows)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["photos"]["read"] == 24


def test_a_folder_in_use_is_not_drawn_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    ended = cocopfs(capsys, "world", tmp_path, "--photos", 1, "--identities", 1)
    assert ended.code == 2
    assert "is not empty" in ended.error
