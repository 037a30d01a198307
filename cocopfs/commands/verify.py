"""verify: a dataset held against its manifest, its schema and its originals."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from cocopfs.commands.options import (
    DatasetFolder,
    DeviceName,
    PackFolder,
    Workers,
    log,
    out_console,
)
from cocopfs.engine.progress import progress_for
from cocopfs.errors import UsageError
from cocopfs.terminal.verify import verification_lines, verification_table
from cocopfs.verify.recompute import Originals
from cocopfs.verify.whole import require_sound, verify_dataset


def verify(
    dataset: DatasetFolder,
    recompute: Annotated[
        str | None,
        typer.Option(metavar="1%", help="make this share of the samples anew and compare them"),
    ] = None,
    coco: Annotated[
        Path | None, typer.Option(help="COCO, for --recompute; default: where the build found it")
    ] = None,
    vggface2: Annotated[
        Path | None, typer.Option(help="the gallery; default as for --coco")
    ] = None,
    pack: PackFolder = None,
    device: DeviceName = "auto",
    workers: Workers = 1,
) -> None:
    """Is the dataset what its manifest says? Every byte, every row; exit code 3 where it is not."""
    share = None if recompute is None else _share(recompute)
    originals = Originals(coco, vggface2, pack, device)
    found = verify_dataset(dataset, share, originals, workers, progress_for(log))
    out_console.print(verification_table(found))
    for line in verification_lines(found):
        out_console.print(line, soft_wrap=True, highlight=False)
    require_sound(found)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = math.nan
    if not (text.endswith("%") and 0 < share <= 1):
        raise UsageError(
            f"--recompute {text!r} is no share", expected="more than 0% and up to 100%"
        )
    return share
