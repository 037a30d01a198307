"""What `world` says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from cocopfs.recipe import DEFAULT_RECIPE
from cocopfs.terminal.text import plain
from cocopfs.world.disk import World

_FEW = 60
"""Fewer identities than that, in six groups, two genders and three splits, leave most photographs
without the three that the recipe asks for."""


def world_lines(
    world: World, folder: Path, photos: int, identities: int, portraits: int
) -> Iterator[str]:
    """What was drawn, and the command that builds a dataset of it with the package's networks."""
    yield (
        f"{photos} photos and {identities} identities x {portraits} portraits in "
        f"{plain(str(folder))}"
    )
    command = ["cocopfs", "build", DEFAULT_RECIPE]
    command += ["--coco", str(world.coco), "--vggface2", str(world.vggface2)]
    command += ["--out", f"{folder}-dataset"]
    if identities < _FEW:
        command += ["--set", "match.splits=train", "--set", "judge.min_identities=1"]
    yield f"next: {plain(shlex.join(command))}"
