"""Samples as Parquet files whose pictures Hugging Face's `datasets` shows by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from cocopfs.arrow import schema, to_table
from cocopfs.records import EncodedImage, Sample

_PICTURE = "image.bytes"


def write_samples(
    file: BinaryIO | Path, samples: Iterable[Sample], *, rows_per_group: int
) -> int:
    """Write the rows in their order, `rows_per_group` a row group (the last may have fewer), and
    return how many there were. One row group is in memory at a time.

    The bytes depend on the rows, on `rows_per_group` and on pyarrow's version, nothing else. The
    pictures are JPEG and stored as they are; all other columns are compressed. Pages are cut by
    content, so that a row more or less leaves most of a file's bytes alone.
    """
    rows, count = iter(samples), 0
    columns = _leaves(published_schema())
    coded = [column for column in columns if column != _PICTURE]
    with pq.ParquetWriter(
        file,
        published_schema(),
        compression={column: "none" if column == _PICTURE else "zstd" for column in columns},
        use_dictionary=coded,
        write_statistics=coded,
        write_page_index=True,
        use_content_defined_chunking=True,
    ) as writer:
        while group := list(islice(rows, rows_per_group)):
            table = to_table(Sample, group)
            writer.write_table(table, row_group_size=rows_per_group)
            count += len(group)
    return count


def published_schema() -> pa.Schema:
    """The schema of Sample, with the features that `datasets` reads from its metadata."""
    plain = schema(Sample)
    features = {field.name: _feature(field.type) for field in plain}
    info = json.dumps({"info": {"features": features}}, sort_keys=True)
    return plain.with_metadata({"huggingface": info})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    """An Arrow type as `datasets` names it. "Sequence" is read by all versions, while "List", its
    name since version 4, is not known to version 3."""
    if kind == pa.struct(schema(EncodedImage)):
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"_type": "Sequence", "feature": _feature(kind.value_type)}
    dtype = "float64" if pa.types.is_float64(kind) else str(kind)
    return {"_type": "Value", "dtype": dtype}


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
