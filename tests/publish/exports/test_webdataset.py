"""The tar files are WebDataset's, and the same for everybody."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cocopfs.records import Split
from tests.publish.exports.making import make
from tests.publish.published import rows, write_dataset

ORACLE = Path(__file__).with_name("webdataset_oracle.py")


def read(tars: list[str]) -> list[dict[str, Any]]:
    if importlib.util.find_spec("webdataset") is None:
        pytest.skip("webdataset is not installed")
    done = subprocess.run([sys.executable, ORACLE, *tars], capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_webdataset_reads_every_sample(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "webdataset", tmp_path / "out", rows_per_tar=2)
    tars = []
    for split, own in rows().items():
        tars += (found := sorted(str(path) for path in (tmp_path / "out").glob(f"{split}-*.tar")))
        assert len(found) == (len(own) + 1) // 2
    samples = read(tars)
    expected = [row for own in rows().values() for row in own]
    assert [each["key"] for each in samples] == [row.sample_id for row in expected]
    for each, row in zip(samples, expected, strict=True):
        assert each["jpg"] == hashlib.sha256(row.image.bytes).hexdigest()
        columns = each["json"]
        assert columns["captions_in_place"] == list(row.captions_in_place)
        assert columns["name"] == row.name
        assert columns["similarity"] == row.similarity
        assert "image" not in columns


def test_the_members_have_no_time_and_no_owner(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "webdataset", tmp_path / "out")
    with tarfile.open(tmp_path / "out" / "train-000000.tar") as tar:
        for member in tar:
            assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
            assert member.uname == member.gname == ""


def test_a_dot_in_an_id_does_not_cut_it(tmp_path: Path) -> None:
    content = rows()
    content[Split.TEST] = [
        replace(row, sample_id=f"{row.coco_image_id}_Dr. {number}%")
        for number, row in enumerate(content[Split.TEST])
    ]
    make(write_dataset(tmp_path / "dataset", content), "webdataset", tmp_path / "out")
    found = read([str(tmp_path / "out" / "test-000000.tar")])
    assert [each["json"]["sample_id"] for each in found] == [
        row.sample_id for row in content[Split.TEST]
    ]
