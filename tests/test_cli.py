"""The commands of a build belong together."""

from __future__ import annotations

import pytest
import typer

from cocopfs.cli import app
from cocopfs.stages.pipeline import STAGE_NAMES

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def options(command: str) -> set[str]:
    return {option for parameter in COMMANDS[command].params for option in parameter.opts}


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_step_takes_what_the_whole_build_takes(stage: str) -> None:
    """So the options of a build can be given to each of its steps."""
    assert options("build") - {"--dry-run"} <= options(stage)
