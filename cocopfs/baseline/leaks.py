"""Whether the rows of a dataset let the answer leak into training or into the query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")


class LeakRow(Protocol):
    """What the checks read of a published row; `records.Sample` has it all."""

    @property
    def sample_id(self) -> str: ...

    @property
    def split(self) -> str: ...

    @property
    def coco_image_id(self) -> int: ...

    @property
    def identity(self) -> str: ...

    @property
    def source_portrait(self) -> str: ...

    @property
    def reference_portrait(self) -> str: ...


class LeakKind(StrEnum):
    IDENTITY_IN_TWO_SPLITS = "identity_in_two_splits"
    PHOTO_IN_TWO_SPLITS = "photo_in_two_splits"
    REFERENCE_IS_SOURCE = (
        "reference_is_source"  # the query shows the very portrait that was swapped
    )
    PORTRAIT_OF_TWO_IDENTITIES = "portrait_of_two_identities"  # rows and identities are mixed up
    SAMPLE_TWICE = "sample_twice"  # one photo with one identity, in two rows


@dataclass(frozen=True, slots=True)
class Leak:
    """count: identities, photos, portraits or pairs that leak; examples: the first few with where
    they were found, in order."""

    kind: LeakKind
    count: int
    examples: tuple[str, ...]


EXAMPLES = 5


def find_leaks(rows: Iterable[LeakRow]) -> list[Leak]:
    """The leaks of a dataset, over the rows of all splits; none for a sound one.

    No identity and no photo is in two splits; no reference portrait drives a swap, of the same
    identity or of another; no portrait stands for two identities; no photo has an identity twice.
    The same for any order of the rows.
    """
    known = sorted(rows, key=lambda row: row.sample_id)
    references = {row.reference_portrait for row in known}
    portraits = [(row.source_portrait, row.identity) for row in known]
    portraits += [(row.reference_portrait, row.identity) for row in known]
    splits_of = _several(known, lambda row: row.identity, lambda row: str(row.split))
    photos = _several(known, lambda row: str(row.coco_image_id), lambda row: str(row.split))
    pairs = _several(
        known, lambda row: f"{row.coco_image_id} with {row.identity}", lambda row: row.sample_id
    )
    sources = {
        row.source_portrait: f"{row.source_portrait}: source of {row.sample_id}"
        for row in reversed(known)
        if row.source_portrait in references
    }
    mixed = _several(portraits, lambda pair: pair[0], lambda pair: pair[1])
    found = (
        (LeakKind.IDENTITY_IN_TWO_SPLITS, splits_of),
        (LeakKind.PHOTO_IN_TWO_SPLITS, photos),
        (LeakKind.REFERENCE_IS_SOURCE, [sources[name] for name in sorted(sources)]),
        (LeakKind.PORTRAIT_OF_TWO_IDENTITIES, mixed),
        (LeakKind.SAMPLE_TWICE, pairs),
    )
    return [
        Leak(kind, len(examples), tuple(examples[:EXAMPLES]))
        for kind, examples in found
        if examples
    ]


def _several(rows: Sequence[T], key: Callable[[T], str], value: Callable[[T], str]) -> list[str]:
    """The keys that have more than one value, with these."""
    values: dict[str, set[str]] = {}
    for row in rows:
        values.setdefault(key(row), set()).add(value(row))
    return [
        f"{name}: {', '.join(sorted(found))}"
        for name, found in sorted(values.items())
        if len(found) > 1
    ]
