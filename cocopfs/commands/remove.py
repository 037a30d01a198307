"""remove: a person or a photograph out of a dataset, for good."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import DatasetFolder, out_console
from cocopfs.removal.remove import remove as take_out
from cocopfs.removal.request import Request, read_names
from cocopfs.terminal.remove import removal_summary


def remove(
    dataset: DatasetFolder,
    identity: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="a class id or a published id; may be repeated"),
    ] = None,
    image: Annotated[
        list[int] | None,
        typer.Option(min=0, metavar="ID", help="a COCO image id; may be repeated"),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="names, one a line; also keeps people out in the future"),
    ] = None,
    purge: Annotated[
        bool,
        typer.Option(
            "--purge", help="also take away work/, reports and sheets, and search the rest"
        ),
    ] = False,
) -> None:
    """Take people or photographs out; later builds and exports of the folder leave them out."""
    request = Request(
        tuple(identity or ()), tuple(image or ()), read_names(names) if names is not None else ()
    )
    done = take_out(dataset, request, purge_too=purge, today=datetime.now(UTC).date())
    for line in removal_summary(dataset, done):
        out_console.print(line, soft_wrap=True, highlight=False)
    if done.traces:
        raise typer.Exit(4)
