"""status and preview: looking at a build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.audit.contact_sheet import Originals, contact_sheet
from cocopfs.commands.options import DatasetFolder, out_console
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.folder import require_writable
from cocopfs.engine.status import stage_status
from cocopfs.engine.store import Store
from cocopfs.errors import UsageError
from cocopfs.publish.sheet import encode_sheet
from cocopfs.stages.out_folder import read_manifest
from cocopfs.stages.pipeline import STAGE_NAMES
from cocopfs.stages.run_record import last_run
from cocopfs.terminal.build import status_line, status_reasons, status_table
from cocopfs.terminal.text import plain


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
        out_console.print(status_table(found))
    for line in status_reasons(found):
        out_console.print(line, soft_wrap=True, highlight=False)
    out_console.print(status_line(dataset, facts), soft_wrap=True, highlight=False)


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
    label: Annotated[
        bool, typer.Option("--label", help="write on the swapped pictures that they are")
    ] = False,
) -> None:
    """A contact sheet: original, portrait, swap, captions."""
    if coco is None or vggface2 is None:
        run = last_run(dataset)
        coco, vggface2 = coco or Path(run["coco"]), vggface2 or Path(run["vggface2"])
    target = to or dataset / "private" / "preview.png"
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UsageError(f"--to {target} is no picture's name", expected="a name in .png or .jpg")
    if to is not None:
        require_writable(to.parent, "name another file with --to")
    draw_sheet(dataset, Originals(coco, vggface2), count, target, label=label)
    out_console.print(f"The contact sheet is {plain(str(target))}", soft_wrap=True)


def draw_sheet(
    dataset: Path, originals: Originals, count: int, target: Path, *, label: bool = False
) -> None:
    sheet = contact_sheet(dataset, originals, count, label=label)
    commit_bytes(target, encode_sheet(sheet, target.suffix.lower()))
