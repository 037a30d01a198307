"""Options that several commands share, and where commands print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from cocopfs.terminal.text import plain

log = Console(stderr=True)
"""Progress, notes and errors."""
out_console = Console()
"""What a command was asked for."""

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
Workers = Annotated[
    int, typer.Option(min=1, help="processes, or threads; with dask: workers to wait for")
]
BackendName = Annotated[
    Literal["loky", "threading", "dask"],
    typer.Option("--executor", help="processes or threads of this machine, or a Dask cluster"),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="of the Dask cluster: tcp://HOST:8786"),
]
SliceName = Annotated[
    str | None,
    typer.Option("--slice", metavar="I/N", help="one of N parts, beside others; see docs"),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="of the pseudonyms, in hexadecimal; default: drawn once"),
]
DatasetFolder = Annotated[Path, typer.Argument(metavar="DIR", help="a folder that `build` made")]


def say(line: str) -> None:
    log.print(plain(line), highlight=False)
