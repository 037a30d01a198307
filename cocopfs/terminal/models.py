"""What is told of networks and of terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cocopfs.faces.pack import Pack
from cocopfs.faces.roles import ORIGINS, Role
from cocopfs.publish.terms import Term
from cocopfs.terminal.text import plain


def role_lines() -> Iterator[str]:
    """Of each of the paper's networks: its place in a pack's folder, size, licence and source."""
    for role, origin in ORIGINS.items():
        yield f"[bold]{role}[/]: {plain(origin.place)}, about {origin.size}"
        yield f"  licence: {plain(origin.licence)}"
        yield f"  get it:  {plain(origin.source)}"
    yield "cocopfs models pack FOLDER writes down what a folder of them holds."


def pack_lines(pack: Pack) -> Iterator[str]:
    for file in pack.files:
        yield f"{file.role}: {plain(file.path)}, {file.size / 1e6:.1f} MB, {file.digest[:12]}…"
    yield f"[bold]{plain(str(pack.root / 'pack.yaml'))}[/] lists them."
    if not pack.has(Role.SWAPPER):
        yield "Without a swapper: use it with --set swap.swapper=blend"


def term_lines(terms: Sequence[Term]) -> Iterator[str]:
    if not terms:
        yield "Nothing that this dataset was made of has terms to acknowledge."
    for term in terms:
        yield f"[bold]{plain(term.subject)}[/]"
        yield f"  {plain(term.text)}"
