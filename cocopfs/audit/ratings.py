"""What people saw: the CSV files that the rating page saves, and what they say of the swaps."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.agreement import cohen_kappa, fleiss_kappa, spearman
from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.audit.dataset import Dataset
from cocopfs.audit.samples import Samples
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
    """What an item of a rating page really is. `item` is its number on the page."""

    item: int
    sample_id: str
    kind: Literal["swap", "original"]


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


@dataclass(frozen=True, slots=True)
class Agreement:
    """Kappa of the raters over the items that all of them marked."""

    raters: int
    items: int
    kappa: float | None
    kind: Literal["Cohen", "Fleiss"]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Rank correlation of a figure with the share of raters who say yes, over the rated swaps."""

    figure: str
    real: float | None
    same: float | None
    swaps: int


@dataclass(frozen=True, slots=True)
class Ratings:
    """Shares are of all marks, with intervals over items.

    swaps_real, originals_real: marks "real"; swaps_same, originals_same: marks "same person as the
    portrait", which is so for swaps and not for originals. `unknown`: rated items that are not in
    the dataset any more, and left out.
    """

    page: str
    raters: tuple[str, ...]
    marks: int
    unknown: int
    swaps_real: Interval
    originals_real: Interval
    swaps_same: Interval
    originals_same: Interval
    agreement_real: Agreement | None
    agreement_same: Agreement | None
    correlations: tuple[Correlation, ...]


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


def examine_ratings(key: AnswerKey, marks: Sequence[Mark], samples: Samples) -> Ratings:
    """Rates, agreement, and how the marks of the swaps go with the dataset's figures."""
    place = {name: row for row, name in enumerate(samples.texts("sample_id"))}
    items = {item.item: item for item in key.items if item.sample_id in place}
    known = [mark for mark in marks if mark.item in items]
    raters = sorted({mark.rater for mark in known})

    def rate(kind: str, answer: _Answer) -> Interval:
        rows = [(mark.item, answer(mark)) for mark in known if items[mark.item].kind == kind]
        answered = [(item, float(yes)) for item, yes in rows if yes is not None]
        values = np.array([yes for _, yes in answered], np.float64)
        return share_interval(values, [item for item, _ in answered])

    swaps = [item for item in items.values() if item.kind == "swap"]
    rows = np.array([place[item.sample_id] for item in swaps], np.int64)
    real, same = (_shares(swaps, known, answer) for answer in (_real, _same))
    correlations = []
    for figure in samples.figures:
        values = samples.values(figure)[rows]
        correlations.append(
            Correlation(figure, _correlate(values, real), _correlate(values, same), rows.size)
        )
    return Ratings(
        page=key.page,
        raters=tuple(raters),
        marks=len(known),
        unknown=len({mark.item for mark in marks}) - len({mark.item for mark in known}),
        swaps_real=rate("swap", _real),
        originals_real=rate("original", _real),
        swaps_same=rate("swap", _same),
        originals_same=rate("original", _same),
        agreement_real=_agreement(raters, known, _real),
        agreement_same=_agreement(raters, known, _same),
        correlations=tuple(correlations),
    )


# --- marks ----------------------------------------------------------------------------------------

_Answer = Callable[[Mark], bool | None]


def _real(mark: Mark) -> bool | None:
    return mark.real


def _same(mark: Mark) -> bool | None:
    return mark.same


def _agreement(raters: Sequence[str], marks: Sequence[Mark], answer: _Answer) -> Agreement | None:
    """Over the items that everybody marked: both kappas need the same raters for each."""
    if len(raters) < 2:
        return None
    by_item: dict[int, dict[str, bool]] = defaultdict(dict)
    for mark in marks:
        yes = answer(mark)
        if yes is not None:
            by_item[mark.item][mark.rater] = yes
    whole = [found for _, found in sorted(by_item.items()) if len(found) == len(raters)]
    if len(raters) == 2:
        first, second = ([found[rater] for found in whole] for rater in raters)
        return Agreement(2, len(whole), cohen_kappa(first, second), "Cohen")
    counts = [[sum(found.values()), len(raters) - sum(found.values())] for found in whole]
    table = np.array(counts, np.int64).reshape(-1, 2)
    return Agreement(len(raters), len(whole), fleiss_kappa(table), "Fleiss")


def _shares(
    items: Sequence[RatedItem], marks: Sequence[Mark], answer: _Answer
) -> NDArray[np.float64]:
    """For each item the share of its raters who say yes; NaN for an item that nobody marked."""
    said: dict[int, list[bool]] = defaultdict(list)
    for mark in marks:
        yes = answer(mark)
        if yes is not None:
            said[mark.item].append(yes)
    return np.array([np.mean(said[i.item]) if said[i.item] else np.nan for i in items], np.float64)


def _correlate(figure: NDArray[np.float64], share: NDArray[np.float64]) -> float | None:
    known = ~(np.isnan(figure) | np.isnan(share))
    return spearman(figure[known], share[known])


# --- files ----------------------------------------------------------------------------------------


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
