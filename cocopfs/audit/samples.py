"""The published rows, a file at a time: columns of all of them, pictures of a few."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.audit.dataset import Damage, DataFile, Dataset, check_file
from cocopfs.audit.figures import KNOWN
from cocopfs.engine.progress import Progress
from cocopfs.records import Figures

_FIGURES = tuple(dict.fromkeys([*KNOWN, *(field.name for field in fields(Figures))]))
_TEXTS = (
    "split",
    "identity",
    "name",
    "gender",
    "ethnicity",
    "original_gender",
    "original_ethnicity",
    "match_rule",
    "licence_name",
    "licence_url",
    "file_name",
    "source_portrait",
    "reference_portrait",
)
_PLACES = ("face_x", "face_y", "face_width", "face_height", "width", "height")
LANDMARKS = tuple(
    f"{point}_{axis}"
    for point in ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
    for axis in "xy"
)
_REQUIRED = (
    "sample_id",
    "split",
    "coco_image_id",
    "identity",
    "file_name",
    "source_portrait",
    "reference_portrait",
    *_PLACES,
    *LANDMARKS,
)
_PICTURES_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Samples:
    """The published rows without their pictures and captions; `absent` names the figures that this
    dataset has no column for."""

    table: pa.Table
    figures: tuple[str, ...]
    absent: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def values(self, name: str) -> NDArray[np.float64]:
        """A column of numbers or flags as (n,) float64, NaN where it is null."""
        column = self.table[name].cast(pa.float64())
        return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)

    def texts(self, name: str) -> list[str | None]:
        """A column of texts; all null where the dataset has none."""
        if name not in self.table.column_names:
            return [None] * len(self)
        found: list[str | None] = self.table[name].to_pylist()
        return found


def photos_of(samples: Samples) -> NDArray[np.int64]:
    """The COCO ids of the samples' photographs, (n,)."""
    return np.asarray(samples.table["coco_image_id"].to_numpy(), np.int64)


def read_samples(dataset: Dataset, progress: Progress) -> tuple[Samples, list[Damage]]:
    """All rows of the files that are sound, and the files that are not.

    Every file is hashed against the manifest. Pictures and captions are not kept: a row takes
    about a kilobyte.
    """
    tables, damages = [], []
    progress.start("figures", sum(file.entry.rows or 0 for file in dataset.files))
    for number, file in enumerate(dataset.files):
        rows = file.entry.rows or 0
        damage = check_file(dataset, file.name)
        if damage is None:
            try:
                tables.append(read_columns(file, number))
            except (OSError, pa.ArrowException, ValueError) as error:
                damage = Damage(file.name, f"cannot be read as Parquet: {error}")
        if damage is not None:
            damages.append(damage)
        progress.advance(rows, rows if damage else 0)
    progress.finish()
    return join(tables), damages


def join_tables(tables: Iterable[pa.Table]) -> Samples:
    """Rows that are not published as `Samples`: tables with some of its columns, and in `_file` and
    `_row` where their pictures lie."""
    return join([_kept(table) for table in tables])


def join(tables: Sequence[pa.Table]) -> Samples:
    """The rows of several files, each as `read_columns` gives them. No files have no rows, and lack
    no column."""
    empty = _empty(_REQUIRED if tables else (*_REQUIRED, *_FIGURES))
    table = pa.concat_tables([empty, *tables], promote_options="default").unify_dictionaries()
    figures = tuple(name for name in _FIGURES if name in table.column_names)
    return Samples(table, figures, tuple(name for name in _FIGURES if name not in figures))


def pictures(
    dataset: Dataset, samples: Samples, wanted: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    """The JPEG bytes of some rows, by their number in `samples`, in order; a few rows of one file
    are in memory at a time. Rows whose picture is null are passed over."""
    return stored_pictures([file.path for file in dataset.files], "image.bytes", samples, wanted)


def stored_pictures(
    paths: Sequence[Path], column: str, samples: Samples, wanted: Collection[int]
) -> Iterator[tuple[int, bytes]]:
    """As `pictures`, of Parquet files whose column is called otherwise."""
    order = np.asarray(sorted(wanted), np.int64)
    files = np.asarray(samples.table["_file"].to_numpy())[order]
    places = np.asarray(samples.table["_row"].to_numpy())[order]
    for number in np.unique(files):
        chosen = files == number
        rows = dict(zip(places[chosen].tolist(), order[chosen].tolist(), strict=True))
        for place, picture in _pictures_of(paths[int(number)], column, rows):
            yield rows[place], picture


def _pictures_of(path: Path, name: str, places: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    wanted = set(places)
    with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as parquet:
        start = 0
        for group in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(group).num_rows
            if wanted.isdisjoint(range(start, start + rows)):
                start += rows
                continue
            for batch in parquet.iter_batches(
                _PICTURES_AT_ONCE, row_groups=[group], columns=[name]
            ):
                column = batch.column(0)
                if isinstance(column, pa.StructArray):
                    column = column.field(0)
                for place in range(start, start + batch.num_rows):
                    picture = column[place - start].as_py() if place in wanted else None
                    if picture is not None:
                        yield place, picture
                start += batch.num_rows


def read_columns(file: DataFile, number: int) -> pa.Table:
    """The columns that Samples keeps of one file, which is the dataset's `number`-th.

    Raises ValueError where it is not a file of samples, OSError or ArrowException where it cannot
    be read.
    """
    with pq.ParquetFile(file.path, memory_map=False, pre_buffer=False) as parquet:
        names = parquet.schema_arrow.names
        missing = [name for name in (*_REQUIRED, "image") if name not in names]
        if missing:
            raise ValueError(f"it has no column {', '.join(missing)}")
        table = parquet.read(columns=[name for name in _schema() if name in names])
    if file.entry.rows is not None and table.num_rows != file.entry.rows:
        raise ValueError(f"{table.num_rows} rows, the manifest says {file.entry.rows}")
    rows = np.arange(table.num_rows, dtype=np.int64)
    return _kept(
        table.append_column("_file", pa.array(np.full_like(rows, number))).append_column(
            "_row", pa.array(rows)
        )
    )


def _kept(table: pa.Table) -> pa.Table:
    """The columns in the types in which they are kept."""
    columns = {}
    for name in table.column_names:
        column = table[name].cast(_schema()[name])
        columns[name] = pc.dictionary_encode(column) if name in _TEXTS else column
    return pa.table(columns)


def _schema() -> dict[str, pa.DataType]:
    numbers = dict.fromkeys((*_PLACES, *LANDMARKS, *_FIGURES), pa.float64())
    texts = dict.fromkeys(("sample_id", *_TEXTS), pa.string())
    return {**texts, **dict.fromkeys(("coco_image_id", "_file", "_row"), pa.int64()), **numbers}


def _empty(names: Iterable[str]) -> pa.Table:
    """No rows of these columns."""
    columns = {name: pa.array([], _schema()[name]) for name in names}
    encoded = {
        name: pc.dictionary_encode(column) if name in _TEXTS else column
        for name, column in columns.items()
    }
    return pa.table({**encoded, **{n: pa.array([], pa.int64()) for n in ("_file", "_row")}})
