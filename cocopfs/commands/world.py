"""world: a world of invented people, drawn into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import Workers, log, out_console
from cocopfs.engine.progress import progress_for
from cocopfs.terminal.world import world_lines
from cocopfs.world.disk import WorldSize, draw_world, require_empty


def world(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a folder that is not there yet")],
    photos: Annotated[int, typer.Option(min=1)] = 300,
    identities: Annotated[int, typer.Option(min=1)] = 100,
    portraits: Annotated[int, typer.Option(min=1, help="portraits an identity")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed draws the same files")] = 0,
    workers: Workers = 1,
) -> None:
    """Draw a world of invented people: photographs as COCO's, portraits as VGGFace2's."""
    require_empty(folder)
    size = WorldSize(photos, identities, portraits)
    drawn = draw_world(folder, size, seed, workers, progress=progress_for(log))
    for line in world_lines(drawn, folder, photos, identities, portraits):
        out_console.print(line, soft_wrap=True, highlight=False)
