"""Real ids go out where they are asked for, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.publish.dataset import open_published
from cocopfs.publish.exports.view import Enrolled, View
from cocopfs.recipe import CaptionPart, Recipe
from cocopfs.records import Split
from tests.publish.exports.making import contents, make
from tests.publish.published import rows, write_dataset

NAME = "Ada_Real Lovelace"


@pytest.fixture
def pseudonymous(tmp_path: Path) -> Path:
    recipe = Recipe(name="x", caption=CaptionPart(names="pseudonym"))
    return write_dataset(tmp_path / "dataset", recipe=recipe)


def enrolled() -> dict[str, Enrolled]:
    return {
        row.identity: Enrolled(
            f"real{row.identity}",
            f"{NAME} {row.identity}",
            {row.source_portrait: "real source", row.reference_portrait: "real reference"},
            b"",
        )
        for own in rows().values()
        for row in own
    }


@pytest.mark.parametrize("layout", ["webdataset", "coco", "idclip"])
def test_real_ids_are_written_when_asked_for(
    pseudonymous: Path, tmp_path: Path, layout: str
) -> None:
    make(pseudonymous, layout, tmp_path / "out", enrolled=enrolled())  # type: ignore[arg-type]
    hidden = contents(tmp_path / "out")
    assert not any(b"realn0" in data or b"Lovelace" in data for data in hidden.values())
    make(pseudonymous, layout, tmp_path / "out", enrolled=enrolled(), real_ids=True)  # type: ignore[arg-type]
    shown = contents(tmp_path / "out")
    assert any(b"realn000001" in data for data in shown.values())
    assert b"behind a pseudonym" in hidden["README.md"]
    assert b"behind a pseudonym" not in shown["README.md"]


def test_captions_get_the_real_name(pseudonymous: Path) -> None:
    view = View(open_published(pseudonymous), enrolled(), real_ids=True)
    (row, *_) = view.samples(Split.TEST)
    assert row.captions_in_place[0] == f"{NAME} n000008, number 41.0, rides a größer bike"
    assert row.captions_in_parentheses[0].startswith(f"A man ({NAME} n000008), number")
    assert row.sample_id == "41_realn000008"
    assert row.reference_portrait == "real reference"


def test_there_must_be_something_to_undo_and_to_undo_it_with(
    dataset: Path, pseudonymous: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="has no use"):
        make(dataset, "coco", tmp_path / "out", enrolled=enrolled(), real_ids=True)
    with pytest.raises(UsageError, match="not at hand"):
        make(pseudonymous, "coco", tmp_path / "out", real_ids=True)
    with pytest.raises(UsageError, match="does not go with"):
        make(pseudonymous, "parquet", tmp_path / "out", enrolled=enrolled(), real_ids=True)
