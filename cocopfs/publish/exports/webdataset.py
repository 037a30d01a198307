"""WebDataset: tar files of `<sample id>.jpg` and `<sample id>.json`, to be read in a stream."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import islice

import msgspec

from cocopfs.publish.exports.output import Output
from cocopfs.publish.exports.view import View
from cocopfs.records import Sample

Done = Callable[[], None]


def write_webdataset(view: View, out: Output, rows_per_tar: int, done: Done) -> None:
    """`<split>-<number>.tar`, of `rows_per_tar` samples each, in the dataset's order.

    The same bytes for the same rows: no times, no owners, and the same modes everywhere. The JSON
    holds all columns but the picture.
    """
    for split in view.dataset.splits:
        rows = view.samples(split)
        for number, chunk in enumerate(_chunks(rows, rows_per_tar)):
            with (
                out.open(f"{split}-{number:06d}.tar") as file,
                tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for row in chunk:
                    key = key_of(row.sample_id)
                    _add(tar, f"{key}.jpg", row.image.bytes)
                    _add(tar, f"{key}.json", columns_json(row))
                    done()


def key_of(sample_id: str) -> str:
    """The sample's name in a tar, where everything after the first dot is the extension."""
    return sample_id.replace("%", "%25").replace(".", "%2E").replace("/", "%2F")


def columns_json(row: Sample) -> bytes:
    columns = asdict(row)
    del columns["image"]
    if columns["reference_embedding"] is None:
        del columns["reference_embedding"]
    return msgspec.json.encode(columns)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    member.mode = 0o644
    tar.addfile(member, io.BytesIO(data))


def _chunks(rows: Iterator[Sample], size: int) -> Iterator[Iterator[Sample]]:
    """Pieces of so many rows; each must be used up before the next. None is empty."""
    for first in rows:
        yield _with_first(first, islice(rows, size - 1))


def _with_first(first: Sample, others: Iterator[Sample]) -> Iterator[Sample]:
    yield first
    yield from others
