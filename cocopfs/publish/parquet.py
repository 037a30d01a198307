"""Samples as Parquet files whose pictures Hugging Face's `datasets` shows by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.arrow import from_table, schema, to_table
from cocopfs.records import EncodedImage, ReferenceEmbedding, Sample

_IMAGE = "image"
_EMBEDDING = "reference_embedding"
_PICTURE = f"{_IMAGE}.bytes"
_FLOATS = pa.list_(pa.field("item", pa.float32(), nullable=False))


def write_samples(file: BinaryIO | Path, samples: Iterable[Sample], *, rows_per_group: int) -> int:
    """Write the rows in their order, `rows_per_group` a row group (the last may have fewer), and
    return how many there were. One row group is in memory at a time.

    The bytes depend on the rows, on `rows_per_group` and on pyarrow's version, nothing else. The
    pictures are JPEG and stored as they are; all other columns are compressed. Pages are cut by
    content, so that a row more or less leaves most of a file's bytes alone.
    """
    rows, count = iter(samples), 0
    published = published_schema()
    columns = _leaves(published)
    coded = [column for column in columns if column != _PICTURE]
    with pq.ParquetWriter(
        file,
        published,
        compression={column: "none" if column == _PICTURE else "zstd" for column in columns},
        use_dictionary=coded,
        write_statistics=coded,
        write_page_index=True,
        use_content_defined_chunking=True,
    ) as writer:
        while group := list(islice(rows, rows_per_group)):
            table = to_table(Sample, group).cast(published)
            writer.write_table(table, row_group_size=rows_per_group)
            count += len(group)
    return count


def read_samples(file: Path) -> Iterator[Sample]:
    """The rows of a file that `write_samples` made, a row group in memory at a time.

    Raises ValueError when the columns are not Sample's."""
    with pq.ParquetFile(file) as parquet:
        for number in range(parquet.num_row_groups):
            group = parquet.read_row_group(number)
            if not group.schema.equals(published_schema()):
                raise ValueError(f"{file} is not a file of samples: found {group.schema}")
            yield from from_table(Sample, group.cast(schema(Sample)))


def write_embeddings(file: BinaryIO, rows: Iterable[ReferenceEmbedding]) -> None:
    """A Parquet file of embeddings, as float32."""
    plain = schema(ReferenceEmbedding)
    place = plain.get_field_index("embedding")
    narrow = plain.set(place, plain.field(place).with_type(_FLOATS))
    pq.write_table(to_table(ReferenceEmbedding, rows).cast(narrow), file, compression="zstd")


def published_schema() -> pa.Schema:
    """The schema of Sample, with what makes `datasets` read `image` as pictures: metadata, and a
    column that may be null, since it takes the metadata's word only for a column of that very type.
    All other columns it reads as what they are. Embeddings are float32, as networks give them."""
    plain = schema(Sample)
    embedding = plain.field(_EMBEDDING).with_type(_FLOATS)
    plain = plain.set(plain.get_field_index(_EMBEDDING), embedding)
    picture = pa.struct([child.with_nullable(True) for child in schema(EncodedImage)])
    features = {_IMAGE: {"_type": "Image"}}
    return plain.set(
        plain.get_field_index(_IMAGE), pa.field(_IMAGE, picture, nullable=True)
    ).with_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def _leaves(of: pa.Schema) -> list[str]:
    """The paths of the columns that Parquet stores, which is what its settings are keyed by."""
    leaves = []
    for field in of:
        if pa.types.is_struct(field.type):
            leaves += [f"{field.name}.{child.name}" for child in field.type]
        elif pa.types.is_list(field.type):
            leaves.append(f"{field.name}.list.element")
        else:
            leaves.append(field.name)
    return leaves
