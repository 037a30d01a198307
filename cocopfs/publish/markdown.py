"""Templates of Markdown files in which text from outside stays text."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from cocopfs import resources

CARDS = resources.TEMPLATES / "card"


def render_markdown(template: str, **content: Any) -> str:
    """A template of `templates/card/`. Text is shown as that text: it can add neither Markdown nor
    HTML; only Markup is taken as it is."""
    return _environment().get_template(template).render(**content)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(CARDS),
        undefined=jinja2.StrictUndefined,
        finalize=_as_markdown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _as_markdown(value: object) -> object:
    """Every value that a template prints passes here: what is not Markup is shown literally.

    Only what is active inside a line is quoted: no line of a template may begin with a value.
    """
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    line = " ".join(value.split())
    return str(escape(_ACTIVE.sub(r"\\\g<0>", line)))


# Underscores inside a word are not among it.
_ACTIVE = re.compile(r"[\\`*\[\](){}#!|~$]|(?<![^\W_])_|_(?![^\W_])")
