"""Runs work in a child process that is killed with SIGKILL at a chosen step of its commits."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any


def finishes(work: Callable[[], object], kill_at: int) -> bool:
    """Run `work` in a fork; kill it before its `kill_at`-th step on the disk, counted from 1.

    Steps are every fsync, rename, link and removal. True when the work ended before that step;
    raises when it failed for another reason than the kill.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside idle threads
        child = os.fork()
    if child == 0:
        _kill_before_step(kill_at)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return True


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file under a folder by its relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _kill_before_step(kill_at: int) -> None:
    left = kill_at

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return wrapper

    os.fsync = counted(os.fsync)
    os.link = counted(os.link)
    Path.replace = counted(Path.replace)  # type: ignore[method-assign]  # of the child alone
    Path.unlink = counted(Path.unlink)  # type: ignore[method-assign]
