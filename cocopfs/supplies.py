"""What a build runs on: the folders that were given, or the world that comes with the package."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from cocopfs.errors import UsageError
from cocopfs.faces.pack import open_pack
from cocopfs.faces.session import Device, resolve_device
from cocopfs.recipe import DEFAULT_RECIPE, Recipe
from cocopfs.stages.pipeline import Materials, roles_for
from cocopfs.world.embedded import PACK, EmbeddedWorld


def gather(
    recipe: Recipe,
    out: Path,
    coco: Path | None,
    vggface2: Path | None,
    pack: Path | None,
    device: Device,
    limit: int | None,
    workers: int,
) -> Materials:
    """The materials of a build into `out`. A recipe with a `world` needs no folders: it is drawn
    below OUT/work/ before the first stage, by that many workers.

    Raises UsageError when a folder is missing, and what `open_pack` and `resolve_device` raise.
    """
    given = {"--coco": coco, "--vggface2": vggface2, "--pack": pack}
    drawn = None
    if recipe.world is not None and coco is None and vggface2 is None:
        drawn = EmbeddedWorld(out.resolve() / "work", recipe.world, recipe.seed)
        coco, vggface2, pack = drawn.world.coco, drawn.world.vggface2, pack or PACK
    if coco is None or vggface2 is None or pack is None:
        missing = [option for option, folder in given.items() if folder is None]
        raise UsageError(
            f"the recipe {recipe.name} needs {', '.join(missing)}",
            expected="the folders of photographs, of portraits, and of networks",
            hint=f"cocopfs build {DEFAULT_RECIPE} --out OUT draws a world of its own",
        )
    for option, folder in given.items():
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{option} {folder} is not a folder", hint="cocopfs build --help")
    return Materials(
        coco=coco.resolve(),
        vggface2=vggface2.resolve(),
        pack=open_pack(pack.resolve(), roles_for(recipe)),
        device=resolve_device(device),
        limit=limit,
        supply=None if drawn is None else partial(drawn.draw, workers),
    )
