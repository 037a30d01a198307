"""A sample made anew from the originals."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cocopfs.records import Sample
from cocopfs.verify.recompute import draw
from tests.command import cocopfs
from tests.material import edit
from tests.verify.damage import broken, rewrite, verified, with_first

pytestmark = pytest.mark.xdist_group("trial")

ANEW = "a sample made anew from the originals is the published one"
PEOPLE = "identities enrolled anew are those of private/"


def test_the_whole_dataset_made_anew_is_the_same_in_every_byte(trial: Path) -> None:
    found = verified(trial, 1.0)
    assert found.broken == 0
    checks = {check.promise: check for check in found.checks}
    assert checks[ANEW].tried == 10
    assert checks[PEOPLE].tried == 5
    assert checks[ANEW].left_out is None


def test_it_needs_no_work_folder(copied: Path) -> None:
    shutil.rmtree(copied / "work")
    assert verified(copied, 1.0).broken == 0


def test_with_pseudonyms(pseudonymous: Path) -> None:
    found = verified(pseudonymous, 1.0)
    assert broken(found) == {}


def test_a_figure_that_nobody_measured_is_found(copied: Path) -> None:
    def change(row: Sample) -> Sample:
        return replace(row, similarity=row.similarity + 1e-9, margin=row.margin + 1e-9)

    rewrite(copied, with_first(change))
    assert "similarity" in broken(verified(copied, 1.0))[ANEW][0]


def test_on_another_stack_a_stated_tolerance_holds(copied: Path) -> None:
    def older(manifest: Any) -> None:
        manifest["stack"]["libraries"]["onnxruntime"] = "1.0"

    def little(row: Sample) -> Sample:
        return replace(row, similarity=row.similarity + 1e-4, margin=row.margin + 1e-4)

    def much(row: Sample) -> Sample:
        return replace(row, similarity=row.similarity - 0.1, margin=row.margin - 0.1)

    edit(copied / "manifest.json", older)
    rewrite(copied, with_first(little))
    found = verified(copied, 1.0)
    assert ANEW not in broken(found)
    (check,) = (check for check in found.checks if check.promise == ANEW)
    assert check.left_out is not None
    assert "another stack" in check.left_out
    assert "within" in check.left_out
    rewrite(copied, with_first(much))
    assert "similarity" in broken(verified(copied, 1.0))[ANEW][0]


def test_originals_that_are_gone_are_named(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def moved(runs: Any) -> None:
        runs[-1]["coco"] = str(tmp_path / "nowhere")

    edit(copied / "run.json", moved)
    ended = cocopfs(capsys, "verify", copied, "--recompute", "10%")
    assert ended.code == 2
    assert "nowhere" in ended.error
    assert "--coco" in ended.error


@pytest.mark.parametrize("share", ["1", "0%", "101%", "x%", "nan%", ""])
def test_a_share_that_is_none(trial: Path, share: str, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "verify", trial, "--recompute", share)
    assert ended.code == 2
    assert "is no share" in ended.error


def test_a_larger_share_adds_to_a_smaller_one() -> None:
    items = [f"n{number:06d}" for number in range(1000)]
    few, more = draw(items, 0.01), draw(items, 0.02)
    assert (len(few), len(more)) == (10, 20)
    assert more[:10] == few
    assert draw(reversed(items), 0.01) == few
    assert len(draw(["one"], 0.01)) == 1
