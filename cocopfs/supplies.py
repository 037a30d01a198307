"""What a build runs on: the folders that were given, or the world that comes with the package."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from cocopfs.engine.runner import Executor
from cocopfs.errors import UsageError
from cocopfs.faces.gpus import choose_gpus, count_gpus
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
    gpus: str | None = None,
) -> Materials:
    """The materials of a build into `out`. A recipe with a `world` needs no folders: it is drawn
    below OUT/work/ before the first stage, by that many workers.

    gpus: see `choose_gpus`; networks then run on them.
    Raises UsageError when a folder is missing, and what `open_pack`, `resolve_device` and
    `choose_gpus` raise.
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
    if gpus is not None and device == "cpu":
        raise UsageError(f"--gpus {gpus} and --device cpu contradict each other")
    provider = resolve_device(device if gpus is None else "cuda")
    return Materials(
        coco=coco.resolve(),
        vggface2=vggface2.resolve(),
        pack=open_pack(pack.resolve(), roles_for(recipe)),
        device=provider,
        limit=limit,
        supply=None if drawn is None or drawn.is_drawn else partial(drawn.draw, workers),
        gpus=() if gpus is None else _shared_out(choose_gpus(gpus, count_gpus()), workers),
    )


def _shared_out(gpus: tuple[int, ...], workers: int) -> tuple[int, ...]:
    """The GPU of each process: one process on each, or as many on each as `workers` gives."""
    if workers not in (1, len(gpus)) and workers % len(gpus):
        raise UsageError(
            f"{workers} workers cannot be shared out evenly among {len(gpus)} GPUs",
            hint=f"--workers {len(gpus)} or a multiple of it",
        )
    return gpus * max(1, workers // len(gpus))


def executor_for(
    materials: Materials, workers: int, backend: Literal["loky", "threading"]
) -> Executor:
    """Who does the work: so many workers, or the processes of the build's GPUs."""
    processes = len(materials.gpus)
    if processes > 1 and backend != "loky":
        raise UsageError(
            f"--gpus means {processes} processes, which --executor {backend} does not make",
            hint="leave --executor out",
        )
    return Executor(processes or workers, backend)
