"""The proof of a removal: every byte and every decoded value of a folder, searched for somebody who
is known at that moment. Later nobody is: see `returned`."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.records import unpack_vector
from cocopfs.removal.published import Row
from cocopfs.removal.request import Subjects
from cocopfs.stages.naming import Naming

_SHORTEST = 5  # characters: fewer come about by chance in pictures
_BLOCK = 1 << 23
_ROWS = 256
_SAME = 0.9999  # cosine of two copies of one embedding
_VECTOR_HEAD = 16  # bytes of an embedding that are looked for in raw files


@dataclass(frozen=True, slots=True)
class Trace:
    """Where somebody who was taken out can still be found. `place`: "raw bytes", or a column."""

    file: str
    place: str
    what: str  # "an id", "a name", "an embedding": never whose


@dataclass(frozen=True, slots=True)
class Needles:
    """What to look for: texts with what they are, and embeddings of unit length, (n, d) float32."""

    texts: Mapping[str, str]
    vectors: NDArray[np.float32]

    @classmethod
    def of(cls, subjects: Subjects, naming: Naming, rows: Mapping[str, Sequence[Row]]) -> Needles:
        """All that stands for the subjects in a dataset: ids, names, file names, embeddings."""
        texts = dict.fromkeys(subjects.names, "a name")
        for class_id in subjects.identities:
            texts |= {class_id: "an id", naming.identity(class_id): "an id"}
        vectors = []
        for person in subjects.people:
            texts[person.name] = "a name"
            vectors += [portrait.embedding for portrait in (*person.sources, person.reference)]
            vectors.append(person.medoid)
        wanted = set(subjects.photos)
        for row in (row for file in rows.values() for row in file):
            if row.photo_id in wanted:
                texts[f"{row.photo_id}_{row.identity}"] = "a sample's id"
        for photo_id in wanted:
            texts[f"{photo_id:012d}"] = "a photograph's file name"
        spelt = {form: what for text, what in texts.items() for form in _spellings(text)}
        usable = {text: what for text, what in spelt.items() if len(text) >= _SHORTEST}
        stacked = [unpack_vector(vector) for vector in vectors]
        empty = np.zeros((0, 0), np.float32)
        return cls(usable, np.stack(stacked) if stacked else empty)


def find_traces(out: Path, needles: Needles) -> Iterator[Trace]:
    """Where the needles are found below a folder.

    Looked at: the raw bytes of every file, in UTF-8, UTF-16 and as JSON writes text; every value of
    every column of Parquet files, nested ones too, bytes in them as raw bytes; every value of JSON;
    what gzip and zip files (npz is one) hold. Texts count as whole words in any case; those shorter
    than five characters are not looked for. Embeddings count when a stored vector of that length,
    as bytes or as numbers, points their way (cosine of 0.9999), and in raw files by their first
    bytes in half, single or double precision. What a picture shows is not looked at.
    """
    search = _Search(needles)
    for path in sorted(out.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(out).as_posix()
            for place, what in dict.fromkeys(search.file(path)):
                yield Trace(name, place, what)


class _Search:
    def __init__(self, needles: Needles) -> None:
        self._vectors = needles.vectors
        self._raw: dict[bytes, str] = {}
        for text, what in needles.texts.items():
            for data in (
                text.encode(),
                text.encode("utf-16-le"),
                json.dumps(text)[1:-1].encode(),
            ):
                self._raw[data.lower()] = what
        self._heads = {
            np.ascontiguousarray(vector, kind).tobytes()[:_VECTOR_HEAD]
            for vector in needles.vectors
            for kind in ("<f2", "<f4", "<f8")
        }
        lengths = [len(form) for form in (*self._raw, *self._heads)]
        self._overlap = max(lengths, default=1) + 2

    def file(self, path: Path) -> Iterator[tuple[str, str]]:
        with path.open("rb") as file:
            yield from (("raw bytes", what) for what in self.stream(file))
        if path.suffix == ".parquet":
            yield from self._parquet(path)
        elif path.suffix == ".json":
            yield from self._json(path)
        elif path.suffix == ".gz":
            yield from self._gzip(path)
        elif zipfile.is_zipfile(path):
            yield from self._zip(path)

    def stream(self, file: IO[bytes] | gzip.GzipFile) -> Iterator[str]:
        """What is found in a stream of bytes, a block in memory at a time."""
        rest = b""
        while block := file.read(_BLOCK):
            yield from self.data(rest + block)
            rest = (rest + block)[-self._overlap :]

    def data(self, data: bytes) -> Iterator[str]:
        small = data.lower()
        for form, what in self._raw.items():
            if _has_word(small, form):
                yield what
        if any(head in data for head in self._heads):  # no word boundaries around numbers
            yield "an embedding"

    def _parquet(self, path: Path) -> Iterator[tuple[str, str]]:
        try:
            with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as parquet:
                for batch in parquet.iter_batches(_ROWS, columns=_hidden_columns(parquet)):
                    for name, column in zip(batch.schema.names, batch.columns, strict=True):
                        for value in column.to_pylist():
                            yield from ((name, what) for what in self._value(value))
        except (OSError, pa.ArrowException):
            return  # no Parquet: its raw bytes were looked at

    def _json(self, path: Path) -> Iterator[tuple[str, str]]:
        try:
            content = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            return
        yield from (("a value", what) for what in self._value(content))

    def _gzip(self, path: Path) -> Iterator[tuple[str, str]]:
        try:
            with gzip.open(path) as file:
                yield from (("inside", what) for what in self.stream(file))
        except (OSError, EOFError):
            return

    def _zip(self, path: Path) -> Iterator[tuple[str, str]]:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                try:
                    with archive.open(member) as file:
                        yield from ((member.filename, what) for what in self.stream(file))
                except (OSError, zipfile.BadZipFile, RuntimeError):
                    continue

    def _value(self, value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield from self.data(value.encode())
        elif isinstance(value, bytes):
            yield from self.data(value)
            if len(value) % 4 == 0:
                yield from self._vector(np.frombuffer(value, "<f4"))
        elif isinstance(value, Mapping):
            yield from (what for part in value.items() for one in part for what in self._value(one))
        elif isinstance(value, list):
            if value and all(isinstance(one, float) for one in value):
                yield from self._vector(np.asarray(value, np.float32))
            else:
                yield from (what for one in value for what in self._value(one))

    def _vector(self, vector: NDArray[np.float32]) -> Iterable[str]:
        if not len(self._vectors) or vector.shape != self._vectors.shape[1:]:
            return []
        length = float(np.linalg.norm(vector.astype(np.float64)))
        if not np.isfinite(length) or length == 0:
            return []
        near = self._vectors.astype(np.float64) @ vector.astype(np.float64) / length
        return ["an embedding"] if near.max() > _SAME else []


def _has_word(data: bytes, form: bytes) -> bool:
    """Whether the form is in the data, in lower case, with neither letter nor digit beside it."""
    start = data.find(form)
    while start >= 0:
        end = start + len(form)
        if not (data[start - 1 : start].isalnum() or data[end : end + 1].isalnum()):
            return True
        start = data.find(form, start + 1)
    return False


def _hidden_columns(parquet: pq.ParquetFile) -> list[str]:
    """All columns but pictures that are stored as they are: those the raw search has seen, and they
    are nearly all of a dataset's bytes."""
    schema, metadata = parquet.schema, parquet.metadata
    paths = [schema.column(number).path for number in range(len(schema))]

    def plain(number: int) -> bool:
        return all(
            metadata.row_group(group).column(number).compression == "UNCOMPRESSED"
            for group in range(metadata.num_row_groups)
        )

    return [
        path for number, path in enumerate(paths) if not (path == "image.bytes" and plain(number))
    ]


def _spellings(text: str) -> set[str]:
    """A name with blanks and as VGGFace2 writes it."""
    return {text, text.replace(" ", "_"), text.replace("_", " ")}
