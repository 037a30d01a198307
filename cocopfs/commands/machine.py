"""doctor: is this machine ready?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cocopfs import doctor as doctor_room
from cocopfs.commands.options import DeviceName, out_console
from cocopfs.terminal.machine import findings_table


def doctor(
    pack: Annotated[Path | None, typer.Option(help="check this pack's files")] = None,
    out: Annotated[Path | None, typer.Option(help="check the disk of this folder")] = None,
    coco: Annotated[Path | None, typer.Option(help="check this download of COCO")] = None,
    vggface2: Annotated[Path | None, typer.Option(help="check this gallery")] = None,
    device: DeviceName = "auto",
) -> None:
    """Is this machine ready, and is all there? Each finding that is not good has its remedy."""
    findings = list(doctor_room.examine(device, pack, out, coco, vggface2))
    out_console.print(findings_table(findings))
    if not all(finding.good for finding in findings):
        raise typer.Exit(2)
