"""A picture tells that it was swapped, and leads back to its row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from cocopfs.errors import UsageError
from cocopfs.publish.dataset import open_published
from cocopfs.publish.inspect import Likeness, find_row, read_picture_mark
from cocopfs.publish.mark import Mark, opaque_id, write_mark
from cocopfs.recipe import CaptionPart, Recipe
from cocopfs.records import EncodedImage, Split
from tests.command import cocopfs
from tests.publish.published import rows, write_dataset
from tests.publish.samples import jpeg

ROW = rows()[Split.TEST][1]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "found somewhere.jpg"
    path.write_bytes(ROW.image.bytes)
    return path


def test_the_command_tells_mark_and_row(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = write_dataset(tmp_path / "dataset")
    ended = cocopfs(capsys, "inspect", picture)
    assert ended.code == 0
    assert "compositeWithTrainedAlgorithmicMedia" in ended.output
    ended = cocopfs(capsys, "inspect", picture, "--dataset", dataset)
    for told in (ROW.sample_id, ROW.name, ROW.file_name, ROW.licence_name, "byte for byte"):
        assert told in ended.output


def test_originals_carry_no_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(1))
    ended = cocopfs(capsys, "inspect", tmp_path / "photo.jpg", "--dataset", write_dataset(tmp_path))
    assert ended.code == 0
    assert "carries no mark" in ended.output


def test_what_is_no_jpeg_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for path in (tmp_path / "photo.png", tmp_path / "none.jpg", tmp_path):
        ended = cocopfs(capsys, "inspect", path)
        assert ended.code == 2
        assert "cannot be inspected" in ended.error


def test_a_changed_picture_is_told_from_the_published_one(tmp_path: Path) -> None:
    dataset = open_published(write_dataset(tmp_path / "dataset"))
    mark = Mark(opaque_id(ROW.pack_digest, ROW.sample_id), "cocopfs")

    def likeness(data: bytes) -> Likeness | None:
        found = find_row(dataset, data, mark)
        return None if found is None else found.likeness

    assert likeness(ROW.image.bytes) is Likeness.BYTES
    assert likeness(ROW.image.bytes + b"more") is Likeness.PIXELS
    assert likeness(write_mark(jpeg(99), mark)) is Likeness.OTHER
    assert likeness(b"no picture") is Likeness.OTHER
    assert find_row(dataset, b"", Mark("0" * 32, "cocopfs")) is None


def test_pseudonymous_rows_are_found_by_their_pictures(tmp_path: Path) -> None:
    """Their marks follow from a key, not from what is published."""
    content = rows()
    own = content[Split.VALIDATION][0]
    mark = Mark(opaque_id("a key", "of the real id"), "cocopfs")
    marked = write_mark(jpeg(5), mark)
    content[Split.VALIDATION][0] = replace(own, image=EncodedImage(marked, own.image.path))
    recipe = Recipe(name="x", caption=CaptionPart(names="pseudonym"))
    dataset = open_published(write_dataset(tmp_path / "dataset", content, recipe))
    found = find_row(dataset, marked, mark)
    assert found is not None
    assert found.row.sample_id == own.sample_id


def test_a_damaged_file_of_the_dataset_is_named(tmp_path: Path, picture: Path) -> None:
    folder = write_dataset(tmp_path / "dataset")
    (folder / "data" / "test-00000-of-00001.parquet").write_bytes(b"PAR1 no longer PAR1")
    data, mark = read_picture_mark(picture)
    assert mark is not None
    with pytest.raises(UsageError, match="test-00000-of-00001"):
        find_row(open_published(folder), data, mark)


def test_pixels_are_compared_not_metadata(picture: Path) -> None:
    data, mark = read_picture_mark(picture)
    assert mark is not None
    before = cv2.imdecode(np.frombuffer(jpeg(9), np.uint8), cv2.IMREAD_COLOR)
    after = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert before is not None
    assert after is not None
    np.testing.assert_array_equal(after, before)
