"""One pass over all files: hashed against the manifests, and the rows looked at on the way."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.parquet as pq
from joblib import Parallel, delayed

from cocopfs.audit.dataset import Damage, DataFile, Dataset, compare, unreadable
from cocopfs.audit.samples import Samples, join, read_columns
from cocopfs.engine.commit import file_digest
from cocopfs.engine.progress import Progress
from cocopfs.publish.parquet import read_samples
from cocopfs.records import Sample
from cocopfs.sources.paths import UnsafePathError, inside
from cocopfs.verify.finding import KEPT, Finding
from cocopfs.verify.listing import Listed
from cocopfs.verify.row import Rules, faults

DATA_NAME = re.compile(r"data/(train|validation|test)-(\d{5})-of-(\d{5})\.parquet")
_MEGABYTE = 2**20
_LARGEST_GROUP = 4 * 2**30  # bytes of a row group; a hundred pictures are some tens of megabytes


@dataclass
class Tally:
    """What the rows told, put together file by file.

    found: findings by promise, at most KEPT of each. forms: how names were put into captions.
    """

    rows: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    forms: Counter[str] = field(default_factory=Counter)

    def add(self, promise: str, finding: Finding) -> None:
        self.broken[promise] += 1
        if len(self.found[promise]) < KEPT:
            self.found[promise].append(finding)

    def merge(self, other: Tally) -> None:
        self.rows += other.rows
        self.forms += other.forms
        for promise, findings in other.found.items():
            self.broken[promise] += other.broken[promise]
            self.found[promise] += findings[: KEPT - len(self.found[promise])]


@dataclass(frozen=True, slots=True)
class Contents:
    """What the pass found. `damages`: files that are not the listed ones, by their order;
    `unreadable`: files of the right bytes that hold no rows of ours."""

    files: int
    damages: tuple[Damage, ...]
    unreadable: tuple[Damage, ...]
    samples: Samples
    tally: Tally

    @property
    def whole(self) -> bool:
        """All rows could be read."""
        return not self.unreadable and not any(
            damage.name.startswith("data/") for damage in self.damages
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one task found: about the names of one file on the disk."""

    damages: list[Damage]
    unreadable: list[Damage]
    table: pa.Table | None
    tally: Tally


def read_contents(
    dataset: Dataset,
    listed: Sequence[Listed],
    rules: Rules,
    workers: int,
    progress: Progress,
) -> Contents:
    """Hash all listed files and look at every row of those below `data/`.

    A file of several names (the published files are links to those of `work/`) is read once. Rows
    are read a row group at a time in each of `workers` threads; of all rows together only the
    columns of Samples are kept.
    """
    numbers = {file.name: number for number, file in enumerate(dataset.files)}
    tasks = _tasks(dataset, listed)
    progress.start("verify", sum(_megabytes(names[0]) for names in tasks))
    damages: list[Damage] = []
    broken: list[Damage] = []
    tables: dict[int, pa.Table] = {}
    tallies: dict[int, Tally] = {}
    parallel = Parallel(n_jobs=workers, backend="threading", return_as="generator", batch_size=1)
    jobs = (
        delayed(_look)(dataset, names, _data_file(dataset, names, numbers), numbers, rules)
        for names in tasks
    )
    for names, seen in zip(tasks, parallel(jobs), strict=True):
        damages += seen.damages
        broken += seen.unreadable
        file = _data_file(dataset, names, numbers)
        if file is not None:
            number = numbers[file.name]
            tallies[number] = seen.tally
            if seen.table is not None:
                tables[number] = seen.table
        progress.advance(_megabytes(names[0]), len(seen.damages))
    progress.finish()
    tally = Tally()
    for number in sorted(tallies):
        tally.merge(tallies[number])
    return Contents(
        files=len(listed),
        damages=tuple(sorted(damages, key=lambda damage: damage.name)),
        unreadable=tuple(sorted(broken, key=lambda damage: damage.name)),
        samples=join([tables[number] for number in sorted(tables)]),
        tally=tally,
    )


def _tasks(dataset: Dataset, listed: Sequence[Listed]) -> list[list[Listed]]:
    """The listed files, those together that are one on the disk; the largest first."""
    groups: dict[object, list[Listed]] = defaultdict(list)
    for file in listed:
        key: object = file.name
        try:
            status = inside(dataset.root, file.name).stat()
            key = status.st_dev, status.st_ino
        except (OSError, UnsafePathError):
            pass  # told when it is read
        groups[key].append(file)
    return sorted(groups.values(), key=lambda names: -names[0].entry.bytes)


def _megabytes(file: Listed) -> int:
    return file.entry.bytes // _MEGABYTE + 1


def _data_file(
    dataset: Dataset, names: Sequence[Listed], numbers: Mapping[str, int]
) -> DataFile | None:
    for file in names:
        if file.name in numbers:
            return dataset.files[numbers[file.name]]
    return None


def _look(
    dataset: Dataset,
    names: Sequence[Listed],
    file: DataFile | None,
    numbers: Mapping[str, int],
    rules: Rules,
) -> _Seen:
    """One file on the disk: hashed once, its rows looked at where they are the published ones."""
    tally = Tally()
    try:
        sha256, size = file_digest(inside(dataset.root, names[0].name))
    except (OSError, UnsafePathError) as error:
        return _Seen([Damage(n.name, unreadable(error)) for n in names], [], None, tally)
    found = (compare(one.name, one.entry, sha256, size) for one in names)
    damages = [damage for damage in found if damage is not None]
    if file is None or any(damage.name == file.name for damage in damages):
        return _Seen(damages, [], None, tally)
    try:
        here = replace(rules, split=_split(file))
        for row in _rows(file):
            _look_at_row(row, file, here, tally)
        table = read_columns(file, numbers[file.name])
    except (OSError, pa.ArrowException, ValueError, OverflowError) as error:
        broken = [Damage(file.name, f"holds no rows of this dataset: {error}")]
        return _Seen(damages, broken, None, tally)
    return _Seen(damages, [], table, tally)


def _rows(file: DataFile) -> Iterator[Sample]:
    """Raises ValueError for row groups that no build writes: they would not fit in memory."""
    metadata = pq.read_metadata(file.path)
    for number in range(metadata.num_row_groups):
        size = metadata.row_group(number).total_byte_size
        if not 0 <= size <= _LARGEST_GROUP:
            raise ValueError(f"row group {number} of {size} bytes")
    return read_samples(file.path)


def _split(file: DataFile) -> str:
    named = DATA_NAME.fullmatch(file.name)
    return named[1] if named else ""


def _look_at_row(row: Sample, file: DataFile, rules: Rules, tally: Tally) -> None:
    tally.rows += 1
    tally.forms.update(map(str, row.caption_forms))
    for promise, what in faults(row, rules):
        tally.add(promise, Finding(f"{file.name}: {row.sample_id}", what))
