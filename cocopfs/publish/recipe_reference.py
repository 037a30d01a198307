"""`docs/recipes.md`: every field of a recipe, as the recipe's model tells it.

python -m cocopfs.publish.recipe_reference docs/recipes.md
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from pydantic import BaseModel

from cocopfs.engine.commit import commit_bytes
from cocopfs.publish.markdown import render_markdown
from cocopfs.recipe import Recipe, load_recipe, recipe_names

Schema = Mapping[str, Any]


def recipe_reference() -> str:
    """The page as Markdown: a table for each part, and what the package's recipes set otherwise."""
    schema = Recipe.model_json_schema()
    parts = [
        {
            "name": name,
            "about": Markup(" ".join((model.__doc__ or "").split())),
            "fields": list(_fields(name, model, schema["$defs"])),
        }
        for name, model in _parts()
    ]
    names = recipe_names()
    return render_markdown("recipes.md.j2", parts=parts, recipes=names, set=_differences(names))


def _parts() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Recipe.model_fields.items():
        kinds = getattr(field.annotation, "__args__", (field.annotation,))  # of an optional part
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind


def _fields(part: str, model: type[BaseModel], kinds: Schema) -> Iterator[dict[str, Any]]:
    properties = kinds[model.__name__]["properties"]
    for name, field in model.model_fields.items():
        assert not field.is_required(), f"{part}.{name} has no default"
        yield {
            "name": Markup(f"`{part}.{name}`"),
            "default": _code(field.get_default(call_default_factory=True)),
            "allowed": _allowed(properties[name]),
            "meaning": Markup(field.description or ""),  # our own texts: their Markdown is meant
        }


def _allowed(schema: Schema) -> str:
    """What a JSON schema lets through, in words."""
    if "anyOf" in schema:
        return ", or ".join(_allowed(choice) for choice in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(schema.get("enum", [schema.get("const")]))
    kind = schema["type"]
    if kind == "array":
        return _list(schema)
    if kind in ("integer", "number"):
        return " ".join([{"integer": "whole number", "number": "number"}[kind], *_bounds(schema)])
    return {"boolean": "true or false", "string": "text", "null": "null"}[kind]


def _list(schema: Schema) -> str:
    if "prefixItems" in schema:
        items = schema["prefixItems"]
        return f"list of {len(items)}: {_allowed(items[0])} each"
    return f"list of: {_allowed(schema['items'])}"


def _bounds(schema: Schema) -> Iterator[str]:
    for key, words in (
        ("minimum", "from"),
        ("exclusiveMinimum", "above"),
        ("maximum", "to"),
        ("multipleOf", "in steps of"),
    ):
        if key in schema:
            yield f"{words} {schema[key]:g}"


def _differences(names: list[str]) -> list[dict[str, Any]]:
    """The fields that a recipe of the package sets to something else than the default."""
    recipes = [load_recipe(name) for name in names]
    rows = []
    for part, model in _parts():
        for field in model.model_fields:
            default = model.model_fields[field].default
            values = [getattr(getattr(recipe, part), field, None) for recipe in recipes]
            told = [getattr(recipe, part) is not None for recipe in recipes]
            shown = [
                _code(value) if there and value != default else ""
                for value, there in zip(values, told, strict=True)
            ]
            if any(shown):
                rows.append({"name": Markup(f"`{part}.{field}`"), "values": shown})
    return rows


def _code(value: object) -> Markup:
    """As YAML takes it; no value of ours has a backtick or a bar in it."""
    if isinstance(value, float):  # YAML takes 5e-05 for a text
        return Markup(f"`{np.format_float_positional(value, trim='0')}`")
    return Markup(f"`{json.dumps(value)}`")


def main() -> None:
    """Write the page into the file that the command line names."""
    commit_bytes(Path(sys.argv[1]), recipe_reference().encode())


if __name__ == "__main__":
    main()
