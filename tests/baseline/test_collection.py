"""What the baseline reads of a dataset, and its questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from cocopfs.audit.materials import Materials
from cocopfs.baseline.collection import read_collection
from cocopfs.baseline.faces import landmarks, originals
from cocopfs.baseline.pictures import cropped_originals, cropped_pictures
from cocopfs.baseline.portraits import portrait_faces
from cocopfs.baseline.questions import ask
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.records import Split
from tests.baseline.made import write_made
from tests.whole_build.trial import silent


def _crop(pixels: Any) -> Any:
    return np.ascontiguousarray(pixels[:4, :4, ::-1])


def test_questions_of_a_split(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    found = read_collection(made.out, silent())
    faces = portrait_faces(found)
    assert faces.source is not None
    assert not np.allclose(faces.reference, faces.source)
    crops = cropped_pictures(found, _crop, 4, tmp_path / "crops.npy", silent())
    assert crops.shape == (54, 4, 4, 3)
    test = ask(found, Split.TEST, crops, faces.reference, faces.source)
    assert len(test.pictures) == 18
    assert len(test) == 36, "two captions each"
    assert test.own[3] == [6, 7]
    assert test.plain[0].startswith("a man with a dog")
    assert test.named[0].startswith(test.names[0])
    assert test.tok[0].startswith("[TOK] with")
    invented = {text.split(" with ")[0] for text in test.pseudonymous}
    assert len(invented) == 4, "a name for each identity"
    assert not invented & set(test.names)
    assert "[TOK]" not in "".join(test.pseudonymous)
    assert np.shares_memory(test.pictures.crops, crops), "a split stays in its file"
    rows = found.rows_of(Split.TEST)
    np.testing.assert_array_equal(test.pictures.crops, crops[rows])
    np.testing.assert_array_equal(test.pictures.faces, faces.reference[rows])
    assert np.unique(test.photos).size == 6
    assert landmarks(found).shape == (54, 5, 2)


def test_crops_are_made_once(tmp_path: Path) -> None:
    found = read_collection(write_made(tmp_path).out, silent())
    first = cropped_pictures(found, _crop, 4, tmp_path / "crops.npy", silent())

    def never(_: Any) -> Any:
        raise AssertionError("cropped again")

    again = cropped_pictures(found, never, 4, tmp_path / "crops.npy", silent())
    np.testing.assert_array_equal(first, again)


def test_crops_that_were_cut_short_are_made_again(tmp_path: Path) -> None:
    found = read_collection(write_made(tmp_path).out, silent())
    path = tmp_path / "crops.npy"
    first = np.array(cropped_pictures(found, _crop, 4, path, silent()))
    whole = path.read_bytes()
    for size in (0, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        again = cropped_pictures(found, _crop, 4, path, silent())
        np.testing.assert_array_equal(first, again)
        assert path.read_bytes() == whole


def test_rows_that_are_scattered_over_files_are_found(tmp_path: Path) -> None:
    def swap(rows: dict[str, list[Any]]) -> None:
        rows["captions"] = [[f"caption {n}"] for n in range(54)]
        rows["captions_in_place"] = [[f"caption {n}"] for n in range(54)]
        rows["captions_in_place_tok"] = [[f"[TOK] {n}"] for n in range(54)]

    made = write_made(tmp_path, change=swap)
    found = read_collection(made.out, silent())
    # Files come in the order of their names: test, train, validation.
    assert found.captions[0] == ("caption 36",)
    assert found.rows_of(Split.TEST).tolist() == list(range(18))
    assert found.rows_of(Split.TRAIN).tolist() == list(range(18, 36))


def test_only_originals_that_can_be_read(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    found = read_collection(made.out, silent())
    rows = found.rows_of(Split.TEST).tolist()
    (made.coco / found.texts("file_name")[rows[0]]).unlink()
    seen = [row for row, _ in originals(found, Materials(made.coco, None), rows)]
    assert seen == rows[3:], "the three swaps of the first photograph have none"


@pytest.mark.parametrize("gone", [0, 2, 5])
def test_an_original_that_is_gone_meanwhile_is_named(tmp_path: Path, gone: int) -> None:
    """The first, one in between or the last: no picture may take another's place."""
    made = write_made(tmp_path)
    found = read_collection(made.out, silent())
    rows, materials = found.rows_of(Split.TEST)[::3], Materials(made.coco, None)
    whole = list(cropped_originals(found, materials, rows, _crop))
    assert len(whole) == len(rows) == 6
    name = found.texts("file_name")[rows[gone]]
    (made.coco / name).unlink()
    with pytest.raises(UsageError, match=f"{name} can no longer be read"):
        list(cropped_originals(found, materials, rows, _crop))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("captions", [], r"has \[0, 2\] captions"),
        ("captions_in_place", ["one"], r"has \[1, 2\] captions"),
        ("captions", None, r"has \[0, 2\] captions"),
        ("captions_in_place", ["[TOK] sleeps", "x"], r"holds \[TOK\]"),
    ],
)
def test_captions_that_do_not_agree(
    tmp_path: Path, name: str, value: list[str] | None, reason: str
) -> None:
    def change(rows: dict[str, list[Any]]) -> None:
        rows[name][20] = value

    made = write_made(tmp_path, change=change)
    with pytest.raises(UsageError, match=reason):
        read_collection(made.out, silent())


def test_a_dataset_without_captions(tmp_path: Path) -> None:
    def forget(rows: dict[str, list[Any]]) -> None:
        del rows["captions_in_place_tok"]

    made = write_made(tmp_path, change=forget)
    with pytest.raises(UsageError, match="no readable column captions_in_place_tok"):
        read_collection(made.out, silent())


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    made = write_made(tmp_path)
    path = made.out / "data" / "test-00000-of-00001.parquet"
    pq.write_table(pq.read_table(path).slice(0, 5), path)
    with pytest.raises(IncompleteError, match="test-00000-of-00001"):
        read_collection(made.out, silent())
