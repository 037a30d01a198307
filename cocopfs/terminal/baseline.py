"""What the baseline tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.box import SIMPLE
from rich.table import Table

from cocopfs.audit.wording import with_interval
from cocopfs.terminal.text import plain

if TYPE_CHECKING:  # its rooms need torch, and no other command does
    from cocopfs.baseline.results import Results
    from cocopfs.baseline.tables import Content


PAPERS_RECIPE = "coco-pfs"  # beside whose figures the published ones stand


def baseline_tables(results: Results) -> Iterator[Table]:
    """The comparison, the differences and the controls; the page has the rest."""
    from cocopfs.baseline import tables

    yield _table(tables.short_methods_table(results.methods))
    if results.recipe == PAPERS_RECIPE:
        yield _table(tables.published_tables()["in_context"])
    yield _table(tables.differences_table(results))
    yield _table(tables.controls_table(results))
    if results.transfer:
        yield _table(tables.short_transfer_table(results))


def baseline_lines(results: Results, out: Path) -> Iterator[str]:
    """The verdict with its reasons, and where the report is."""
    yield plain(f"Id-CLIP's id@5 is {with_interval(results.times_chance, 1)} times chance.")
    for check in results.verdict.checks:
        mark = "[green]✓[/]" if check.holds else "[red]✗[/]"
        yield f"{mark} {plain(check.demand)}: {plain(check.found)}"
    if results.recipe == PAPERS_RECIPE and results.settings["face"] != "swapped":
        yield (
            "[yellow]The published figures were most likely measured with the faces of the swapped "
            "pictures themselves, which leaks the answer: compare them with a run of --set "
            "baseline.face=swapped.[/]"
        )
    for note in results.notes:
        yield f"[yellow]{plain(note)}[/]"
    colour = "green" if results.verdict.sound else "red"
    yield f"[bold {colour}]{plain(results.verdict.sentence)}[/]"
    yield f"The report is {plain(str(out))}/baseline/report.html"


def _table(content: Content) -> Table:
    table = Table(plain(content.head[0]), box=SIMPLE, pad_edge=False)
    for heading in content.head[1:]:
        table.add_column(plain(heading), justify="right")
    for row in content.rows:
        style = "bold" if row.strong else ""
        table.add_row(plain(row.label), *map(plain, row.cells), style=style)
    return table
