"""What the documentation names is there: commands, options, recipe fields, pages, rooms, stages."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer

from cocopfs.cli import app
from cocopfs.recipe import Recipe
from cocopfs.records import Reason
from cocopfs.stages.pipeline import STAGE_NAMES
from tests.test_architecture import ROOMS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = typer.main.get_command(app)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def _commands(page: Path) -> Iterator[list[str]]:
    """The words of each cocopfs command in shell blocks and in the text, comments left out."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    lines += [line.replace("\n", " ") for line in re.findall(r"`(cocopfs [^`]+)`", outside)]
    for line in lines:
        words = shlex.split(line, comments=True)
        if "cocopfs" in words[:1]:
            yield words[1:]


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the words after them."""
    command: Any = COMMANDS
    while (below := getattr(command, "commands", None)) and words and not words[0].startswith("-"):
        assert words[0] in below, f"there is no command {words[0]}"
        command, words = below[words[0]], words[1:]
    return command, words


@pages
def test_commands_and_their_options_exist(page: Path) -> None:
    for words in _commands(page):
        if words and "|" in words[0]:
            continue  # several at once
        command, rest = _command(words)
        known = {option for parameter in command.params for option in parameter.opts}
        given = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert given <= known | {"--help"}, " ".join(words)


@pages
def test_recipe_fields_exist(page: Path) -> None:
    for path in re.findall(r"--set '?([\w.]+)=", page.read_text("utf-8")):
        if path == "field.path":
            continue
        part, _, field = path.partition(".")
        kind = Recipe.model_fields[part].annotation
        assert field in getattr(kind, "model_fields", {}), path


@pages
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page if not path else page.parent / path
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, target


def _anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_questions_speak_of_reasons_that_there_are() -> None:
    text = (ROOT / "docs" / "faq.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[^|]*)\|", text, re.MULTILINE)
    named = {reason for row in rows for reason in re.findall(r"`([a-z_]+)`", row)}
    assert len(named) > 8
    assert named <= {reason.value for reason in Reason}


def _names(picture: str) -> list[str]:
    root = ElementTree.parse(ROOT / "docs" / picture).getroot()
    return [str(text.text) for text in root.iter() if text.get("class") == "name"]


def test_the_picture_has_all_stages() -> None:
    given = {"COCO", "gallery", "model pack", "OUT"}
    assert sorted(set(_names("architecture-flow.svg")) - given) == sorted(STAGE_NAMES)


def test_the_picture_has_all_rooms_in_their_order() -> None:
    assert _names("architecture-rooms.svg") == [room for room in ROOMS if room != "__main__"]
