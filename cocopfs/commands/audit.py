"""audit: figures of a whole dataset, and pages on which people rate swaps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.audit.whole import audit_dataset, rating_page, require_whole
from cocopfs.commands.options import DatasetFolder, DeviceName, log, out_console
from cocopfs.engine.progress import progress_for
from cocopfs.errors import UsageError
from cocopfs.terminal.audit import audit_summary, audit_tables, rating_summary


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
        page = rating_page(dataset, coco, vggface2, rate, seed or 0, progress_for(log))
        for line in rating_summary(page):
            out_console.print(line, soft_wrap=True, highlight=False)
        return
    if seed is not None:
        raise UsageError("--seed is of the draw of --rate", hint="give --rate N, or no --seed")
    found = audit_dataset(dataset, coco, vggface2, judge, device, ratings or [], progress_for(log))
    for table in audit_tables(found):
        out_console.print(table)
    for line in audit_summary(found):
        out_console.print(line, soft_wrap=True, highlight=False)
    require_whole(found)
