"""The command line: the app, and what it does when it is stopped."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

import cocopfs
from cocopfs.commands.audit import audit
from cocopfs.commands.baseline import train_baseline
from cocopfs.commands.build import build, caption, step_command
from cocopfs.commands.export import export
from cocopfs.commands.faults import explained
from cocopfs.commands.inspect import inspect
from cocopfs.commands.look import preview, status
from cocopfs.commands.machine import doctor
from cocopfs.commands.models import models
from cocopfs.commands.options import log, out_console
from cocopfs.commands.remove import remove
from cocopfs.commands.search import search
from cocopfs.commands.verify import verify
from cocopfs.commands.world import world
from cocopfs.engine.dispatch import stop_workers
from cocopfs.engine.stopping import Interrupted, ask_to_stop, hear_no_more
from cocopfs.errors import CocopfsError
from cocopfs.stages.pipeline import STAGE_NAMES
from cocopfs.terminal.text import plain

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Rebuild, audit and extend COCO-PFS.",
    pretty_exceptions_enable=False,
)

_GRACE = 60  # seconds that shards in hand have; docs/cocopfs.sbatch lets Slurm wait for longer

_STEPS_PANEL = "The steps of a build, one at a time"
_STEPS = {
    "select": "COCO annotations → photographs of one adult with one usable face.",
    "describe": "Gender and ethnicity of the original faces, as the networks see them.",
    "enroll": "Folders of portraits → identities with sources and a reference.",
    "match": "Which identities' faces each photograph gets.",
    "calibrate": "From which similarity on two faces count as one person.",
    "swap": "The swapped pictures and their figures.",
    "judge": "The gate: swaps that fail a figure are left out.",
    "caption": "The identity's name written into the captions.",
    "write": "The published folder.",
}


app.command()(build)
for _name in STAGE_NAMES:
    # `caption` has an option of its own.
    _step = caption if _name == "caption" else step_command(_name)
    app.command(_name, help=_STEPS[_name], rich_help_panel=_STEPS_PANEL)(_step)
for _command in (
    *(audit, train_baseline, verify, export),
    *(status, preview, search, inspect, remove),
    *(doctor, world),
):
    app.command()(_command)
app.add_typer(models, name="models")


@app.callback(invoke_without_command=True)
def _common(
    version: Annotated[bool, typer.Option("--version", help="print the version")] = False,
) -> None:
    if version:
        out_console.print(cocopfs.__version__)
        raise typer.Exit


def main() -> None:
    """The `cocopfs` command. Exit codes: 0 complete, 2 usage or configuration, 3 too many broken
    items or a dataset that is not what it says, 4 incomplete, 130 interrupted."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _interrupt)
    try:
        app()
    except CocopfsError as error:
        _fail(error)
    except (MemoryError, OSError, ImportError) as error:
        fault = explained(error)
        if fault is None:
            raise
        _fail(fault)
    except Interrupted:
        hear_no_more()
        log.print("interrupted: the same command goes on where it stopped")
        stop_workers()
        sys.stdout.flush()
        # Threads in the middle of a network would be waited for, or abort the interpreter.
        os._exit(130)


def _fail(error: CocopfsError) -> NoReturn:
    signal.alarm(0)
    log.print(f"[bold red]error:[/] {plain(str(error))}", soft_wrap=True, highlight=False)
    sys.exit(error.exit_code)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    """Not a KeyboardInterrupt, which Typer would turn into a silent exit."""
    if number == signal.SIGALRM or not ask_to_stop():
        raise Interrupted
    signal.alarm(_GRACE)
    log.print(f"stopping when the shards in hand are done, in {_GRACE} s at most; again: at once")
