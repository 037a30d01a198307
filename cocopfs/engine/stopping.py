"""A wish to stop: the shards in hand come to their end, and no other is begun."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_heeding = 0
_asked = False


class Interrupted(BaseException):  # no error, as a KeyboardInterrupt is none
    """The work was stopped from outside: by Ctrl-C, or SIGTERM."""


def ask_to_stop() -> bool:
    """Wish that the work in hand be the last. Whether somebody heeds it: where nobody does, or was
    asked before, the caller has to raise Interrupted."""
    global _asked  # the process is asked
    first, _asked = not _asked, True
    return first and _heeding > 0


def asked_to_stop() -> bool:
    """Whether nothing new shall be begun."""
    return _asked


def hear_no_more() -> None:
    """Let no further signal disturb what ends now."""
    signal.alarm(0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def heeding() -> Iterator[None]:
    """Work that asks `asked_to_stop` before it begins anything. Raises Interrupted at its end, when
    it was asked to stop."""
    global _heeding  # noqa: PLW0603
    _heeding += 1
    try:
        yield
    finally:
        _heeding -= 1
    if _asked:
        raise Interrupted
