"""Templates of pages that stand alone: everything inside, everything from data escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from cocopfs import resources


def render(template: str, **content: Any) -> str:
    """A template of `templates/report/` as HTML. Text is escaped; only Markup is taken as it is."""
    return _environment().get_template(template).render(**content)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(resources.TEMPLATES / "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
