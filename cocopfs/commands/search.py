"""search: the pictures that fit a sentence and a face."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.baseline import (
    BaselineOverrides,
    Pack,
    RecipeOfBaseline,
    baseline_part,
    pack_for,
    require_torch,
)
from cocopfs.commands.options import DatasetFolder, DeviceName, log, out_console
from cocopfs.engine.commit import commit_bytes
from cocopfs.engine.folder import require_writable
from cocopfs.engine.progress import progress_for
from cocopfs.errors import UsageError
from cocopfs.publish.sheet import encode_sheet
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
    label: Annotated[
        bool, typer.Option("--label", help="write on the pictures that a face was swapped")
    ] = False,
    recipe: RecipeOfBaseline = None,
    overrides: BaselineOverrides = None,
    pack: Pack = None,
    device: DeviceName = "auto",
) -> None:
    """The pictures that fit a sentence best, and a face.

    With a face, the Id-CLIP answers that `train-baseline` trained; without one, CLIP as it is."""
    if not text.strip():
        raise UsageError("the question is empty", expected='a sentence, as "a man riding a wave"')
    target = to or dataset / "baseline" / "search.png"
    if target.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise UsageError(f"--to {target} is no picture's name", expected="a name in .png or .jpg")
    if to is not None:
        require_writable(to.parent, "name another file with --to")
    part = baseline_part(dataset, recipe, overrides)
    require_torch()
    from cocopfs.baseline.search import search as run
    from cocopfs.baseline.setting import Request

    request = Request(dataset, part, pack_for(dataset, pack), None, device)
    found = run(request, text, identity, face, count, progress_for(log), label=label)
    commit_bytes(target, encode_sheet(found.sheet, target.suffix.lower()))
    for line in search_lines(found, target):
        out_console.print(line, soft_wrap=True, highlight=False)
