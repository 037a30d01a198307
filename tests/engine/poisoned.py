"""Toy stages whose work ends badly. Worker processes import them: nothing heavy here."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocopfs.engine.stage import Result, Shard
from tests.engine.toy import Doubled


@dataclass(frozen=True)
class Poisoned(Doubled):
    """Some numbers end the process that works on them."""

    poison: tuple[int, ...] = ()
    ends: int = 9  # the exit code, or minus a signal

    def process(self, shard: Shard, models: Any) -> Result:
        if any(row.value in self.poison for row in shard.rows):
            if self.ends < 0:
                os.kill(os.getpid(), -self.ends)
            os._exit(self.ends)
        return super().process(shard, models)


@dataclass(frozen=True)
class Together(Doubled):
    """Dies of a whole shard, of no item alone."""

    def process(self, shard: Shard, models: Any) -> Result:
        if len(shard.rows) == 3:
            os._exit(9)
        return super().process(shard, models)


@dataclass(frozen=True)
class Hangs(Doubled):
    def process(self, shard: Shard, models: Any) -> Result:
        time.sleep(60)
        return super().process(shard, models)


@dataclass(frozen=True)
class Slow(Doubled):
    def process(self, shard: Shard, models: Any) -> Result:
        time.sleep(2)
        return super().process(shard, models)


@dataclass(frozen=True)
class HangsOnce(Doubled):
    marker: Path = Path()

    def process(self, shard: Shard, models: Any) -> Result:
        if not self.marker.exists():
            self.marker.touch()
            time.sleep(60)
        return super().process(shard, models)


@dataclass(frozen=True)
class TellsAndWaits(Doubled):
    folder: Path = Path()

    def process(self, shard: Shard, models: Any) -> Result:
        (self.folder / f"pid-{os.getpid()}").touch()
        time.sleep(60)
        return super().process(shard, models)


@dataclass(frozen=True)
class LosesMount(Doubled):
    def process(self, shard: Shard, models: Any) -> Result:
        raise OSError(5, os.strerror(5))
