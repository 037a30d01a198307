"""What a build runs on: the folders that were given, or the world that comes with the package."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from cocopfs.engine.executors import Backend, Executor
from cocopfs.errors import UsageError
from cocopfs.faces.gpus import choose_gpus, count_gpus
from cocopfs.faces.pack import open_pack
from cocopfs.faces.session import Device, resolve_device
from cocopfs.recipe import DEFAULT_RECIPE, Recipe
from cocopfs.sources.origin import shows_invented
from cocopfs.stages.pipeline import Materials, roles_for
from cocopfs.stages.run_record import last_run
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
    executor: Backend = "loky",
) -> Materials:
    """The materials of a build into `out`. A recipe with a `world` needs no folders: it is drawn
    below OUT/work/ before the first stage, by that many workers. Given folders of invented people
    need no pack with it: the package's networks know those, and real ones badly.

    gpus: see `choose_gpus`; networks then run on them. With Dask it may only be "all": each worker
    brings one, which this machine need not have.
    Raises UsageError when a folder is missing, and what `open_pack`, `resolve_device` and
    `choose_gpus` raise.
    """
    given = {"--coco": coco, "--vggface2": vggface2, "--pack": pack}
    for option, folder in given.items():
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{option} {folder} is not a folder", hint="cocopfs build --help")
    drawn = None
    if recipe.world is not None and coco is None and vggface2 is None:
        drawn = EmbeddedWorld(out.resolve() / "work", recipe.world, recipe.seed)
        coco, vggface2, pack = drawn.world.coco, drawn.world.vggface2, pack or PACK
    elif recipe.world is not None and coco is not None and vggface2 is not None and pack is None:
        pack = PACK if shows_invented(coco) and shows_invented(vggface2) else None
    if coco is None or vggface2 is None or pack is None:
        missing = [option for option, folder in given.items() if folder is None]
        raise UsageError(
            f"the recipe {recipe.name} needs {', '.join(missing)}",
            expected="the folders of photographs, of portraits, and of networks",
            hint=f"cocopfs build {DEFAULT_RECIPE} --out OUT draws a world of its own",
        )
    if gpus is not None and device == "cpu":
        raise UsageError(f"--gpus {gpus} and --device cpu contradict each other")
    if executor == "dask" and gpus not in (None, "all"):
        raise UsageError(
            f"--gpus {gpus} numbers the GPUs of one machine, not of a Dask cluster",
            expected="--gpus all: one GPU a worker",
            hint="the cluster deals them out, by CUDA_VISIBLE_DEVICES of each worker",
        )
    of_workers = executor == "dask" and gpus is not None
    chosen = () if gpus is None or of_workers else choose_gpus(gpus, count_gpus())
    # aside, since in most builds the networks run in other processes than this one
    provider: Literal["cuda", "cpu"] = (
        "cuda" if of_workers else resolve_device("cuda" if chosen else device, chosen or (0,))
    )
    return Materials(
        coco=coco.resolve(),
        vggface2=vggface2.resolve(),
        pack=open_pack(pack.resolve(), roles_for(recipe)),
        device=provider,
        limit=limit,
        supply=None if drawn is None or drawn.is_drawn else partial(drawn.draw, workers),
        gpus=_shared_out(chosen, workers) if chosen else (),
        elsewhere=executor == "dask" and provider == "cuda",
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
    materials: Materials,
    workers: int,
    backend: Backend,
    scheduler: str | None = None,
    gpus: str | None = None,
) -> Executor:
    """Who does the work: so many workers, the processes of the build's GPUs, or a Dask cluster."""
    if (scheduler is not None) != (backend == "dask"):
        raise UsageError(
            "--scheduler ADDRESS and --executor dask belong together",
            hint="--executor dask --scheduler tcp://HOST:8786",
        )
    if backend == "dask":
        return Executor(workers, backend, scheduler, gpu_each=gpus is not None)
    processes = len(materials.gpus)
    if processes > 1 and backend != "loky":
        raise UsageError(
            f"--gpus means {processes} processes, which --executor {backend} does not make",
            hint="leave --executor out",
        )
    return Executor(processes or workers, backend)


def pack_of(out: Path, given: Path | None) -> Path:
    """The pack that a dataset was made with: the given folder, or where the build found it.

    Raises UsageError where that is no folder.
    """
    pack = str(given) if given is not None else last_run(out).get("pack")
    if not pack or not Path(pack).is_dir():
        raise UsageError(
            f"the pack that {out} was made with is not there",
            expected=f"a folder of networks{f' at {pack}' if pack else ''}",
            hint="say where it lies with --pack",
        )
    return Path(pack)
