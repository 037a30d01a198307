"""What a removal tells: how many left, never who."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cocopfs.removal.remove import Removed
from cocopfs.stages.counted import counted
from cocopfs.terminal.text import plain

_SHOWN = 10


def removal_summary(dataset: Path, done: Removed) -> Iterator[str]:
    where = plain(str(dataset))
    if not (done.rows or done.identities or done.photos or done.files_written):
        yield f"Nobody of these was in {where}; it is still version {done.version}."
    else:
        yield (
            f"[bold]Version {done.version}[/] of {where}: {counted(done.rows, 'row')}, "
            f"{counted(done.identities, 'identity')} and {counted(done.photos, 'photograph')} "
            f"fewer; {counted(done.files_written, 'data file')} written."
        )
    if done.unknown_names:
        yield (
            f"{len(done.unknown_names)} of the names have no identity here; their bearers are kept "
            "out of later builds."
        )
    if done.purged:
        yield f"Taken away: {plain(', '.join(done.purged[:_SHOWN]))}{_more(len(done.purged))}"
    if done.left_behind:
        yield (
            f"[yellow]May still show them:[/] "
            f"{plain(', '.join(done.left_behind[:_SHOWN]))}{_more(len(done.left_behind))}"
        )
        yield f"next: cocopfs remove {where} --purge"
    for trace in done.traces[:_SHOWN]:
        yield f"[red]Still found:[/] {trace.what} in {plain(trace.file)} ({plain(trace.place)})"
    if done.traces:
        yield (
            f"{len(done.traces)} traces are left: take those files away, unless they speak of "
            "somebody else of that name."
        )
    yield "Copies and exports made before still hold them: replace those by new ones."


def _more(count: int) -> str:
    return f" and {count - _SHOWN} more" if count > _SHOWN else ""
