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
    device: DeviceName = "auto",
) -> None:
    """Is this machine ready? Versions, providers, pack, disk, with a remedy for what is not."""
    findings = list(doctor_room.examine(device, pack, out))
    out_console.print(findings_table(findings))
    if not all(finding.good for finding in findings):
        raise typer.Exit(2)
