"""Records as Arrow tables and back: the schema is read off the record's annotations."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import pyarrow as pa

R = TypeVar("R")

_SCALARS: Mapping[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


@cache
def schema(record: type) -> pa.Schema:
    """The Arrow schema of a record type."""
    return pa.schema(_fields(record))


def to_table(record: type, rows: Iterable[Any]) -> pa.Table:
    """Records as an Arrow table, in their order."""
    encode = _encoder(record)
    return pa.Table.from_pylist([encode(row) for row in rows], schema=schema(record))


def from_table(kind: type[R], table: pa.Table) -> list[R]:
    """The inverse of `to_table`. The table must have the record's columns and types; nullability
    and the names of list items do not count, since Parquet readers differ in them, and floats may
    have been stored with fewer digits.

    Raises ValueError for a table of another kind.
    """
    record = cast(type, kind)
    expected = schema(record)
    differing = [
        field.name
        for field, found in zip(expected, table.schema, strict=False)
        if field.name != found.name or not _same_type(field.type, found.type)
    ]
    if differing or len(expected) != len(table.schema):
        raise ValueError(
            f"not a table of {record.__name__}: found columns {', '.join(table.schema.names)}, "
            f"expected {', '.join(expected.names)}; of another type: {', '.join(differing)}"
        )
    decode = _decoder(record)
    return [decode(row) for row in table.to_pylist()]


def _same_type(first: pa.DataType, second: pa.DataType) -> bool:
    if pa.types.is_list(first):
        return pa.types.is_list(second) and _same_type(first.value_type, second.value_type)
    if pa.types.is_struct(first):
        return (
            pa.types.is_struct(second)
            and first.names == second.names
            and all(_same_type(a.type, b.type) for a, b in zip(first, second, strict=True))
        )
    if pa.types.is_floating(first):
        return bool(pa.types.is_floating(second))
    return bool(first.equals(second))


def _fields(record: type) -> list[pa.Field]:
    fields = []
    for name, hint in get_type_hints(record).items():
        kind, nullable = _optional(hint)
        fields.append(pa.field(name, _arrow_type(kind), nullable=nullable))
    return fields


def _arrow_type(kind: Any) -> pa.DataType:
    if get_origin(kind) is tuple:
        return pa.list_(pa.field("item", _arrow_type(get_args(kind)[0]), nullable=False))
    if dataclasses.is_dataclass(kind):
        return pa.struct(_fields(cast(type, kind)))
    if issubclass(kind, StrEnum):
        return pa.string()
    return _SCALARS[kind]


def _optional(kind: Any) -> tuple[Any, bool]:
    if get_origin(kind) in (Union, types.UnionType):
        inner = [arg for arg in get_args(kind) if arg is not type(None)]
        return inner[0], True
    return kind, False


@cache
def _encoder(record: type) -> Callable[[Any], dict[str, Any]]:
    hints = get_type_hints(record)
    parts = [
        (f.name, _encode_value(_optional(hints[f.name])[0])) for f in dataclasses.fields(record)
    ]

    def encode(row: Any) -> dict[str, Any]:
        values = {}
        for name, convert in parts:
            value = getattr(row, name)
            values[name] = value if value is None or convert is None else convert(value)
        return values

    return encode


def _encode_value(kind: Any) -> Callable[[Any], Any] | None:
    if get_origin(kind) is tuple:
        inner = _encode_value(get_args(kind)[0])
        return None if inner is None else lambda value: [inner(item) for item in value]
    if dataclasses.is_dataclass(kind):
        return _encoder(cast(type, kind))
    if issubclass(kind, StrEnum):
        return str
    return None


@cache
def _decoder(record: type) -> Callable[[Mapping[str, Any]], Any]:
    hints = get_type_hints(record)
    parts = [
        (f.name, _decode_value(_optional(hints[f.name])[0])) for f in dataclasses.fields(record)
    ]

    def decode(values: Mapping[str, Any]) -> Any:
        arguments = {}
        for name, convert in parts:
            value = values[name]
            arguments[name] = value if value is None or convert is None else convert(value)
        return record(**arguments)

    return decode


def _decode_value(kind: Any) -> Callable[[Any], Any] | None:
    if get_origin(kind) is tuple:
        inner = _decode_value(get_args(kind)[0])
        return tuple if inner is None else lambda value: tuple(inner(item) for item in value)
    if dataclasses.is_dataclass(kind):
        return _decoder(cast(type, kind))
    if issubclass(kind, StrEnum):
        return cast(Callable[[Any], Any], kind)
    return None
