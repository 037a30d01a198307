"""Records survive the way through Arrow, and their schemas say what they are."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocopfs import records
from cocopfs.arrow import from_table, schema, to_table
from cocopfs.records import Box, pack_vector, unpack_vector

RECORDS = [
    value
    for value in vars(records).values()
    if isinstance(value, type) and dataclasses.is_dataclass(value)
]


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Everything:
    text: str
    number: int
    real: float
    flag: bool
    data: bytes
    colour: Colour
    maybe: Colour | None
    box: Box
    boxes: tuple[Box, ...]
    colours: tuple[Colour, ...]
    maybe_number: int | None


BOXES = st.builds(Box, *[st.floats(allow_nan=False)] * 4)


@given(
    st.lists(
        st.builds(
            Everything,
            text=st.text(st.characters(exclude_categories=["Cs"])),
            number=st.integers(-(2**63), 2**63 - 1),
            real=st.floats(allow_nan=False),
            flag=st.booleans(),
            data=st.binary(),
            colour=st.sampled_from(Colour),
            maybe=st.none() | st.sampled_from(Colour),
            box=BOXES,
            boxes=st.lists(BOXES).map(tuple),
            colours=st.lists(st.sampled_from(Colour)).map(tuple),
            maybe_number=st.none() | st.integers(-(2**63), 2**63 - 1),
        ),
        max_size=4,
    )
)
def test_records_come_back_as_they_were(rows: list[Everything]) -> None:
    assert from_table(Everything, to_table(Everything, rows)) == rows


def test_only_optional_fields_are_nullable() -> None:
    nullable = [field.name for field in schema(Everything) if field.nullable]
    assert nullable == ["maybe", "maybe_number"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_has_a_schema(record: type) -> None:
    assert schema(record).names == [field.name for field in dataclasses.fields(record)]


def test_a_table_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not a table of Box"):
        from_table(Box, pa.table({"x": [1.0]}))


def test_vectors_are_little_endian_float32() -> None:
    vector = np.array([1.5, -2.0, 3.25], np.float64)
    assert pack_vector(vector) == b"\x00\x00\xc0?\x00\x00\x00\xc0\x00\x00P@"
    np.testing.assert_array_equal(unpack_vector(pack_vector(vector)), vector)
