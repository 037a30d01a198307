"""What a verification tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.table import Table

from cocopfs.terminal.text import plain
from cocopfs.verify.whole import Verification

_SHOWN: Final = 20  # findings of one promise


def verification_table(found: Verification) -> Table:
    """A line a promise: of how many things it was tried, and whether it holds."""
    table = Table("promise", "looked at", "")
    for check in found.checks:
        if check.broken:
            state = f"[red]{check.broken} broken[/]"
        elif check.tried:
            state = "[green]holds[/]"
        else:
            state = "[yellow]not tried[/]" if check.left_out else "nothing to try"
        table.add_row(check.promise, str(check.tried), state)
    return table


def verification_lines(found: Verification) -> Iterator[str]:
    """What could not be tried in full, the first findings of each promise, and the outcome."""
    for check in found.checks:
        if check.left_out:
            yield f"[yellow]note:[/] {check.promise}: {plain(check.left_out)}"
    for check in found.checks:
        if not check.broken:
            continue
        yield f"[red]does not hold:[/] {check.promise}"
        for finding in check.findings[:_SHOWN]:
            yield f"  {plain(finding.subject)}: {plain(finding.what)}"
        if check.broken > _SHOWN:
            yield f"  and {check.broken - _SHOWN} more"
    where = plain(str(found.dataset.root))
    if not found.broken:
        yield f"{where} is what its manifest says (sha256 {found.dataset.digest})."
