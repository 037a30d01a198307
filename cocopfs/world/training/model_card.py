"""The pack's model card, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import jinja2

from cocopfs import resources
from cocopfs.world.training.measure import Figure

_TEMPLATE = "world-pack.md.j2"


def render_model_card(figures: Sequence[Figure], sizes: Mapping[str, int]) -> str:
    """Markdown. sizes: bytes of each file."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.TEMPLATES / "card"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the values are ours, and Markdown is no HTML
    )
    tables = {name: list(rows) for name, rows in groupby(figures, key=lambda row: row.network)}
    return environment.get_template(_TEMPLATE).render(
        tables=tables, sizes=sizes, shown=_shown, verdict=_verdict
    )


def _shown(figure: Figure) -> str:
    return f"{figure.value:.5g}"


def _verdict(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    sign = "≤" if figure.below else "≥"
    return f"{sign} {figure.aim:g}: {'reached' if figure.reached else '**missed**'}"
