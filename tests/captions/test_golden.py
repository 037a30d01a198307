"""Real captions against what a person expects of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from cocopfs.captions.enrich import enrich
from cocopfs.captions.template import load_template
from cocopfs.records import Caption, Gender

NATURAL = load_template("natural")
GOLDEN = yaml.safe_load(Path(__file__).with_name("golden.yaml").read_text("utf-8"))


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: str(row["id"]))
def test_a_caption_reads_as_expected(row: dict[str, Any]) -> None:
    gender = Gender(row["gender"]) if "gender" in row else None
    found = enrich(Caption(row["id"], row["caption"]), "N", NATURAL, 0, gender)
    if "prefix" in row:
        assert found.reason == row["prefix"]
    else:
        assert found.reason is None
        assert (found.in_place, found.in_parentheses) == (row["in"], row["after"])


def test_the_captions_are_real(real_captions: Path, coco_mini: Path) -> None:
    files = [real_captions, *(coco_mini / "annotations").glob("captions_*.json")]
    real = {
        row["id"]: row["caption"]
        for file in files
        for row in json.loads(file.read_text("utf-8"))["annotations"]
    }
    quoted = [row for row in GOLDEN if not row.get("made")]
    assert len(quoted) > 120
    assert [row for row in quoted if real.get(row["id"]) != row["caption"]] == []
