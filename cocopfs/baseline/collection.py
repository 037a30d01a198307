"""The rows that the baseline learns from and is judged by: what is published, with its captions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from cocopfs.audit.dataset import Dataset, open_dataset
from cocopfs.audit.samples import Samples, photos_of, read_samples
from cocopfs.captions.enrich import TOKEN
from cocopfs.engine.progress import Progress
from cocopfs.errors import IncompleteError, UsageError
from cocopfs.records import Split

Captions = tuple[tuple[str, ...], ...]
_CAPTIONS = ("captions", "captions_in_place", "captions_in_place_tok")
_FACELESS = ("captions", "captions_in_place")


@dataclass(frozen=True, slots=True)
class Collection:
    """All n rows of a dataset in the order in which they are published.

    captions: of each row the original captions; `in_place` and `tok` are aligned with them, and
    carry the identity's published name, or [TOK].
    photos: (n,) int64, the COCO ids of the photographs: rows of one photograph are a context.
    """

    dataset: Dataset
    samples: Samples
    captions: Captions
    in_place: Captions
    tok: Captions
    photos: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.samples)

    def rows_of(self, split: Split) -> NDArray[np.int64]:
        """The numbers of a split's rows."""
        found = [row for row, value in enumerate(self.samples.texts("split")) if value == split]
        return np.asarray(found, np.int64)

    def texts(self, name: str) -> list[str]:
        """A column of texts that no row may lack; "" where one does."""
        return [value or "" for value in self.samples.texts(name)]


def read_collection(out: Path, progress: Progress) -> Collection:
    """Every file is hashed against the manifest, so that what is judged is what was built.

    Raises UsageError where `out` holds no complete dataset or has rows without captions, and
    IncompleteError that names a damaged file.
    """
    dataset = open_dataset(out)
    samples, damages = read_samples(dataset, progress)
    if damages:
        raise IncompleteError(
            f"{out} is damaged: {damages[0].name} {damages[0].why}",
            hint=f"cocopfs verify {out} names all damage; build the dataset again",
        )
    columns = {name: _column(dataset, name) for name in _CAPTIONS}
    for row, sample in enumerate(samples.table["sample_id"].to_pylist()):
        counts = {len(column[row]) for column in columns.values()}
        if len(counts) != 1 or counts == {0}:
            raise UsageError(
                f"sample {sample} of {out} has {sorted(counts)} captions in its columns",
                expected="one caption or more, in every style",
                hint="build the dataset again",
            )
        if any(TOKEN in text for name in _FACELESS for text in columns[name][row]):
            raise UsageError(
                f"a caption of sample {sample} of {out} holds {TOKEN}",
                expected=f"{TOKEN} in captions_in_place_tok alone: it is where a face enters",
            )
    return Collection(
        dataset,
        samples,
        columns["captions"],
        columns["captions_in_place"],
        columns["captions_in_place_tok"],
        photos_of(samples),
    )


def _column(dataset: Dataset, name: str) -> Captions:
    found: list[tuple[str, ...]] = []
    for file in dataset.files:
        try:
            column = pq.read_table(file.path, columns=[name])[name]
            found += [
                tuple(text or "" for text in texts or ())
                for texts in column.cast(pa.list_(pa.string())).to_pylist()
            ]
        except (OSError, pa.ArrowException, KeyError) as error:
            raise UsageError(
                f"{file.name} has no readable column {name}: {error}",
                expected="a dataset that `cocopfs build` made",
            ) from error
    return tuple(found)
