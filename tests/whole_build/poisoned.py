"""A build in which one photo ends the process that works on it. Worker processes import this."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any

from cocopfs.engine.stage import Result, Shard, Stage
from cocopfs.faces.models import Models
from cocopfs.records import AnnotatedPhoto, Box, Photo
from cocopfs.sources.pictures import Picture
from cocopfs.stages.build import Build
from cocopfs.stages.register import Register
from cocopfs.stages.select import Select
from cocopfs.stages.swap import SwapFaces


@dataclass(frozen=True)
class PoisonedSelect(Select):
    """As if the detector crashed on a photo."""

    poison: int = 0

    def _select(
        self, annotated: AnnotatedPhoto, picture: Picture, person: Box, models: Models
    ) -> Photo:
        if annotated.photo_id == self.poison:
            os._exit(9)
        return super()._select(annotated, picture, person, models)


@dataclass(frozen=True)
class PoisonedSwap(SwapFaces):
    """As if the swapper crashed on a photo."""

    poison: int = 0

    def process(self, shard: Shard, models: Models) -> Result:
        if any(target.photo_id == self.poison for target in shard.rows):
            os._exit(9)
        return super().process(shard, models)


@dataclass(frozen=True)
class PoisonedBuild(Build):
    """The build with these stages in place of its own."""

    stage: str = "select"
    poison: int = 0

    def stages(self, register: Register) -> tuple[Stage, ...]:
        kinds: dict[str, Any] = {"select": PoisonedSelect, "swap": PoisonedSwap}
        return tuple(
            kinds[stage.name](**_values(stage), poison=self.poison)
            if stage.name == self.stage
            else stage
            for stage in super().stages(register)
        )


def _values(stage: Any) -> dict[str, Any]:
    return {field.name: getattr(stage, field.name) for field in fields(stage)}
