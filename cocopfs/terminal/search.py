"""What a search tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cocopfs.terminal.text import plain

if TYPE_CHECKING:  # its room needs torch, and no other command does
    from cocopfs.baseline.search import Found


def search_lines(found: Found, sheet: Path) -> Iterator[str]:
    """What was asked, which model answered, what was found, and where the sheet is."""
    yield f"asked: {plain(found.text)}"
    yield f"answered by: {plain(found.model)}"
    for rank, hit in enumerate(found.hits, start=1):
        yield (
            f"{rank:>3}. {hit.score:.3f}  {plain(hit.name)}  "
            f"[dim]{plain(hit.sample_id)}, {plain(hit.split)}[/]  {plain(hit.caption)}"
        )
    yield f"The pictures are in {plain(str(sheet))}"
