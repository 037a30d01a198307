"""Photographs of the user's own, of people with a portrait each.

DIR/photos.csv          file,person[,caption]: paths relative to DIR; a photograph may stand in
                        several lines, for several people or with several captions
DIR/portraits/NAME.jpg  a portrait of each person (.jpg, .jpeg or .png)
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cocopfs.captions.enrich import TOKEN
from cocopfs.errors import UsageError

LIST = "photos.csv"
_PORTRAITS = "portraits"
_ENDINGS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Scene:
    """A caption of a photograph, for a person in it."""

    person: int
    caption: str


@dataclass(frozen=True, slots=True)
class OwnGallery:
    """people: names in order; portraits: a file of each, below root. files: the photographs, each
    once, as paths below root; shown: of each person the photographs that show them; scenes: of each
    person and caption the photographs that it was written for."""

    root: Path
    people: tuple[str, ...]
    portraits: tuple[Path, ...]
    files: tuple[str, ...]
    shown: tuple[tuple[int, ...], ...]
    scenes: Mapping[Scene, tuple[int, ...]]


def read_own_gallery(root: Path) -> OwnGallery:
    """A photograph may stand in several lines: for several people, and with several captions.

    Raises UsageError that names the line or the file."""
    path = root / LIST
    try:
        with path.open(encoding="utf-8-sig", newline="") as table:
            lines = list(csv.DictReader(table, skipinitialspace=True, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            expected="a table with the columns file and person, and perhaps caption",
        ) from error
    rows = []
    for number, line in enumerate(lines, start=2):
        file, person = (str(line.get(name) or "").strip() for name in ("file", "person"))
        if not file or not person:
            raise UsageError(
                f"line {number} of {path} has no file or no person",
                expected="a line as: photos/1.jpg,Ada Adler,a woman rides a bicycle",
            )
        caption = str(line.get("caption") or "").strip()
        if TOKEN in f"{person} {caption}":
            raise UsageError(
                f"line {number} of {path} holds {TOKEN}", expected="a name and a caption as written"
            )
        rows.append((str(PurePosixPath(file)), person, caption))
    if not rows:
        raise UsageError(f"{path} lists no photograph", expected="one or more")
    people = tuple(sorted({person for _, person, _ in rows}))
    files = tuple(dict.fromkeys(file for file, _, _ in rows))
    place = {name: number for number, name in enumerate(people)}
    number_of = {file: number for number, file in enumerate(files)}
    shown: list[set[int]] = [set() for _ in people]
    scenes: dict[Scene, set[int]] = {}
    for file, person, caption in rows:
        shown[place[person]].add(number_of[file])
        if caption:
            scenes.setdefault(Scene(place[person], caption), set()).add(number_of[file])
    return OwnGallery(
        root,
        people,
        tuple(_portrait(root, person) for person in people),
        files,
        tuple(tuple(sorted(numbers)) for numbers in shown),
        {scene: tuple(sorted(numbers)) for scene, numbers in scenes.items()},
    )


def _portrait(root: Path, person: str) -> Path:
    folder = root / _PORTRAITS
    for ending in _ENDINGS:
        path = folder / f"{person}{ending}"
        with suppress(OSError):  # a name that is too long for a file
            if "/" not in person and "\0" not in person and path.is_file():
                return path
    raise UsageError(
        f"{person!r} of {root / LIST} has no portrait",
        expected=f"{folder}/{person}.jpg (or .jpeg, .png)",
    )
