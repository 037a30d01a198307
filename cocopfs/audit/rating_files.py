"""The files of a rating: the private key of its page, and the CSV files that people send back."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from cocopfs.audit.dataset import Dataset
from cocopfs.errors import UsageError

HEADER = ("page", "rater", "item", "looks", "person")
LOOKS = ("real", "fake")
PERSON = ("same", "different")
_FORM = f"a CSV file that the rating page saved: {','.join(HEADER)}"
_MAX_BYTES = 2**20
_PAGE = re.compile(r"[0-9a-f]{16}")
_ITEM = re.compile(r"[0-9]{1,6}", re.ASCII)
_RATER = re.compile(r"[A-Za-z0-9 _-]{1,40}")


class RatedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an item of a rating page really is. `item` is its number on the page.

    portrait: "own" for the reference portrait of the sample's identity, "foreign" for another
    identity's. Beside an original both show somebody else: COCO has no portraits of the people in
    its photographs. portrait_id: which portrait, as published. Keys of pages that showed nothing
    but own portraits say neither.
    """

    item: int
    sample_id: str
    kind: Literal["swap", "original"]
    portrait: Literal["own", "foreign"] = "own"
    portrait_id: str | None = None


class AnswerKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The private counterpart of a rating page."""

    page: str
    seed: int
    items: tuple[RatedItem, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One person's opinion of one item; null for what was not answered."""

    rater: str
    item: int
    real: bool | None
    same: bool | None


def key_path(dataset: Dataset, page: str) -> Path:
    """Where the answers of a rating page are kept."""
    return dataset.private / f"rating-{page}.json"


def read_ratings(paths: Sequence[Path], dataset: Dataset) -> tuple[AnswerKey, list[Mark]]:
    """The marks of all files, and the key of the page that they were made on.

    The files come from other people's machines: size, encoding, columns, values and names are
    checked. Raises UsageError that names the file and the line.
    """
    marks: list[Mark] = []
    seen: set[tuple[str, int]] = set()
    key: AnswerKey | None = None
    for path in paths:
        for line, page, mark in _read_csv(path):
            if key is None:
                key = _read_key(dataset, page, path)
            if page != key.page:
                raise _refuse(path, line, f"page {page}", f"page {key.page}, as before")
            if not 1 <= mark.item <= len(key.items):
                raise _refuse(path, line, f"item {mark.item}", f"an item of 1 to {len(key.items)}")
            if (mark.rater, mark.item) in seen:
                what = f"item {mark.item} by {mark.rater!r} a second time"
                raise _refuse(path, line, what, "each rater's marks once, in one of the files")
            seen.add((mark.rater, mark.item))
            marks.append(mark)
    if key is None:
        names = ", ".join(map(str, paths))
        raise UsageError(f"{names}: no marks", expected=_FORM)
    return key, marks


def _read_key(dataset: Dataset, page: str, path: Path) -> AnswerKey:
    try:
        return msgspec.json.decode(key_path(dataset, page).read_bytes(), type=AnswerKey)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path} holds marks of page {page}, whose answers are not in {dataset.private}",
            expected=f"private/rating-{page}.json, which --rate wrote with the page",
            hint="rate a page that `cocopfs audit --rate` made of this dataset",
        ) from error


def _read_csv(path: Path) -> Iterator[tuple[int, str, Mark]]:
    """Line number, page and mark of each row."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path} is larger than {_MAX_BYTES} bytes", expected=_FORM)
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", expected=_FORM) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(reader, None) != list(HEADER):
            raise _refuse(path, 1, "another header", ",".join(HEADER))
        for row in reader:
            if row:
                yield reader.line_num, *_read_row(path, reader.line_num, row)
    except csv.Error as error:
        raise _refuse(path, reader.line_num, f"no CSV: {error}", ",".join(HEADER)) from error


def _read_row(path: Path, line: int, row: Sequence[str]) -> tuple[str, Mark]:
    if len(row) != len(HEADER):
        raise _refuse(path, line, f"{len(row)} values", f"{len(HEADER)}: {','.join(HEADER)}")
    page, rater, item, looks, person = row
    if not _PAGE.fullmatch(page):
        raise _refuse(path, line, f"page {page[:40]!r}", "16 hexadecimal digits")
    if not _RATER.fullmatch(rater):
        raise _refuse(path, line, f"rater {rater[:40]!r}", "1 to 40 letters, digits, blanks, - _")
    if not _ITEM.fullmatch(item):
        raise _refuse(path, line, f"item {item[:40]!r}", "a number")
    for value, words in ((looks, LOOKS), (person, PERSON)):
        if value not in ("", *words):
            raise _refuse(path, line, repr(value[:40]), f"{' or '.join(words)}, or nothing")
    real = looks == LOOKS[0] if looks else None
    same = person == PERSON[0] if person else None
    return page, Mark(rater, int(item), real, same)


def _refuse(path: Path, line: int, found: str, expected: str) -> UsageError:
    return UsageError(
        f"{path}, line {line}: found {found}",
        expected=expected,
        hint="give the file as the rating page saved it",
    )
