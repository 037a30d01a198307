"""train-baseline: is what the dataset promises there to be learnt?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.audit.dataset import open_dataset
from cocopfs.commands.options import DatasetFolder, DeviceName, log, out_console
from cocopfs.engine.progress import progress_for
from cocopfs.errors import UsageError
from cocopfs.recipe import BaselinePart, load_recipe, recipe_names
from cocopfs.supplies import pack_of
from cocopfs.terminal.baseline import baseline_lines, baseline_tables
from cocopfs.world.embedded import PACK

BaselineOverrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="baseline.FIELD=VALUE", help="override a setting; may be repeated"
    ),
]
RecipeOfBaseline = Annotated[
    str | None,
    typer.Option("--recipe", help="whose part `baseline` is taken; default: the dataset's"),
]
Pack = Annotated[
    Path | None, typer.Option("--pack", help="the networks; default: where the build found them")
]


def train_baseline(
    dataset: DatasetFolder,
    recipe: RecipeOfBaseline = None,
    overrides: BaselineOverrides = None,
    pack: Pack = None,
    coco: Annotated[
        Path | None, typer.Option(help="COCO; default: where the build found it")
    ] = None,
    device: DeviceName = "auto",
    eval_on: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="photos of your own: DIR/photos.csv, DIR/portraits/"),
    ] = None,
    tensorboard: Annotated[
        Path | None, typer.Option(metavar="DIR", help="write a log for TensorBoard there")
    ] = None,
) -> None:
    """Train CLIP-PAD and Id-CLIP on a dataset, and judge by them whether it is sound."""
    part = baseline_part(dataset, recipe, overrides)
    require_torch()
    from cocopfs.baseline.setting import Request
    from cocopfs.baseline.whole import train_baseline as run

    known = pack_for(dataset, pack)
    request = Request(dataset, part, known, coco, device, tensorboard, eval_on)
    results = run(request, progress_for(log))
    for table in baseline_tables(results):
        out_console.print(table)
    for line in baseline_lines(results, dataset):
        out_console.print(line, soft_wrap=True, highlight=False)
    if not results.verdict.sound:
        raise typer.Exit(3)


def baseline_part(dataset: Path, recipe: str | None, overrides: list[str] | None) -> BaselinePart:
    """The settings: of the recipe that was named, or of that by which the dataset was built.

    Raises UsageError where there is no dataset, it was built by a recipe that does not come with
    the package, or an override is none of the part's."""
    for override in overrides or []:
        if not override.startswith("baseline."):
            raise UsageError(
                f"--set {override!r} is none of the baseline's settings",
                expected="baseline.FIELD=VALUE",
                hint="what a dataset is made with is set by cocopfs build",
            )
    if recipe is None:
        recipe = str(open_dataset(dataset).manifest.recipe.get("name", ""))
        if recipe not in recipe_names():
            raise UsageError(
                f"{dataset} was built by a recipe of your own, {recipe}",
                expected="the recipe whose part `baseline` is taken",
                hint="--recipe FILE.yaml, or --recipe coco-pfs for the paper's settings",
            )
    return load_recipe(recipe, overrides or []).baseline


def pack_for(dataset: Path, given: Path | None) -> Path | None:
    """The pack that was given; that of the package for a drawn world that lies elsewhere than it
    was built; else null, for where the build found it."""
    if given is None and open_dataset(dataset).manifest.recipe.get("world") is not None:
        try:
            return pack_of(dataset, None)
        except UsageError:
            return PACK
    return given


def require_torch() -> None:
    """Raises UsageError where the extra `train` is not installed."""
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        raise UsageError(
            f"the baseline needs torch and transformers ({error})",
            hint="pip install '.[train]' in the project's folder",
        ) from error
