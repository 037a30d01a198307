"""The `cocopfs` command as a user meets it, run in this process."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from unittest.mock import patch

import pytest

from cocopfs.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, and what it wrote, the terminal's line breaks undone."""

    code: int
    output: str
    error: str


def cocopfs(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ended:
    """Run `cocopfs` with these arguments."""
    words = ["cocopfs", *(str(argument) for argument in arguments)]
    capsys.readouterr()
    code: object = 0
    with patch.object(sys, "argv", words):
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    captured = capsys.readouterr()
    return Ended(
        0 if code is None else int(str(code)),
        " ".join(captured.out.split()),
        " ".join(captured.err.split()),
    )
