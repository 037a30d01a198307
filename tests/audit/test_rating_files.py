"""The files that people send back."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.audit.rating_files import AnswerKey, Mark, RatedItem, key_path, read_ratings
from cocopfs.errors import UsageError
from tests.audit.synthetic import Synthetic

PAGE = "0123456789abcdef"
HEADER = "page,rater,item,looks,person\n"


@pytest.fixture
def dataset(synthetic: Synthetic) -> Dataset:
    """With a page of four items."""
    found = open_dataset(synthetic.out)
    ids = synthetic.rows["sample_id"]
    kinds = ("swap", "original", "swap", "swap")
    items = tuple(
        RatedItem(number + 1, ids[3 * number], kind)  # type: ignore[arg-type]
        for number, kind in enumerate(kinds)
    )
    key_path(found, PAGE).write_bytes(msgspec.json.encode(AnswerKey(PAGE, 0, items)))
    return found


def test_marks_are_read(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{PAGE},Ann B,1,real,same\r\n{PAGE},Ann B,2,fake,\n\n")
    _, marks = read_ratings([path], dataset)
    assert marks == [Mark("Ann B", 1, True, True), Mark("Ann B", 2, False, None)]


def test_a_file_that_a_spreadsheet_has_saved(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"\ufeff{HEADER}{PAGE},Ann,1,real,same\n".encode())
    assert len(read_ratings([path], dataset)[1]) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HEADER.encode(),
        b"page;rater;item;looks;person\n",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        HEADER.encode() + b'"unclosed',
        f"{HEADER}{PAGE},Ann,1,real\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same,more\n".encode(),
        f"{HEADER}{PAGE},Ann,9,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,0,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,-1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,{'9' * 5000},real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,\N{ARABIC-INDIC DIGIT ONE},real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,REAL,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,maybe\n".encode(),
        f"{HEADER}{PAGE},,1,real,same\n".encode(),
        f"{HEADER}{PAGE},=cmd(),1,real,same\n".encode(),
        f"{HEADER}{PAGE},{'A' * 41},1,real,same\n".encode(),
        f"{HEADER}{PAGE},<b>Ann</b>,1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann\n\x1b[31m,1,real,same\n".encode(),
        f"{HEADER}../../../etc/passw,Ann,1,real,same\n".encode(),
        f"{HEADER}fedcba9876543210,Ann,1,real,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same\n{PAGE},Ann,1,fake,same\n".encode(),
        f"{HEADER}{PAGE},Ann,1,real,same\nfedcba9876543210,Ann,2,real,same\n".encode(),
        HEADER.encode() + b"a" * 200_000 + b"\n",
        HEADER.encode() * 100_000,
    ],
)
def test_a_file_that_is_not_the_pages_is_refused(
    dataset: Dataset, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_ratings([path], dataset)
    assert "hostile.csv" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_file_that_is_not_there(dataset: Dataset, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.csv", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_ratings([path], dataset)


def test_one_file_given_twice(dataset: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{PAGE},Ann,1,real,same\n")
    with pytest.raises(UsageError, match="a second time"):
        read_ratings([path, path], dataset)


def test_a_key_of_a_page_that_showed_own_portraits_only(dataset: Dataset, tmp_path: Path) -> None:
    """Written before there were foreign ones."""
    items = [{"item": 1, "sample_id": "1_n1", "kind": "swap"}]
    facts = {"page": PAGE, "seed": 0, "items": items}
    key_path(dataset, PAGE).write_text(json.dumps(facts))
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}{PAGE},Ann,1,real,same\n")
    key, _ = read_ratings([path], dataset)
    assert (key.items[0].portrait, key.items[0].portrait_id) == ("own", None)
