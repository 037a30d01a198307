"""What a picture's mark says, and which row of a dataset the picture is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.arrow import from_table, schema
from cocopfs.errors import UsageError
from cocopfs.publish.dataset import Published
from cocopfs.publish.mark import Mark, opaque_id, read_mark
from cocopfs.records import Sample
from cocopfs.sources.pictures import stored_size

_MOST_BYTES = 200_000_000
_MOST_PIXELS = 50_000_000
_HEAD = 4096  # where a mark lies: after a JPEG's first segment


class Likeness(StrEnum):
    """How a picture and the published one with the same mark go together."""

    BYTES = "the file is the published one, byte for byte"
    PIXELS = "the pixels are the published ones; something else in the file was changed"
    OTHER = "the pixels are not the published ones: the picture was changed, or the mark moved"


@dataclass(frozen=True, slots=True)
class Found:
    row: Sample
    likeness: Likeness


def read_picture_mark(picture: Path) -> tuple[bytes, Mark | None]:
    """The file's bytes and its mark. Raises UsageError where it cannot be read or is no JPEG."""
    try:
        if picture.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        data = picture.read_bytes()
        return data, read_mark(data)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{picture} cannot be inspected: {error}",
            expected="a JPEG file: this is what cocopfs publishes and marks",
        ) from error


def find_row(dataset: Published, picture: bytes, mark: Mark) -> Found | None:
    """The row with that mark; None where there is none.

    Without pseudonyms the mark follows from the sample's id, and only ids are read; with them, from
    a key, so the pictures themselves are looked at. Raises UsageError where the files are damaged.
    """
    for name in dataset.data():
        try:
            row = _find_in(dataset.path(name), mark, by_id=not dataset.pseudonymous)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise UsageError(f"{name} of {dataset.root} cannot be read: {error}") from error
        if row is not None:
            return Found(row, _compare(picture, row.image.bytes))
    return None


def _find_in(path: Path, mark: Mark, *, by_id: bool) -> Sample | None:
    columns = ["sample_id", "pack_digest"] if by_id else ["image.bytes"]
    carries = _id_leads_to(mark) if by_id else _picture_carries(mark)
    with pq.ParquetFile(path) as parquet:
        for group in range(parquet.num_row_groups):
            for place, row in enumerate(parquet.read_row_group(group, columns).to_pylist()):
                if carries(row):
                    table = parquet.read_row_group(group, schema(Sample).names)
                    return from_table(Sample, table.slice(place, 1))[0]
    return None


def _id_leads_to(mark: Mark) -> Callable[[dict[str, str]], bool]:
    return lambda row: opaque_id(row["pack_digest"], row["sample_id"]) == mark.sample


def _picture_carries(mark: Mark) -> Callable[[dict[str, dict[str, bytes]]], bool]:
    pattern = re.compile(re.escape(mark.sample.encode()))

    def carries(row: dict[str, dict[str, bytes]]) -> bool:
        data = row["image"]["bytes"]
        return pattern.search(data, 0, _HEAD) is not None and read_mark(data) == mark

    return carries


def _compare(picture: bytes, published: bytes) -> Likeness:
    if picture == published:
        return Likeness.BYTES
    first, second = _pixels(picture), _pixels(published)
    same = first is not None and second is not None and np.array_equal(first, second)
    return Likeness.PIXELS if same else Likeness.OTHER


def _pixels(jpeg: bytes) -> NDArray[np.uint8] | None:
    try:
        width, height = stored_size(jpeg)
        if width * height > _MOST_PIXELS:
            return None
        found = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except (ValueError, cv2.error):
        return None
    return None if found is None else found.astype(np.uint8, copy=False)
