"""Face features of the portraits that stand behind the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.audit.dataset import Dataset, check_file
from cocopfs.audit.materials import read_gallery
from cocopfs.baseline.collection import Collection
from cocopfs.engine.store import read_rows
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.publish.folder import EMBEDDINGS
from cocopfs.records import ReferenceEmbedding, unpack_vector

Vectors = NDArray[np.float32]
_COLUMN = "reference_embedding"
_UNIT = 1e-3


@dataclass(frozen=True, slots=True)
class PortraitFaces:
    """Embeddings of the rows' portraits, (n, f) float32 of unit length: of the reference, which
    never drove a swap, and of the source that drove the row's; the latter null where only
    `private/` would tell it, and that is not there."""

    reference: Vectors
    source: Vectors | None


def portrait_faces(collection: Collection) -> PortraitFaces:
    """From `private/identities.parquet`; else, for whom a dataset was passed on to, from the rows'
    own column, or from `embeddings.parquet`.

    Raises UsageError where none of them tells all faces, and IncompleteError for a damaged
    `embeddings.parquet`.
    """
    dataset = collection.dataset
    if (dataset.private / "identities.parquet").exists():
        found = _of_gallery(dataset)
        return PortraitFaces(
            _vectors(collection, "reference_portrait", found, "private/identities.parquet"),
            _vectors(collection, "source_portrait", found, "private/identities.parquet"),
        )
    inline = _of_rows(dataset)
    if inline is not None:
        return PortraitFaces(_checked(collection.texts("sample_id"), inline), None)
    separate = _of_table(dataset)
    if separate is not None:
        return PortraitFaces(_vectors(collection, "reference_portrait", separate, EMBEDDINGS), None)
    raise UsageError(
        f"{dataset.root} tells no faces",
        expected="private/identities.parquet, rows with reference_embedding, or embeddings.parquet",
        hint="train where it was built, or build it with --set publish.embeddings=separate",
    )


def _of_gallery(dataset: Dataset) -> dict[str, Vectors]:
    try:
        portraits = read_gallery(dataset).portraits
        return {name: unpack_vector(one.embedding) for name, one in portraits.items()}
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UsageError(
            f"{dataset.root} tells no faces: {error}",
            expected="private/identities.parquet, which holds the portraits' embeddings",
            hint="train where the dataset was built, or build it again",
        ) from error


def _of_rows(dataset: Dataset) -> list[Vectors] | None:
    """Null where some row has none."""
    found: list[Vectors] = []
    for file in dataset.files:
        try:
            if _COLUMN not in pq.read_schema(file.path).names:
                return None
            column = pq.read_table(file.path, columns=[_COLUMN])[_COLUMN]
            if column.null_count:
                return None
            found += [np.asarray(row.values, np.float32) for row in column]
        except (OSError, ValueError, AttributeError, pa.ArrowException) as error:
            raise UsageError(
                f"{file.name} has no readable column {_COLUMN}: {error}",
                expected="a dataset that `cocopfs build` made",
            ) from error
    return found


def _of_table(dataset: Dataset) -> dict[str, Vectors] | None:
    """By published portrait id; null where there is no such table."""
    if EMBEDDINGS not in dataset.manifest.files:
        return None
    if damage := check_file(dataset, EMBEDDINGS):
        raise IncompleteError(
            f"{dataset.root} is damaged: {damage.name} {damage.why}",
            hint=f"cocopfs verify {dataset.root} names all damage",
        )
    try:
        rows = read_rows(dataset.root / EMBEDDINGS, ReferenceEmbedding)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UsageError(
            f"{EMBEDDINGS} of {dataset.root} cannot be read: {error}", hint="build it again"
        ) from error
    return {row.reference_portrait: np.asarray(row.embedding, np.float32) for row in rows}


def _vectors(
    collection: Collection, column: str, portraits: Mapping[str, Vectors], where: str
) -> Vectors:
    samples, wanted = collection.texts("sample_id"), collection.texts(column)

    def found() -> Iterator[Vectors]:
        for sample, portrait in zip(samples, wanted, strict=True):
            if portrait not in portraits:
                raise UsageError(
                    f"{column} {portrait!r} of sample {sample} is no portrait of the gallery",
                    expected=f"an id of {where}",
                    hint="build the dataset again",
                )
            yield portraits[portrait]

    return _checked(samples, list(found()))


def _checked(samples: Sequence[str], vectors: Sequence[Vectors]) -> Vectors:
    """(n, f). Raises UsageError for a vector that is not of unit length, or of another one."""
    for sample, vector in zip(samples, vectors, strict=True):
        width = vectors[0].size
        if vector.size != width or not abs(float(np.linalg.norm(vector)) - 1) < _UNIT:
            raise UsageError(
                f"the embedding of a portrait of sample {sample} is no unit vector of {width} "
                "numbers",
                hint="build the dataset again",
            )
    return np.stack(vectors) if vectors else np.empty((0, 1), np.float32)
