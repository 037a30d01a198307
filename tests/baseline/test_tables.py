"""Cells of the baseline's tables, and the command's refusals: no torch is needed for either."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cocopfs.audit.bootstrap import Interval
from cocopfs.baseline import tables
from cocopfs.baseline.results import EntityMethod, Method
from cocopfs.commands.baseline import baseline_part
from cocopfs.errors import UsageError
from tests.audit.synthetic import write_synthetic
from tests.command import cocopfs

SURE = Interval(0.5, 0.25, 0.7512, 40, 8)
ALONE = Interval(0.125, None, None, 3, 3)
NONE = Interval(None, None, None, 0, 0)


def _method(key: str, image_to_text: bool) -> Method:
    found = {1: SURE, 5: ALONE, 10: NONE, 50: SURE}
    return Method(key, key.upper(), "a note", SURE, found, found if image_to_text else {})


def test_cells_of_the_comparison() -> None:
    table = tables.methods_table([_method("clip", True), _method("id-clip", False)])
    assert table.head[:3] == ("method", "id@5", "t2i R@1")
    assert table.head[-1] == "i2t R@50"
    shares = ("50.0% [25.0, 75.1]", "12.5%", "–", "50.0% [25.0, 75.1]")
    assert table.rows[0].cells == ("50.0% [25.0, 75.1]", *shares, *shares)
    assert table.rows[1].cells[-4:] == ("–",) * 4
    assert [row.strong for row in table.rows] == [False, True]
    assert len({len(row.cells) for row in table.rows} | {len(table.head) - 1}) == 1


def test_the_short_table_has_one_interval() -> None:
    table = tables.short_methods_table([_method("clip", True)])
    assert table.rows[0].cells == ("50.0% [25.0, 75.1]", "50.0%", "12.5%", "–", "50.0%")
    assert len(table.head) == 1 + len(table.rows[0].cells)


def test_identities_alone() -> None:
    row = EntityMethod("oracle", "face oracle", {1: SURE, 5: SURE, 10: SURE, 50: SURE}, SURE, ALONE)
    table = tables.entities_table([row])
    assert table.rows[0].cells[-2:] == ("50.0% [25.0, 75.1]", "12.5%")
    assert len(table.head) == 1 + len(table.rows[0].cells)


def test_the_published_figures_are_complete() -> None:
    for table in tables.published_tables().values():
        assert all(len(row.cells) == len(table.head) - 1 for row in table.rows)
    rows = {row.label: row.cells for row in tables.published_tables()["in_context"].rows}
    assert rows["TOK, best single template, VPT 5"] == ("43.2%", "71.2%", "80.8%", "96.7%")
    assert rows["TOK in place of the entity, no VPT"] == ("36.3%", "66.6%", "77.8%", "95.2%")
    assert len(rows) == 10


# --- the command, before any network is read ------------------------------------------------------


def test_settings_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"match\.splits=coco' is none of the baseline's"):
        baseline_part(tmp_path, "coco-pfs", ["match.splits=coco"])


def test_settings_are_those_of_the_recipe_that_is_named(tmp_path: Path) -> None:
    assert baseline_part(tmp_path, "coco-pfs", ["baseline.seeds=7"]).seeds == 7
    with pytest.raises(UsageError, match="epochs"):
        baseline_part(tmp_path, "coco-pfs", ["baseline.epochs=0"])


def test_a_recipe_of_ones_own_must_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = write_synthetic(tmp_path, 2, 2).out
    ended = cocopfs(capsys, "train-baseline", out)
    assert ended.code == 2
    assert "was built by a recipe of your own, synthetic" in ended.error
    assert "--recipe FILE.yaml" in ended.error


def test_a_folder_without_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = cocopfs(capsys, "train-baseline", tmp_path)
    assert ended.code == 2
    assert "holds no complete dataset" in ended.error


def test_without_torch_the_extra_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for command in (["train-baseline", tmp_path], ["search", tmp_path, "a dog"]):
        ended = cocopfs(capsys, *command, "--recipe", "coco-pfs")
        assert ended.code == 2
        assert "the baseline needs torch and transformers" in ended.error
        assert "[train]" in ended.error
