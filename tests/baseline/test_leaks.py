"""Leaks are found and named, whatever the order of the rows."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from cocopfs.baseline.leaks import EXAMPLES, LeakKind, find_leaks
from cocopfs.records import Split


@dataclass(frozen=True)
class Row:
    sample_id: str
    split: Split
    coco_image_id: int
    identity: str
    source_portrait: str
    reference_portrait: str


def sound() -> list[Row]:
    """Three splits of four photographs with three identities each."""
    rows = []
    for number, split in enumerate(Split):
        for photo in range(4):
            for person in range(3):
                identity = f"n{number}{person}"
                rows.append(
                    Row(
                        f"{number}{photo}_{identity}",
                        split,
                        10 * number + photo,
                        identity,
                        f"{identity}/{photo}",
                        f"{identity}/reference",
                    )
                )
    return rows


def test_a_sound_dataset_has_none() -> None:
    assert find_leaks(sound()) == []
    assert find_leaks([]) == []


def test_an_identity_in_two_splits() -> None:
    rows = sound()
    rows[0] = replace(rows[0], split=Split.TEST)
    found = {leak.kind: leak for leak in find_leaks(rows)}
    assert set(found) == {LeakKind.IDENTITY_IN_TWO_SPLITS, LeakKind.PHOTO_IN_TWO_SPLITS}
    assert found[LeakKind.IDENTITY_IN_TWO_SPLITS].examples == ("n00: test, train",)
    assert found[LeakKind.PHOTO_IN_TWO_SPLITS].examples == ("0: test, train",)


@pytest.mark.parametrize("person", [0, 5])
def test_a_reference_that_was_swapped_in(person: int) -> None:
    """Of the row's own identity, or in a row of another one."""
    rows = sound()
    rows[person] = replace(rows[person], source_portrait="n00/reference")
    found = find_leaks(rows)
    assert found[0].kind is LeakKind.REFERENCE_IS_SOURCE
    assert found[0].examples == (f"n00/reference: source of {rows[person].sample_id}",)
    assert len(found) == (1 if person == 0 else 2)


def test_identities_shuffled_among_rows() -> None:
    rows = sound()
    names = [row.identity for row in rows[:12]]
    random.Random(0).shuffle(names)
    rows[:12] = [replace(row, identity=name) for row, name in zip(rows, names, strict=False)]
    found = {leak.kind: leak for leak in find_leaks(rows)}
    assert found[LeakKind.PORTRAIT_OF_TWO_IDENTITIES].count >= 3
    assert len(found[LeakKind.PORTRAIT_OF_TWO_IDENTITIES].examples) <= EXAMPLES


def test_a_sample_twice() -> None:
    rows = sound()
    (leak,) = find_leaks([*rows, replace(rows[3], sample_id="again")])
    assert (leak.kind, leak.count) == (LeakKind.SAMPLE_TWICE, 1)
    assert leak.examples == ("1 with n00: 01_n00, again",)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = [replace(row, split=Split.TEST, source_portrait="n00/reference") for row in sound()[:12]]
    rows += sound()[:12]
    mixed = random.Random(1).sample(rows, len(rows))
    assert find_leaks(mixed) == find_leaks(rows) != []
