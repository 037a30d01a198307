"""Sheets of swaps to be looked at: source, original, swap and difference, with their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cocopfs.audit.figures import describe
from cocopfs.audit.materials import UNUSABLE, Gallery, Materials
from cocopfs.audit.samples import Samples
from cocopfs.audit.tiles import data_uri, face_box, tile
from cocopfs.audit.wording import shown
from cocopfs.publish.decoding import decode

_SIDE = 192  # pixels of a tile
_SIDES = 1.8
_QUALITY = 82
_TOLD = ("face_size", "yaw")  # beside the figures that have a bad end
_GAIN = 4  # of the difference, which would be too dark to see

TITLES = ("source", "original", "swap", "difference")


@dataclass(frozen=True, slots=True)
class Choice:
    """Rows of a sheet, and for each what it stands there for."""

    title: str
    explanation: str
    rows: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A swap on a sheet. `tiles` are `data:` addresses in the order of TITLES, null where a picture
    is not at hand; `figures` are labels and values."""

    sample_id: str
    name: str
    note: str
    tiles: tuple[Markup | None, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    explanation: str
    cards: tuple[Card, ...]


def choose(samples: Samples, count: int) -> list[Choice]:
    """The worst, the median and random samples by margin, and the worst one of every figure."""
    sheets = []
    by = "margin" if "margin" in samples.figures else "similarity"
    if by in samples.figures:
        order = _order(samples, by)
        middle = max((len(order) - count) // 2, 0)
        sheets += [
            _choice("Worst", f"lowest {by}, the worst first", order[:count]),
            _choice("Median", f"around the median {by}", order[middle : middle + count]),
        ]
    random = np.random.default_rng(0).permutation(len(samples))[:count]
    sheets.append(_choice("Random", "drawn blindly, the same ones each time", random.tolist()))
    worst: dict[int, list[str]] = {}
    for figure in samples.figures:
        found = _worst(samples, figure)
        if found is not None:
            worst.setdefault(found, []).append(describe(figure).label)
    sheets.append(
        Choice(
            "Worst of each figure",
            "the sample at the bad end of every figure",
            tuple(worst),
            tuple(f"worst {', '.join(labels)}" for labels in worst.values()),
        )
    )
    return [sheet for sheet in sheets if sheet.rows]


def rows_of(choices: Iterable[Choice]) -> set[int]:
    """The samples of which some sheets need a picture."""
    return {row for choice in choices for row in choice.rows}


def make_sheets(
    samples: Samples,
    choices: Sequence[Choice],
    pictures: Iterable[tuple[int, bytes]],
    gallery: Gallery | None,
    materials: Materials,
) -> list[Sheet]:
    """The sheets with their pictures. pictures: the swaps' JPEG bytes by row, of `rows_of`."""
    cards = {
        row: _card(samples, row, _tiles(row, jpeg, samples, gallery, materials))
        for row, jpeg in pictures
    }
    return [
        Sheet(
            choice.title,
            choice.explanation,
            tuple(
                replace(cards[row], note=note)
                for row, note in zip(choice.rows, choice.notes, strict=True)
                if row in cards
            ),
        )
        for choice in choices
    ]


def _choice(title: str, explanation: str, rows: Sequence[int]) -> Choice:
    return Choice(title, explanation, tuple(rows), ("",) * len(rows))


def _order(samples: Samples, figure: str) -> list[int]:
    """Rows by a figure, ascending, without those that have none."""
    values = samples.values(figure)
    order = np.argsort(values, kind="stable")
    return [int(row) for row in order if not np.isnan(values[row])]


def _worst(samples: Samples, figure: str) -> int | None:
    """None where the figure has no bad end, or nobody is worse than the others."""
    bad = describe(figure).bad
    order = _order(samples, figure)
    if bad is None or not order:
        return None
    values = samples.values(figure)
    if values[order[0]] == values[order[-1]]:
        return None
    return order[0] if bad == "low" else order[-1]


def _card(samples: Samples, row: int, tiles: tuple[Markup | None, ...]) -> Card:
    values = samples.table.slice(row, 1).to_pylist()[0]
    figures = tuple(
        (describe(name).label, shown(name, values[name]))
        for name in samples.figures
        if name in _TOLD or describe(name).bad
    )
    return Card(values["sample_id"] or "", values.get("name") or "", "", tiles, figures)


def _tiles(
    row: int,
    jpeg: bytes,
    samples: Samples,
    gallery: Gallery | None,
    materials: Materials,
) -> tuple[Markup | None, ...]:
    try:
        swap = decode(jpeg)
    except ValueError:
        swap = None
    original, difference = _original(row, samples, materials), None
    if swap is not None and original is not None and swap.shape == original.shape:
        apart = np.abs(swap.astype(np.int16) - original.astype(np.int16))
        difference = (apart * _GAIN).clip(0, 255).astype(np.uint8)
    return (
        _source(row, samples, gallery, materials),
        *(
            None if found is None else _around_face(row, found, samples)
            for found in (original, swap, difference)
        ),
    )


def _around_face(row: int, picture: NDArray[np.uint8], samples: Samples) -> Markup | None:
    try:
        return data_uri(tile(picture, face_box(samples, row), _SIDES, _SIDE), _QUALITY)
    except ValueError:
        return None


def _original(row: int, samples: Samples, materials: Materials) -> NDArray[np.uint8] | None:
    values = samples.table.slice(row, 1).to_pylist()[0]
    try:
        return materials.photo(values["file_name"], int(values["width"]), int(values["height"]))
    except (*UNUSABLE, KeyError, TypeError):
        return None


def _source(
    row: int, samples: Samples, gallery: Gallery | None, materials: Materials
) -> Markup | None:
    name = samples.table["source_portrait"][row].as_py()
    portrait = gallery.portraits.get(name) if gallery is not None else None
    if portrait is None:
        return None
    try:
        pixels = materials.portrait(portrait)
        return data_uri(tile(pixels, portrait.face.box, _SIDES, _SIDE), _QUALITY)
    except UNUSABLE:
        return None
