"""An export's card speaks of what is in the export, and its code runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.publish.dataset import open_published, rows_digest
from cocopfs.publish.exports.export import Plan, export
from cocopfs.publish.exports.view import View
from cocopfs.publish.layout import LEAK, FeatureKind, Format
from cocopfs.recipe import PublishPart, Recipe
from cocopfs.records import Sample
from tests.publish.exports.making import contents, make, silent
from tests.publish.published import write_dataset

FORMATS: tuple[Format, ...] = get_args(Format)
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
FILE = re.compile(r"`([\w./-]+\.(?:json|parquet|md|csv|html|tar)|SHA256SUMS)`")
CHANGES = [{"version": 2, "date": "2026-03-04", "identities": 1, "photos": 0, "rows": 5}]


class Noise:
    """Features of somebody."""

    def of(self, rows: list[Sample]) -> NDArray[np.float32]:
        return np.ones((len(rows), 512), np.float32)


def card(folder: Path) -> str:
    return (folder / "README.md").read_text("utf-8")


def idclip(dataset: Path, target: Path, kind: FeatureKind) -> str:
    view = View(open_published(dataset), None)
    export(Plan(view, "idclip", features=(kind, Noise())), target, silent())
    return card(target)


@pytest.mark.parametrize("layout", ["parquet", "webdataset"])
def test_the_cards_code_opens_each_split_by_itself(
    dataset: Path, tmp_path: Path, layout: Format
) -> None:
    pytest.importorskip("datasets")
    make(dataset, layout, tmp_path / "out", rows_per_tar=2)
    (code,) = CODE.findall(card(tmp_path / "out"))
    code += "\nimport json\nprint(json.dumps([len(rows), {k: len(v) for k, v in dataset.items()}]))"
    homes = {"HF_HOME": str(tmp_path / "home"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "out",
        env={**os.environ, **homes},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == [5, {"train": 5, "validation": 2, "test": 3}]


def test_an_empty_dataset_has_no_code(tmp_path: Path) -> None:
    make(write_dataset(tmp_path / "dataset", {}), "parquet", tmp_path / "out")
    assert not CODE.findall(card(tmp_path / "out"))


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("embeddings", ["none", "inline", "separate"])
def test_a_card_names_no_file_that_is_not_there(
    tmp_path: Path, layout: Format, embeddings: Any
) -> None:
    recipe = Recipe(name="x", publish=PublishPart(embeddings=embeddings))
    dataset = write_dataset(tmp_path / "dataset", recipe=recipe, changes=CHANGES, dataset_version=2)
    if layout == "parquet":  # what a build has beside the made-up files
        _publish(dataset, "embeddings.parquet", "CHANGELOG.md")
    make(dataset, layout, tmp_path / "out")
    named = set(FILE.findall(card(tmp_path / "out")))
    assert "CHANGELOG.md" in named
    assert not [name for name in named if not (tmp_path / "out" / name).exists()]


def _publish(dataset: Path, *names: str) -> None:
    manifest = json.loads((dataset / "manifest.json").read_text())
    for name in names:
        (dataset / name).write_bytes(b"")
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        manifest["files"][name] = {"sha256": empty, "bytes": 0}
    (dataset / "manifest.json").write_text(json.dumps(manifest))


def test_only_formats_with_the_columns_describe_them(dataset: Path, tmp_path: Path) -> None:
    for layout in FORMATS:
        make(dataset, layout, tmp_path / layout)
        has_columns = layout in ("parquet", "webdataset")
        assert ("`residual_similarity` |" in card(tmp_path / layout)) == has_columns
        assert ("The column" in card(tmp_path / layout)) is False


def test_whose_faces_the_features_are_is_on_the_card(dataset: Path, tmp_path: Path) -> None:
    reference = idclip(dataset, tmp_path / "reference", "reference")
    assert "**reference** portrait" in reference
    assert LEAK not in reference
    assert "embeddings of the reference portraits are published" in reference, "biometric data"
    swapped = idclip(dataset, tmp_path / "swapped", "swapped")
    assert "**swapped** face" in swapped
    assert LEAK in swapped
    assert "Embeddings of the swapped faces" in swapped
    make(dataset, "coco", tmp_path / "coco")
    assert "biometric" not in card(tmp_path / "coco")


def test_an_audit_that_changed_makes_another_card(tmp_path: Path) -> None:
    dataset, target = write_dataset(tmp_path / "dataset"), tmp_path / "out"
    make(dataset, "coco", target)
    assert "## Audit" not in card(target)
    audit: dict[str, Any] = {
        "dataset": {"rows": rows_digest(open_published(dataset).files)},
        "samples": 10,
        "figures": {},
        "groups": [],
        "checks": [],
        "left_out": [],
    }
    verified = {"mean": 0.5, "low": None, "high": None}
    (dataset / "audit").mkdir()
    for told, shown in (
        ({}, "looked at 10 samples"),
        ({"judge": {"independent": True, "verified": verified}}, "an independent recogniser"),
    ):
        (dataset / "audit" / "audit.json").write_text(json.dumps({**audit, **told}))
        assert make(dataset, "coco", target).worked
        assert shown in card(target)
        assert not make(dataset, "coco", target).worked
    (dataset / "audit" / "audit.json").unlink()
    assert make(dataset, "coco", target).worked
    assert "## Audit" not in card(target)


@pytest.mark.parametrize("layout", ["webdataset", "coco", "idclip"])
def test_a_removal_is_told_in_every_export(tmp_path: Path, layout: Format) -> None:
    dataset = write_dataset(tmp_path / "dataset", changes=CHANGES, dataset_version=2)
    make(dataset, layout, tmp_path / "out")
    found = contents(tmp_path / "out")
    assert b"## Version 2, 2026-03-04" in found["CHANGELOG.md"]
    assert b"CHANGELOG.md" in found["SHA256SUMS"]
    assert "| dataset's version | 2 |" in card(tmp_path / "out")
    assert "1 identity left the dataset on request, with 5 rows." in card(tmp_path / "out")
    assert json.loads(found["export.json"])["dataset"]["version"] == 2
