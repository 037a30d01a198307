"""The list of a gallery's identities: a CSV file of class ids, names and genders."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from cocopfs.errors import UsageError
from cocopfs.records import Gender

_EXPECTED = "UTF-8 text with a header and the columns class_id (or id), name and gender"
_GENDERS = {"m": Gender.MALE, "male": Gender.MALE, "f": Gender.FEMALE, "female": Gender.FEMALE}
_LONGEST = 200  # characters of a name or a class id; VGGFace2's longest has forty
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# VGGFace2's own file is no CSV: `n000001, "14th_Dalai_Lama", 424, 0, m` has a blank before its
# quotes, and quotes inside a name would stand for themselves.
_BLANK_BEFORE_QUOTE = re.compile(r'^[^"\n]*,[ \t]+"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ListedIdentity:
    name: str
    gender: Gender | None


def parse_identity_list(data: bytes, where: str) -> dict[str, ListedIdentity]:
    """The identities of a list by class id.

    data: `identity_meta.csv` as VGGFace2 publishes it or as a spreadsheet has saved it again (then
    the blank has moved inside doubled quotes), or any CSV file with these columns, in any order and
    beside others. where: the file's name, for errors.
    Names come without the quotes and blanks around them, with blanks for underscores, in NFC. A
    gender other than m, f, male and female is None.
    Raises UsageError that names the line.
    """
    rows = _rows(data, where)
    line, header = next(rows, (1, []))
    columns = _columns(header, line, where)
    identities: dict[str, ListedIdentity] = {}
    lines: dict[str, int] = {}
    for line, row in rows:
        cells = _one_cell_a_column(row, len(header), columns["name"])
        if cells is None:
            _refuse(where, line, f"{len(row)} fields, but the header has {len(header)}")
        class_id = unicodedata.normalize("NFC", _unquoted(cells[columns["id"]]))
        name = _clean_name(cells[columns["name"]])
        for what, value in (("class id", class_id), ("name", name)):
            if not value:
                _refuse(where, line, f"no {what}")
            if len(value) > _LONGEST:
                _refuse(where, line, f"a {what} of {len(value)} characters")
            if _CONTROL.search(value):
                _refuse(where, line, f"the {what} {value!r} has a control character in it")
        if class_id in identities:
            _refuse(where, line, f"class id {class_id} has a line already, {lines[class_id]}")
        gender = _GENDERS.get(_unquoted(cells[columns["gender"]]).lower())
        identities[class_id] = ListedIdentity(name, gender)
        lines[class_id] = line
    return identities


def _rows(data: bytes, where: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the number of its (last) line."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        _refuse(where, line, f"byte {data[error.start]:#04x} is not UTF-8")
    lines = io.StringIO(text, newline="")
    if _BLANK_BEFORE_QUOTE.search(text):
        reader = csv.reader(lines, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, strict=True)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        _refuse(where, reader.line_num, str(error))


def _columns(header: Sequence[str], line: int, where: str) -> Mapping[str, int]:
    names = [_unquoted(cell).lower() for cell in header]
    class_id = "class_id" if "class_id" in names else "id"
    if not {class_id, "name", "gender"} <= set(names):
        _refuse(where, line, f"the header is {','.join(header)!r}")
    return {
        "id": names.index(class_id),
        "name": names.index("name"),
        "gender": names.index("gender"),
    }


def _one_cell_a_column(row: list[str], columns: int, name: int) -> list[str] | None:
    """The row with the commas of its name put back, or None when its fields cannot be told apart.

    A program that minds quotes only where no blank precedes them has cut `"Anne,_Princess_Royal"`.
    """
    surplus = len(row) - columns
    if surplus == 0:
        return row
    whole = ",".join(row[name : name + surplus + 1]).strip()
    if surplus < 0 or not (whole.startswith('"') and whole.endswith('"')):
        return None
    return [*row[:name], whole, *row[name + surplus + 1 :]]


def _clean_name(cell: str) -> str:
    name = _unquoted(cell).replace("_", " ")
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _unquoted(cell: str) -> str:
    text = cell.strip()
    if len(text) > 1 and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('""', '"').strip()
    return text


def _refuse(where: str, line: int, what: str) -> NoReturn:
    raise UsageError(f"{where}, line {line}: {what}", expected=_EXPECTED)
