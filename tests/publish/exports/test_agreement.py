"""The same pictures and captions in all formats, whoever opens them."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.publish.exports.making import make
from tests.publish.published import rows

Told = dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]
"""By sample id: the picture's sha256, captions as they were, captions with the name."""


def expected() -> Told:
    return {
        row.sample_id: (sha256(row.image.bytes), row.captions, row.captions_in_place)
        for own in rows().values()
        for row in own
    }


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_pandas_opens_parquet(dataset: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    make(dataset, "parquet", tmp_path / "out")
    files = sorted((tmp_path / "out" / "data").glob("*.parquet"))
    table = pandas.concat([pandas.read_parquet(file) for file in files])
    assert {
        row.sample_id: (
            sha256(row.image["bytes"]),
            tuple(row.captions),
            tuple(row.captions_in_place),
        )
        for row in table.itertuples()
    } == expected()


def test_duckdb_opens_parquet(dataset: Path, tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    make(dataset, "parquet", tmp_path / "out")
    found = duckdb.sql(
        "select sample_id, sha256(image.bytes), captions, captions_in_place "
        f"from '{tmp_path}/out/data/*.parquet'"
    ).fetchall()
    assert {key: (digest, tuple(a), tuple(b)) for key, digest, a, b in found} == expected()


def test_tars_hold_the_same(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "webdataset", tmp_path / "out")
    found: Told = {}
    for path in sorted((tmp_path / "out").glob("*.tar")):
        with tarfile.open(path) as tar:
            files = {m.name: (tar.extractfile(m) or io.BytesIO()).read() for m in tar}
        for name, data in files.items():
            if name.endswith(".json"):
                told = json.loads(data)
                found[told["sample_id"]] = (
                    sha256(files[name.removesuffix("json") + "jpg"]),
                    tuple(told["captions"]),
                    tuple(told["captions_in_place"]),
                )
    assert found == expected()


def test_coco_holds_the_same(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "coco", tmp_path / "out")
    found: Told = {}
    for path in sorted((tmp_path / "out" / "annotations").glob("captions_*.json")):
        told = json.loads(path.read_text())
        split = path.stem.removeprefix("captions_")
        for image in told["images"]:
            own = [each for each in told["annotations"] if each["image_id"] == image["id"]]
            picture = tmp_path / "out" / "images" / split / image["file_name"]
            found[image["sample_id"]] = (
                sha256(picture.read_bytes()),
                tuple(each["original_caption"] for each in own),
                tuple(each["caption"] for each in own),
            )
    assert found == expected()


def test_the_references_layout_holds_the_same_pictures(dataset: Path, tmp_path: Path) -> None:
    make(dataset, "idclip", tmp_path / "out")
    found = {sha256(path.read_bytes()) for path in (tmp_path / "out").rglob("*.jpg")}
    assert found == {picture for picture, *_ in expected().values()}
