"""What the doctor tells."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table

from cocopfs.doctor import Finding
from cocopfs.terminal.text import plain


def findings_table(findings: Iterable[Finding]) -> Table:
    """What the doctor found: good, a note, or a fault; with what can be done about it below."""
    table = Table.grid(padding=(0, 1))
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        mark = "[green]ok[/]" if finding.good else "[red]![/]"
        if finding.note:
            mark = "[yellow]note[/]"
        table.add_row(mark, finding.subject, plain(finding.found))
        if finding.remedy and (finding.note or not finding.good):
            table.add_row("", "", f"[yellow]→ {plain(finding.remedy)}[/]")
    return table
