"""The world and the networks that come with the package: what a build without material runs on."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

import cocopfs
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.progress import Progress
from cocopfs.recipe import WorldPart
from cocopfs.world.disk import World, WorldSize, draw_world

PACK = Path(__file__).resolve().parent / "pack"
"""The drawn world's model pack."""

_WHOLE = "world.json"


class EmbeddedWorld:
    """A world in a folder of its own below the build's `work/`, one for each set of numbers."""

    def __init__(self, work: Path, part: WorldPart, seed: int) -> None:
        self._part, self._seed = part, seed
        # Another release may draw otherwise.
        self._told = msgspec.json.encode(
            {"cocopfs": cocopfs.__version__, "seed": seed, **part.model_dump()}
        )
        self._folder = work / f"world-{hashlib.sha256(self._told).hexdigest()[:12]}"

    @property
    def world(self) -> World:
        return World(self._folder / "coco", self._folder / "vggface2")

    @property
    def is_drawn(self) -> bool:
        return (self._folder / _WHOLE).is_file()

    def draw(self, workers: int, progress: Progress) -> None:
        """Draw it, unless it is there whole. An interrupted attempt is drawn over."""
        if self.is_drawn:
            return
        part = self._part
        size = WorldSize(part.photos, part.identities, part.portraits_per_identity)
        draw_world(self._folder, size, self._seed, workers, progress=progress)
        commit_bytes(self._folder / _WHOLE, self._told)
