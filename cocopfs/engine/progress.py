"""How far a stage is: one bar in a terminal, a line every half minute elsewhere."""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

_SECONDS_BETWEEN_LINES = 30.0


class Progress(Protocol):
    """Told by the runner what is done. Items that were committed before count as done, but not for
    the rate: they took no time."""

    def start(self, stage: str, total: int) -> None: ...
    def skip(self, items: int, rejected: int) -> None: ...
    def advance(self, items: int, rejected: int) -> None: ...
    def restart(self) -> None: ...
    def finish(self) -> None: ...


class TerminalProgress:
    """A bar with done/total, rate, rejected and time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: RichProgress | None = None
        self._total = 0
        self._rejected = 0

    def start(self, stage: str, total: int) -> None:
        self._total, self._rejected, self._worked = total, 0, 0
        self._bar = RichProgress(
            TextColumn("{task.description:<10}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rejected]} left out"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(stage, total=total, rejected=0, rate="")
        self._started = time.monotonic()
        self._bar.start()

    def skip(self, items: int, rejected: int) -> None:
        assert self._bar is not None
        self._rejected += rejected
        self._bar.update(self._task, advance=items, rejected=self._rejected)

    def advance(self, items: int, rejected: int) -> None:
        assert self._bar is not None
        self._worked += items
        rate = self._worked / max(time.monotonic() - self._started, 1e-3)
        self._bar.update(self._task, rate=f"{rate:.1f}/s")
        self.skip(items, rejected)

    def restart(self) -> None:
        assert self._bar is not None
        self._rejected = 0
        self._bar.reset(self._task, total=self._total, rejected=0, rate="again")

    def finish(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class LineProgress:
    """A line every thirty seconds, for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage = ""

    def start(self, stage: str, total: int) -> None:
        self._stage, self._total = stage, total
        self._done = self._rejected = self._worked = 0
        self._started = self._spoken = time.monotonic()

    def skip(self, items: int, rejected: int) -> None:
        self._done += items
        self._rejected += rejected

    def advance(self, items: int, rejected: int) -> None:
        self.skip(items, rejected)
        self._worked += items
        now = time.monotonic()
        if now - self._spoken < _SECONDS_BETWEEN_LINES:
            return
        self._spoken = now
        rate = self._worked / (now - self._started)
        left = (self._total - self._done) / rate if rate else float("inf")
        self._console.print(
            f"{self._stage}: {self._done}/{self._total} done, {self._rejected} left out, "
            f"{rate:.1f}/s, {left:.0f} s left"
        )

    def restart(self) -> None:
        self._done = self._rejected = 0

    def finish(self) -> None:
        self._stage = ""


def progress_for(console: Console) -> Progress:
    """A bar where somebody watches, lines elsewhere."""
    return TerminalProgress(console) if console.is_terminal else LineProgress(console)
