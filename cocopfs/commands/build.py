"""build, and each of its steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from cocopfs.audit.contact_sheet import Originals
from cocopfs.commands.look import draw_sheet
from cocopfs.commands.options import (
    BackendName,
    CocoFolder,
    DeviceName,
    GalleryFolder,
    Gpus,
    KeyFile,
    Limit,
    OutFolder,
    Overrides,
    PackFolder,
    RecipeName,
    Scheduler,
    SliceName,
    Workers,
    log,
    out_console,
    say,
)
from cocopfs.engine.executors import Backend, Executor
from cocopfs.engine.progress import progress_for
from cocopfs.engine.slices import parse_slice
from cocopfs.errors import UsageError
from cocopfs.recipe import DEFAULT_RECIPE, load_recipe
from cocopfs.records import Gender
from cocopfs.removal.remove import finish as finish_removal
from cocopfs.stages.build import Build, Crew
from cocopfs.stages.caption import explain_captions
from cocopfs.supplies import executor_for, gather
from cocopfs.terminal.build import has_samples, plan_table, summary
from cocopfs.terminal.caption import explanation_lines
from cocopfs.terminal.text import plain

_EXAMPLE = "Robin Ashford"  # a name made up, as pseudonyms are


def build(
    out: OutFolder,
    coco: CocoFolder = None,
    vggface2: GalleryFolder = None,
    pack: PackFolder = None,
    recipe: RecipeName = DEFAULT_RECIPE,
    overrides: Overrides = None,
    limit: Limit = None,
    device: DeviceName = "auto",
    gpus: Gpus = None,
    workers: Workers = 1,
    executor: BackendName = "loky",
    scheduler: Scheduler = None,
    part: SliceName = None,
    key: KeyFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show the plan, and why each stage is stale")
    ] = False,
) -> None:
    """Make the whole dataset; what is there already is not made again."""
    work = _prepare(
        recipe, overrides, out, coco, vggface2, pack, device, limit, key, workers, gpus, executor
    )
    if dry_run:
        if work.materials.supply is not None:
            out_console.print("A world is drawn first; without it, no stage can be planned.")
            return
        out_console.print(plan_table(work.plan()))
        return
    who = executor_for(work.materials, workers, executor, scheduler, gpus)
    crew = Crew(who, progress_for(log), say)
    if part is not None:
        following = work.run_slice(parse_slice(part), crew)
        out_console.print(f"Slice {part} is done. Next: {plain(following)}", soft_wrap=True)
        return
    finish_removal(work.out)
    report = work.run(crew)
    sheet = out / "private" / "preview.png"
    if has_samples(report) and (report.worked or not sheet.is_file()):
        draw_sheet(out, Originals(work.materials.coco, work.materials.vggface2), 12, sheet)
    for line in summary(report, sheet):
        out_console.print(line, soft_wrap=True, highlight=False)


def caption(
    coco: CocoFolder = None,
    out: OutFolder | None = None,
    vggface2: GalleryFolder = None,
    pack: PackFolder = None,
    recipe: RecipeName = DEFAULT_RECIPE,
    overrides: Overrides = None,
    limit: Limit = None,
    device: DeviceName = "auto",
    gpus: Gpus = None,
    workers: Workers = 1,
    executor: BackendName = "loky",
    scheduler: Scheduler = None,
    part: SliceName = None,
    key: KeyFile = None,
    explain: Annotated[
        int | None,
        typer.Option(metavar="IMAGE_ID", help="only tell what becomes of an image's captions"),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="with --explain: the name to write; default: an example")
    ] = None,
    gender: Annotated[
        Gender | None, typer.Option(help="with --explain: of the one who has the name")
    ] = None,
) -> None:
    if explain is not None:
        loaded = load_recipe(recipe, overrides or [])
        if coco is None:
            raise UsageError("--explain needs --coco, whose captions it looks at")
        told = explain_captions(coco.resolve(), explain, loaded, name or _EXAMPLE, gender)
        for line in explanation_lines(told):
            out_console.print(line, soft_wrap=True, highlight=False)
        return
    if name is not None or gender is not None:
        raise UsageError("--name and --gender belong to --explain IMAGE_ID")
    if out is None:
        raise UsageError(
            "cocopfs caption needs --out", hint="or --explain IMAGE_ID to look at captions alone"
        )
    work = _prepare(
        recipe, overrides, out, coco, vggface2, pack, device, limit, key, workers, gpus, executor
    )
    _run_step(
        work, "caption", executor_for(work.materials, workers, executor, scheduler, gpus), part
    )


def step_command(name: str) -> Callable[..., None]:
    def step(
        out: OutFolder,
        coco: CocoFolder = None,
        vggface2: GalleryFolder = None,
        pack: PackFolder = None,
        recipe: RecipeName = DEFAULT_RECIPE,
        overrides: Overrides = None,
        limit: Limit = None,
        device: DeviceName = "auto",
        gpus: Gpus = None,
        workers: Workers = 1,
        executor: BackendName = "loky",
        scheduler: Scheduler = None,
        part: SliceName = None,
        key: KeyFile = None,
    ) -> None:
        work = _prepare(
            recipe,
            overrides,
            out,
            coco,
            vggface2,
            pack,
            device,
            limit,
            key,
            workers,
            gpus,
            executor,
        )
        _run_step(
            work, name, executor_for(work.materials, workers, executor, scheduler, gpus), part
        )

    return step


def _run_step(work: Build, name: str, executor: Executor, part: str | None) -> None:
    crew = Crew(executor, progress_for(log), say)
    if part is None:
        work.run_stage(name, crew)
    else:
        work.run_slice_of_stage(name, parse_slice(part), crew)


def _prepare(
    recipe: str,
    overrides: list[str] | None,
    out: Path,
    coco: Path | None,
    vggface2: Path | None,
    pack: Path | None,
    device: Literal["auto", "cuda", "cpu"],
    limit: int | None,
    key: Path | None,
    workers: int,
    gpus: str | None,
    executor: Backend,
) -> Build:
    loaded = load_recipe(recipe, overrides or [])
    materials = gather(loaded, out, coco, vggface2, pack, device, limit, workers, gpus, executor)
    return Build(loaded, materials, out.resolve(), key)
