"""inspect: what a picture's mark says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import out_console
from cocopfs.publish.dataset import open_published
from cocopfs.publish.inspect import find_row, read_picture_mark
from cocopfs.terminal.inspect import inspection


def inspect(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="a JPEG file")],
    dataset: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="where to look for the row: a folder that `build` made"),
    ] = None,
) -> None:
    """Whether a picture carries the mark of a swapped face, and which row of a dataset it is."""
    published = open_published(dataset) if dataset is not None else None
    data, mark = read_picture_mark(picture)
    found = find_row(published, data, mark) if published is not None and mark is not None else None
    for line in inspection(picture, mark, dataset, found):
        out_console.print(line, soft_wrap=True, highlight=False)
