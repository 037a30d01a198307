"""The recipe's page is the model's word for word."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cocopfs.publish.recipe_reference import recipe_reference
from cocopfs.recipe import Recipe, WorldPart, load_recipe
from cocopfs.safe_yaml import parse_yaml

PAGE = Path(__file__).parents[2] / "docs" / "recipes.md"
ROW = re.compile(r"^\| `(\w+)\.(\w+)` \| `([^`]*)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_the_page_is_up_to_date() -> None:
    """Write it again: python -m cocopfs.publish.recipe_reference docs/recipes.md"""
    assert PAGE.read_text("utf-8") == recipe_reference()


def test_every_field_is_told_with_its_default() -> None:
    told = {(part, field): default for part, field, default, _, _ in ROW.findall(PAGE.read_text())}
    defaults = Recipe(name="any", world=WorldPart())
    expected = {
        (part, field): getattr(getattr(defaults, part), field)
        for part in Recipe.model_fields
        for field in getattr(type(getattr(defaults, part)), "model_fields", {})
    }
    assert told.keys() == expected.keys()
    for name, default in told.items():
        # As YAML reads it, which is what people will write.
        assert parse_yaml(default) == json.loads(json.dumps(expected[name])), name


def test_every_field_has_a_meaning_and_a_range() -> None:
    for part, field, _, allowed, meaning in ROW.findall(PAGE.read_text()):
        assert len(meaning) > 8, f"{part}.{field}"
        assert allowed.strip()


def test_what_a_recipe_sets_is_what_it_loads() -> None:
    text = PAGE.read_text().partition("## What the package's recipes set")[2]
    names = re.findall(r"[\w-]+", re.findall(r"^\| field (.*)$", text, re.MULTILINE)[0])
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \|(.*)\|$", text, re.MULTILINE)
    assert len(rows) > 10
    for part, field, cells in rows:
        for name, cell in zip(names, cells.split("|"), strict=True):
            if cell.strip():
                found = getattr(getattr(load_recipe(name), part), field)
                assert parse_yaml(cell.strip(" `")) == json.loads(json.dumps(found))
