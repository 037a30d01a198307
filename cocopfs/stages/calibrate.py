"""calibrate: from which similarity on two faces of a group count as one person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import msgspec

from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.publish.standing import Standing, same_people
from cocopfs.quality.calibration import calibrate
from cocopfs.recipe import CalibratePart, settings_of
from cocopfs.records import Identity, Threshold
from cocopfs.stages.contract import TABLE_LIBRARIES


@dataclass(frozen=True)
class Calibrate:
    """Measured on the gallery's own portraits, so it needs no further data."""

    part: CalibratePart
    standing: Standing | None = None  # whose thresholds are kept

    name: ClassVar[str] = "calibrate"
    version: ClassVar[int] = 2
    gives: ClassVar[type] = Threshold
    reads: ClassVar[tuple[str, ...]] = ("enroll",)
    scope: ClassVar[Scope] = "global"
    aggregates: ClassVar[bool] = True
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = (*TABLE_LIBRARIES, "numpy")
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("calibrate", self.part)

    @property
    def ingredients(self) -> Mapping[str, str]:
        if self.standing is None:
            return {}
        kept = (self.standing.identities, self.standing.thresholds)
        return {"standing": hashlib.sha256(msgspec.json.encode(kept)).hexdigest()}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("enroll")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        yield Shard("all", tuple(upstream.read("enroll", Identity)))

    def process(self, shard: Shard, models: None) -> Result:
        people = (row.class_id for row in shard.rows)
        if self.standing is not None and same_people(self.standing, people):
            return Result(list(self.standing.thresholds), [])
        return Result(calibrate(shard.rows, self.part.far), [])

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Threshold, rows)
