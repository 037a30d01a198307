"""`croissant.json` is valid, and the rows are found by it."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cocopfs.publish.card import column_descriptions
from cocopfs.publish.croissant import render_croissant
from cocopfs.recipe import PublishPart, Recipe
from tests.publish.exports.making import make
from tests.publish.published import manifest, rows, write_dataset

ORACLE = Path(__file__).with_name("croissant_oracle.py")


def ask(path: Path) -> dict[str, Any]:
    if importlib.util.find_spec("mlcroissant") is None:
        pytest.skip("mlcroissant is not installed")
    done = subprocess.run(
        [sys.executable, "-I", ORACLE, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_mlcroissant_validates_it_and_reads_the_rows(tmp_path: Path) -> None:
    recipe = Recipe(name="x", publish=PublishPart(contact="removal@lab.example"))
    dataset = write_dataset(tmp_path / "dataset", recipe=recipe)
    make(dataset, "parquet", tmp_path / "out")
    found = ask(tmp_path / "out" / "croissant.json")
    assert found["errors"] == []
    # Nobody knows when a build is published, and the same build gives the same bytes.
    assert [each for each in found["warnings"] if "datePublished" not in each] == []
    assert found["name"] == "COCO-PFS"
    assert any("less accurate on some groups" in each for each in found["biases"])
    assert any("network's guesses" in each for each in found["limitations"])
    assert any("real names" in each for each in found["personal"])
    assert any("retrieval" in each for each in found["use_cases"])
    assert "COCO 2017" in found["collection"]
    assert "removal@lab.example" in found["maintenance"]
    expected = {row.sample_id: row for own in rows().values() for row in own}
    assert {each["sample_id"] for each in found["records"]} == expected.keys()
    for each in found["records"]:
        row = expected[each["sample_id"]]
        assert each["captions"] == list(row.captions_in_place)
        assert each["width"] == row.width
        with Image.open(io.BytesIO(row.image.bytes)) as picture:
            assert each["pixels"] == hashlib.sha256(picture.convert("RGB").tobytes()).hexdigest()
    for name, sha256 in found["files"].items():
        if sha256 is not None:
            data = (tmp_path / "out" / name).read_bytes()
            assert hashlib.sha256(data).hexdigest() == sha256


def test_nothing_is_promised_of_an_empty_dataset() -> None:
    told = json.loads(render_croissant({**manifest(), "splits": {}}, {}))
    assert "recordSet" not in told
    assert told["distribution"] == []


def test_every_column_is_a_field() -> None:
    told = json.loads(render_croissant(manifest(), {}))
    (records,) = told["recordSet"]
    assert [field["name"] for field in records["field"]] == list(column_descriptions())


def test_a_removal_is_another_version() -> None:
    change = {"version": 2, "date": "2026-03-04", "identities": 1, "photos": 0, "rows": 5}
    facts = manifest()
    before = json.loads(render_croissant(facts, {}))
    after = json.loads(render_croissant({**facts, "dataset_version": 2, "changes": [change]}, {}))
    assert before["version"] == f"1.0.0+{facts['recipe_digest'][:12]}"
    assert after["version"] == f"2.0.0+{facts['recipe_digest'][:12]}"
    assert "dateModified" not in before
    assert after["dateModified"] == "2026-03-04"


def test_text_from_outside_stays_a_value() -> None:
    facts = manifest(Recipe(name="x", publish=PublishPart(title='"},{"@type": "evil')))
    told = json.loads(render_croissant(facts, {}))
    assert told["name"] == '"},{"@type": "evil'
