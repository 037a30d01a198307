"""search: the pictures that fit a sentence and a face."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cv2
import typer

from cocopfs.commands.baseline import (
    BaselineOverrides,
    Pack,
    RecipeOfBaseline,
    baseline_part,
    require_torch,
)
from cocopfs.commands.options import DatasetFolder, DeviceName, log, out_console
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.progress import progress_for
from cocopfs.errors import UsageError
from cocopfs.terminal.search import search_lines


def search(
    dataset: DatasetFolder,
    text: Annotated[str, typer.Argument(help="what the picture shows: a man riding a wave")],
    identity: Annotated[
        str | None, typer.Option(metavar="NAME", help="a name or id of the dataset")
    ] = None,
    face: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a picture of whom to look for")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=200, help="pictures on the sheet")] = 8,
    to: Annotated[Path | None, typer.Option(help="the sheet's file, .png or .jpg")] = None,
    recipe: RecipeOfBaseline = None,
    overrides: BaselineOverrides = None,
    pack: Pack = None,
    device: DeviceName = "auto",
) -> None:
    """The pictures that fit a sentence best, and a face: by the Id-CLIP that was trained."""
    target = to or dataset / "baseline" / "search.png"
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UsageError(f"--to {target} is no picture's name", expected="a name in .png or .jpg")
    part = baseline_part(dataset, recipe, overrides)
    require_torch()
    from cocopfs.baseline.search import search as run
    from cocopfs.baseline.setting import Request

    request = Request(dataset, part, pack, None, device)
    found = run(request, text, identity, face, count, progress_for(log))
    _, data = cv2.imencode(target.suffix.lower(), found.sheet)
    commit_bytes(target, data.tobytes())
    for line in search_lines(found, target):
        out_console.print(line, soft_wrap=True, highlight=False)
