"""match: which identities' faces each photograph gets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar

import msgspec

from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.publish.standing import Standing
from cocopfs.recipe import MatchPart, settings_of
from cocopfs.records import DescribedPhoto, Identity, MatchIdentity, MatchPhoto, Pairing, Photo
from cocopfs.stages.contract import TABLE_LIBRARIES
from cocopfs.stages.pairing import pair
from cocopfs.stages.replay import replay, stands


@dataclass(frozen=True)
class Match:
    """The one stage that draws lots: from hash(seed, item) alone, so input order is nothing."""

    part: MatchPart
    seed: int
    needed: int  # identities that `judge` asks of a photo
    standing: Standing | None = None  # pairings that are kept, see `replay`

    name: ClassVar[str] = "match"
    version: ClassVar[int] = 2
    gives: ClassVar[type] = Pairing
    reads: ClassVar[tuple[str, ...]] = ("select", "describe", "enroll")
    scope: ClassVar[Scope] = "global"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = False
    libraries: ClassVar[tuple[str, ...]] = (*TABLE_LIBRARIES, "numpy")
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        own = settings_of("match", self.part)
        return own | {"judge.min_identities": self.needed, "seed": self.seed}

    @property
    def ingredients(self) -> Mapping[str, str]:
        if self.standing is None:
            return {}
        kept = (self.standing.identities, self.standing.photos)
        return {"standing": hashlib.sha256(msgspec.json.encode(kept)).hexdigest()}

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
        if self.standing is not None and stands(self.standing, shard.rows, shard.context):
            return Result(*replay(self.standing, shard.rows, shard.context, self.part, self.seed))
        return Result(*pair(shard.rows, shard.context, self.part, self.seed, self.needed))

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Pairing, rows)
