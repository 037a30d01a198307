"""The published rows open in every tool, and are the same bytes for the same rows."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from cocopfs.publish.parquet import read_samples, write_samples
from cocopfs.records import Sample
from tests.publish.samples import sample

ROWS = 25
COLUMNS = [field.name for field in dataclasses.fields(Sample)]


@pytest.fixture(scope="module")
def rows() -> list[Sample]:
    return [sample(number) for number in range(ROWS)]


@pytest.fixture(scope="module")
def file(rows: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("published") / "train-00000-of-00001.parquet"
    assert write_samples(path, rows, rows_per_group=10) == ROWS
    return path


def written(rows: Iterator[Sample] | list[Sample], rows_per_group: int) -> bytes:
    file = io.BytesIO()
    write_samples(file, rows, rows_per_group=rows_per_group)
    return file.getvalue()


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_shows_pictures(
    file: Path, rows: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streaming: bool
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    opened = datasets.load_dataset(
        "parquet",
        data_files={"train": str(file)},
        split="train",
        streaming=streaming,
        cache_dir=str(tmp_path),
    )
    assert list(opened.features) == COLUMNS
    assert opened.features["image"] == datasets.Image()
    found = list(opened)
    assert len(found) == ROWS
    for shown, row in zip(found, rows, strict=True):
        expected = np.asarray(Image.open(io.BytesIO(row.image.bytes)))
        np.testing.assert_array_equal(np.asarray(shown["image"]), expected)
        assert shown["captions"] == list(row.captions)
        assert shown["captions_in_place_tok"] == list(row.captions_in_place_tok)
        assert (shown["gender"], shown["ethnicity"]) == (row.gender, row.ethnicity)
        assert (shown["redetected"], shown["similarity"]) == (row.redetected, row.similarity)


def test_pandas_reads_it(file: Path, rows: list[Sample]) -> None:
    frame = pytest.importorskip("pandas").read_parquet(file)
    assert list(frame.columns) == COLUMNS
    assert frame["coco_image_id"].tolist() == [row.coco_image_id for row in rows]
    assert frame["image"][7] == {"bytes": rows[7].image.bytes, "path": rows[7].image.path}
    assert list(frame["captions"][7]) == list(rows[7].captions)


def test_rows_are_read_back(file: Path, rows: list[Sample]) -> None:
    assert list(read_samples(file)) == rows


def test_another_table_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"sample_id": ["1"]}), other)
    with pytest.raises(ValueError, match=r"other\.parquet is not a file of samples"):
        list(read_samples(other))


@pytest.mark.parametrize(
    ("rows_per_group", "groups"), [(10, [10, 10, 5]), (25, [25]), (100, [25]), (1, [1] * 25)]
)
def test_row_groups_are_of_equal_rows(
    rows: list[Sample], rows_per_group: int, groups: list[int]
) -> None:
    found = pq.read_metadata(io.BytesIO(written(rows, rows_per_group)))
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == groups


def test_pictures_are_stored_as_they_are_and_all_else_is_compressed(
    file: Path, rows: list[Sample]
) -> None:
    found = pq.read_metadata(file)
    group = found.row_group(0)
    for number in range(group.num_columns):
        column = group.column(number)
        assert column.has_offset_index, column.path_in_schema
        is_picture = column.path_in_schema == "image.bytes"
        assert column.compression == ("UNCOMPRESSED" if is_picture else "ZSTD")
        assert column.is_stats_set != is_picture, column.path_in_schema
        if is_picture:
            assert "RLE_DICTIONARY" not in column.encodings
    data = file.read_bytes()
    assert all(data.count(row.image.bytes) == 1 for row in rows)


def test_the_same_rows_are_the_same_bytes(rows: list[Sample]) -> None:
    first = written(rows, 10)
    assert written(iter(rows), 10) == first
    assert written((sample(number) for number in range(ROWS)), 10) == first
    changed = [dataclasses.replace(rows[0], name="another"), *rows[1:]]
    assert written(changed, 10) != first


def test_rows_are_written_before_all_of_them_are_asked_for(rows: list[Sample]) -> None:
    file = io.BytesIO()
    written_before = []

    def one_by_one() -> Iterator[Sample]:
        for row in rows:
            written_before.append(file.tell())
            yield row

    write_samples(file, one_by_one(), rows_per_group=5)
    pictures = [len(row.image.bytes) for row in rows]
    for number in range(0, ROWS, 5):
        assert written_before[number] >= sum(pictures[:number])


def test_no_rows_are_a_file_of_no_rows() -> None:
    data = written([], 10)
    assert pq.read_table(io.BytesIO(data)).num_rows == 0
    assert pq.read_schema(io.BytesIO(data)).names == COLUMNS
