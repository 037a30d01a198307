"""match: which identities' faces each photograph gets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

from cocopfs.engine.stage import Result, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.recipe import MatchPart, settings_of
from cocopfs.records import DescribedPhoto, Identity, MatchIdentity, MatchPhoto, Pairing, Photo
from cocopfs.stages.contract import TABLE_LIBRARIES
from cocopfs.stages.pairing import pair


@dataclass(frozen=True)
class Match:
    """The one stage that draws lots: from hash(seed, item) alone, so input order is nothing."""

    part: MatchPart
    seed: int

    name: ClassVar[str] = "match"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = Pairing
    reads: ClassVar[tuple[str, ...]] = ("select", "describe", "enroll")
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = (*TABLE_LIBRARIES, "numpy")
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("match", self.part) | {"seed": self.seed}

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {}

    def size(self, upstream: Upstream) -> int:
        return upstream.count("describe")

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        subsets = {photo.photo_id: photo.subset for photo in upstream.read("select", Photo)}
        photos = tuple(
            MatchPhoto(
                row.photo_id,
                subsets[row.photo_id],
                row.appearance.gender,
                row.appearance.ethnicity,
            )
            for row in upstream.read("describe", DescribedPhoto)
        )
        identities = tuple(
            MatchIdentity(row.class_id, row.gender, row.ethnicity, row.medoid)
            for row in upstream.read("enroll", Identity)
        )
        yield Shard("all", photos, identities)

    def process(self, shard: Shard, models: None) -> Result:
        return Result(*pair(shard.rows, shard.context, self.part, self.seed))

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Pairing, rows)
