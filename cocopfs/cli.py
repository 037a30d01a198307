"""The command line: wiring only."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal

import cv2
import typer
from rich.console import Console

import cocopfs
from cocopfs import doctor as doctor_room
from cocopfs.audit.contact_sheet import Originals, contact_sheet
from cocopfs.audit.whole import audit_dataset, rating_page, require_whole
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.progress import progress_for
from cocopfs.engine.runner import Executor, stop_workers
from cocopfs.engine.status import stage_status
from cocopfs.engine.store import Store
from cocopfs.errors import CocopfsError, UsageError
from cocopfs.recipe import DEFAULT_RECIPE, load_recipe
from cocopfs.stages.build import Build, last_run, read_manifest
from cocopfs.stages.caption import explain_captions
from cocopfs.stages.pipeline import STAGE_NAMES
from cocopfs.supplies import executor_for, gather
from cocopfs.terminal import (
    audit_summary,
    audit_tables,
    explanation_table,
    findings_table,
    has_samples,
    plain,
    plan_table,
    rating_summary,
    status_line,
    status_table,
    summary,
)
from cocopfs.world.disk import write_world

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Rebuild, audit and extend COCO-PFS.",
    pretty_exceptions_enable=False,
)
_log = Console(stderr=True)
_out = Console()

RecipeName = Annotated[
    str, typer.Argument(metavar="[RECIPE]", help="a recipe's name, or the path of a .yaml file")
]
OutFolder = Annotated[Path, typer.Option("--out", help="the folder to make")]
CocoFolder = Annotated[
    Path | None, typer.Option("--coco", help="COCO: annotations/, train2017/, val2017/, ...")
]
GalleryFolder = Annotated[
    Path | None, typer.Option("--vggface2", help="VGGFace2, or a folder of <identity>/*.jpg")
]
PackFolder = Annotated[
    Path | None,
    typer.Option("--pack", help="a folder of networks; drawn-world brings its own"),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="override a recipe field; may be repeated"),
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="look at N photos only: a stable subset of them")
]
DeviceName = Annotated[Literal["auto", "cuda", "cpu"], typer.Option(help="where networks run")]
Gpus = Annotated[
    str | None,
    typer.Option("--gpus", metavar="all|0,1", help="a process on each GPU, or --workers in all"),
]
Workers = Annotated[int, typer.Option(min=1, help="processes, or threads")]
Backend = Annotated[
    Literal["loky", "threading"], typer.Option("--executor", help="processes or threads")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="of the pseudonyms, in hexadecimal; default: drawn once"),
]
DatasetFolder = Annotated[Path, typer.Argument(metavar="DIR", help="a folder that `build` made")]


@app.callback(invoke_without_command=True)
def _common(
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    if version:
        _out.print(cocopfs.__version__)
        raise typer.Exit


@app.command()
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
    executor: Backend = "loky",
    key: KeyFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="show the plan, and why each stage is stale")
    ] = False,
) -> None:
    """Make the whole dataset; what is there already is not made again."""
    work = _prepare(recipe, overrides, out, coco, vggface2, pack, device, limit, key, workers, gpus)
    if dry_run:
        if work.materials.supply is not None:
            _out.print("A world is drawn first; without it, no stage can be planned.")
            return
        _out.print(plan_table(work.plan()))
        return
    report = work.run(executor_for(work.materials, workers, executor), progress_for(_log), _say)
    sheet = out / "private" / "preview.png"
    if has_samples(report) and (report.worked or not sheet.is_file()):
        _draw_sheet(out, Originals(work.materials.coco, work.materials.vggface2), 12, sheet)
    for line in summary(report, sheet):
        _out.print(line, soft_wrap=True, highlight=False)


def _stage_command(name: str) -> Callable[..., None]:
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
        executor: Backend = "loky",
        key: KeyFile = None,
    ) -> None:
        work = _prepare(
            recipe, overrides, out, coco, vggface2, pack, device, limit, key, workers, gpus
        )
        who = executor_for(work.materials, workers, executor)
        work.run_stage(name, who, progress_for(_log), _say)

    return step


_STEPS_PANEL = "The steps of a build, one at a time"
_STEPS = {
    "select": "COCO annotations → photographs of one adult with one usable face.",
    "describe": "Gender and ethnicity of the original faces, as the networks see them.",
    "enroll": "Folders of portraits → identities with sources and a reference.",
    "match": "Which identities' faces each photograph gets.",
    "calibrate": "From which similarity on two faces count as one person.",
    "swap": "The swapped pictures and their figures.",
    "judge": "The gate: swaps that fail a figure are left out.",
    "caption": "The identity's name written into the captions.",
    "write": "The published folder.",
}

for _name in STAGE_NAMES:
    if _name == "caption":  # has an option of its own, below
        continue
    app.command(_name, help=_STEPS[_name], rich_help_panel=_STEPS_PANEL)(_stage_command(_name))


@app.command(help=_STEPS["caption"], rich_help_panel=_STEPS_PANEL)
def caption(
    coco: CocoFolder = None,
    out: OutFolder | None = None,
    vggface2: GalleryFolder = None,
    pack: PackFolder = None,
    recipe: RecipeName = DEFAULT_RECIPE,
    overrides: Overrides = None,
    limit: Limit = None,
    device: DeviceName = "auto",
    workers: Workers = 1,
    executor: Backend = "loky",
    key: KeyFile = None,
    explain: Annotated[
        int | None,
        typer.Option(metavar="IMAGE_ID", help="only tell what is found in an image's captions"),
    ] = None,
) -> None:
    if explain is not None:
        loaded = load_recipe(recipe, overrides or [])
        if coco is None:
            raise UsageError("--explain needs --coco, whose captions it looks at")
        _out.print(explanation_table(explain_captions(coco.resolve(), explain, loaded)))
        return
    if out is None:
        raise UsageError(
            "cocopfs caption needs --out", hint="or --explain IMAGE_ID to look at captions alone"
        )
    work = _prepare(recipe, overrides, out, coco, vggface2, pack, device, limit, key, workers)
    work.run_stage("caption", Executor(workers, executor), progress_for(_log), _say)


@app.command()
def status(dataset: DatasetFolder) -> None:
    """How far a build is, and what was left out and why."""
    store = Store(dataset / "work")
    found = [s for s in (stage_status(store, name) for name in STAGE_NAMES) if s is not None]
    facts = read_manifest(dataset)
    if not found and facts is None:
        raise UsageError(
            f"nothing was built in {dataset}",
            expected="a folder with work/ inside",
            hint=f"cocopfs build RECIPE --out {dataset} ...",
        )
    if found:
        _out.print(status_table(found))
    _out.print(status_line(dataset, facts), soft_wrap=True, highlight=False)


@app.command()
def preview(
    dataset: DatasetFolder,
    count: Annotated[int, typer.Option(min=1, help="samples on the sheet")] = 12,
    to: Annotated[Path | None, typer.Option(help="the picture to write")] = None,
    coco: Annotated[
        Path | None, typer.Option(help="COCO; default: where the build found it")
    ] = None,
    vggface2: Annotated[
        Path | None, typer.Option(help="the gallery; default as for --coco")
    ] = None,
) -> None:
    """A contact sheet: original, portrait, swap, captions."""
    if coco is None or vggface2 is None:
        run = last_run(dataset)
        coco, vggface2 = coco or Path(run["coco"]), vggface2 or Path(run["vggface2"])
    target = to or dataset / "private" / "preview.png"
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UsageError(f"--to {target} is no picture's name", expected="a name in .png or .jpg")
    _draw_sheet(dataset, Originals(coco, vggface2), count, target)
    _out.print(f"The contact sheet is {plain(str(target))}", soft_wrap=True)


@app.command()
def audit(
    dataset: DatasetFolder,
    coco: Annotated[
        Path | None, typer.Option(help="COCO; default: where the build found it")
    ] = None,
    vggface2: Annotated[
        Path | None, typer.Option(help="the gallery; default as for --coco")
    ] = None,
    judge: Annotated[
        Path | None,
        typer.Option(metavar="FILE.onnx", help="a recogniser that did not drive the swaps"),
    ] = None,
    device: DeviceName = "auto",
    rate: Annotated[
        int | None,
        typer.Option(min=1, max=500, help="only write a page on which people rate N swaps"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="of the draw of --rate; default: 0")
    ] = None,
    ratings: Annotated[
        list[Path] | None,
        typer.Option(metavar="CSV", help="what people saved on that page; may be repeated"),
    ] = None,
) -> None:
    """Figures of the whole dataset: a report to look at, and the same for machines."""
    if rate is not None:
        if judge is not None or ratings:
            raise UsageError("--rate only writes a page", hint="leave --judge and --ratings out")
        page = rating_page(dataset, coco, vggface2, rate, seed or 0, progress_for(_log))
        for line in rating_summary(page):
            _out.print(line, soft_wrap=True, highlight=False)
        return
    if seed is not None:
        raise UsageError("--seed is of the draw of --rate", hint="give --rate N, or no --seed")
    found = audit_dataset(dataset, coco, vggface2, judge, device, ratings or [], progress_for(_log))
    for table in audit_tables(found):
        _out.print(table)
    for line in audit_summary(found):
        _out.print(line, soft_wrap=True, highlight=False)
    require_whole(found)


@app.command()
def doctor(
    pack: Annotated[Path | None, typer.Option(help="check this pack's files")] = None,
    out: Annotated[Path | None, typer.Option(help="check the disk of this folder")] = None,
    device: DeviceName = "auto",
) -> None:
    """Is this machine ready? Versions, providers, pack, disk, with a remedy for what is not."""
    findings = list(doctor_room.examine(device, pack, out))
    _out.print(findings_table(findings))
    if not all(finding.good for finding in findings):
        raise typer.Exit(2)


@app.command()
def world(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a folder that is not there yet")],
    photos: Annotated[int, typer.Option(min=1)] = 300,
    identities: Annotated[int, typer.Option(min=1)] = 100,
    portraits: Annotated[int, typer.Option(min=1, help="portraits an identity")] = 12,
    seed: Annotated[int, typer.Option(help="the same seed draws the same files")] = 0,
    workers: Workers = 1,
) -> None:
    """Draw a world of invented people: photographs as COCO's, portraits as VGGFace2's."""
    drawn = write_world(
        folder, photos, identities, portraits, seed, workers, progress=progress_for(_log)
    )
    _out.print(
        f"{photos} photos and {identities} identities x {portraits} portraits in "
        f"{plain(str(folder))}\n"
        f"next: cocopfs build trial --coco {plain(str(drawn.coco))} "
        f"--vggface2 {plain(str(drawn.vggface2))} --pack PACK --out OUT",
        soft_wrap=True,
        highlight=False,
    )


def main() -> None:
    """The `cocopfs` command. Exit codes: 0 complete, 2 usage or configuration, 3 too many broken
    items, 4 incomplete, 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        app()
    except CocopfsError as error:
        _log.print(f"[bold red]error:[/] {plain(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(error.exit_code)
    except _Interrupted:
        _log.print("interrupted: the same command goes on where it stopped")
        stop_workers()
        sys.stdout.flush()
        # Threads in the middle of a network would be waited for, or abort the interpreter.
        os._exit(130)


class _Interrupted(BaseException):
    """Ctrl-C or SIGTERM. Typer would turn a KeyboardInterrupt into a silent exit."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise _Interrupted


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
    gpus: str | None = None,
) -> Build:
    loaded = load_recipe(recipe, overrides or [])
    materials = gather(loaded, out, coco, vggface2, pack, device, limit, workers, gpus)
    return Build(loaded, materials, out.resolve(), key)


def _draw_sheet(dataset: Path, originals: Originals, count: int, target: Path) -> None:
    _, data = cv2.imencode(target.suffix.lower(), contact_sheet(dataset, originals, count))
    commit_bytes(target, data.tobytes())


def _say(line: str) -> None:
    _log.print(plain(line), highlight=False)
