"""A worker process must not outlive the process that it works for, even when that was killed."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from typing import Any


def loky(workers: int) -> dict[str, Any]:
    """For joblib's `parallel_config`: so many processes that end with this one."""
    return {
        "backend": "loky",
        "n_jobs": workers,
        "initializer": serve,
        "initargs": (os.getpid(),),
    }


def serve(parent: int) -> None:
    """Let this process end when its parent ends or wants it, and not before: Ctrl-C reaches all
    processes of a terminal, and SIGTERM those of a job, but it is the parent that decides.

    parent: the process id of the one that started this process.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    end_with(parent)


def end_with(parent: int) -> None:
    """Let this process end as soon as its parent has ended, however that ended.

    parent: the process id of the one that started this process.
    """
    threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent").start()


def _watch(parent: int) -> None:
    # Not PR_SET_PDEATHSIG: that strikes when the *thread* ends that started this process.
    if sys.platform == "linux":
        try:
            descriptor = os.pidfd_open(parent)
        except OSError:  # it has gone already, or the kernel is older than 5.3
            pass
        else:
            if os.getppid() == parent:
                ended = select.poll()
                ended.register(descriptor, select.POLLIN)
                ended.poll()
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
