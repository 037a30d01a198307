"""A toy pipeline with real files: letters are read, odd ones rejected, then counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from rich.console import Console

from cocopfs.engine.executors import Executor
from cocopfs.engine.progress import LineProgress
from cocopfs.engine.runner import StageRun, run_stage
from cocopfs.engine.stage import RawFile, Result, Scope, Shard
from cocopfs.engine.store import Store, Upstream, write_table
from cocopfs.records import Box, ItemKind, Reason, Rejection


@dataclass(frozen=True, slots=True)
class Number:
    value: int
    box: Box | None = None

    @property
    def item(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Total:
    sum: int


@dataclass(frozen=True)
class Doubled:
    """Doubles the numbers of a file that are even; rejects the others."""

    file: Path
    factor: int = 2
    lose: int | None = None  # a bug: this number is lost
    name: ClassVar[str] = "double"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = Number
    reads: ClassVar[tuple[str, ...]] = ()
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ("pyarrow",)
    batch_setting: ClassVar[str | None] = "double.batch"

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"double.factor": self.factor}

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {"model": "0" * 64}

    def size(self, upstream: Upstream) -> int:
        return len(self.file.read_text().split())

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        numbers = [Number(int(word)) for word in self.file.read_text().split()]
        stat = self.file.stat()
        for start in range(0, len(numbers), 3):
            files = (RawFile(self.file.name, stat.st_size, stat.st_mtime_ns),)
            yield Shard(f"{start:04d}", tuple(numbers[start : start + 3]), files=files)

    def process(self, shard: Shard, models: Any) -> Result:
        result = Result([], [])
        for row in shard.rows:
            if row.value == self.lose:
                continue
            if row.value % 2:
                result.rejections.append(
                    Rejection(ItemKind.PHOTO, row.item, self.name, Reason.UNREADABLE, "odd")
                )
            else:
                result.rows.append(Number(row.value, Box(0, 0, row.value * self.factor, 1)))
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Number, rows)

    def refuse(self, row: Number, reason: Reason, detail: str) -> list[Rejection]:
        return [Rejection(ItemKind.PHOTO, row.item, self.name, reason, detail)]


@dataclass(frozen=True)
class Summed:
    """Adds up what `double` gave."""

    name: ClassVar[str] = "sum"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = Total
    reads: ClassVar[tuple[str, ...]] = ("double",)
    scope: ClassVar[Scope] = "global"
    aggregates: ClassVar[bool] = True
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = ("pyarrow",)
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return {}

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("double")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        yield Shard("all", tuple(upstream.read("double", Number)))

    def process(self, shard: Shard, models: None) -> Result:
        return Result([Total(sum(int(row.box.width) for row in shard.rows))], [])

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Total, rows)


ALONE = Executor()


def run(work: Path, *stages: Any, executor: Executor = ALONE) -> dict[str, StageRun]:
    upstream = Upstream(Store(work), {})
    runs = {}
    for stage in stages:
        runs[stage.name] = run_stage(stage, upstream, executor, dict, silent())
        upstream.stages[stage.name] = runs[stage.name].manifest
    return runs


def silent() -> LineProgress:
    return LineProgress(Console(quiet=True))


def total(work: Path) -> int:
    store = Store(work)
    manifest = store.stage("sum")
    assert manifest is not None
    (row,) = Upstream(store, {"sum": manifest}).read("sum", Total)
    return row.sum
