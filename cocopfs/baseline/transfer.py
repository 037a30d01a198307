"""How far it transfers: photographs as they were taken, of people with a portrait each.

DIR/photos.csv          file,person[,caption]: paths relative to DIR
DIR/portraits/NAME.jpg  a portrait of each person (.jpg, .jpeg or .png)
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.baseline.clip import Clip
from cocopfs.baseline.entities import (
    RelevantPositions,
    average_precision_at,
    kmin_recall_at,
    relevant_positions,
    relevant_positions_in,
)
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.features import image_features, text_features
from cocopfs.baseline.id_clip import IdClip
from cocopfs.baseline.prompts import Expansion, entity_only, expand_entity_only, in_front
from cocopfs.baseline.results import Transfer
from cocopfs.baseline.retrieval import RECALLS, positions, recall_at
from cocopfs.baseline.strangers import Eyes, read_own
from cocopfs.captions.enrich import TOKEN
from cocopfs.errors import UsageError

LIST = "photos.csv"
_PORTRAITS = "portraits"
_ENDINGS = (".jpg", ".jpeg", ".png")
_PRECISION_DEPTH = 10
_NO_FACE = -1.0  # below any cosine that two faces of a recogniser have


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph of somebody. caption: empty where there is none."""

    file: str
    person: int
    caption: str


@dataclass(frozen=True, slots=True)
class OwnGallery:
    """people: names in order; portraits: a file of each, below root."""

    root: Path
    people: tuple[str, ...]
    portraits: tuple[Path, ...]
    scenes: tuple[Scene, ...]


def read_own_gallery(root: Path) -> OwnGallery:
    """Raises UsageError that names the line or the file."""
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
        rows.append((file, person, caption))
    if not rows:
        raise UsageError(f"{path} lists no photograph", expected="one or more")
    people = tuple(sorted({person for _, person, _ in rows}))
    place = {person: number for number, person in enumerate(people)}
    return OwnGallery(
        root,
        people,
        tuple(_portrait(root, person) for person in people),
        tuple(Scene(file, place[person], caption) for file, person, caption in rows),
    )


def transfer(
    gallery: OwnGallery, clip: Clip, models: Mapping[str, Sequence[IdClip]], eyes: Eyes
) -> Iterator[Transfer]:
    """CLIP with the people's names, the trained models and the face oracle on the user's photos.

    models: of each label those of all seeds. The oracle finds the faces by itself: the best cosine
    of any face in the photograph with the portrait.
    """
    cropped, seen = [], []
    for scene in gallery.scenes:
        picture = read_own(gallery.root, scene.file)
        cropped.append(clip.crop(picture))
        seen.append(eyes.faces(picture))
    crops = np.stack(cropped)
    faces = np.stack([eyes.portrait(path) for path in gallery.portraits])
    asked = _Asked(gallery)
    pictures = image_features(clip, crops)
    by_name = text_features(clip, [entity_only(name) for name in gallery.people])
    captions = [in_front(f"An image with {name}", text) for name, text in asked.named()]
    yield asked.result(
        "CLIP with names",
        [relevant_positions(by_name, pictures, asked.relevant)],
        [(text_features(clip, captions), pictures)] if captions else [],
    )
    texts = [expand_entity_only(Expansion.TOK, name) for name in gallery.people]
    prompts = [in_front("An image with [TOK]", text) for _, text in asked.named()]
    people = np.asarray([scene.person for scene in asked.captioned], np.int64)
    for label, trained in models.items():
        alone, within = [], []
        for model in trained:
            found = image_features(model, crops) if len(model.prompts) else pictures
            queries = text_features(model, texts, faces)
            alone.append(relevant_positions(queries, found, asked.relevant))
            if prompts:
                within.append((text_features(model, prompts, faces[people]), found))
        yield asked.result(label, alone, within)
    best = np.asarray(
        [
            [float((found @ face).max()) if len(found) else _NO_FACE for found in seen]
            for face in faces
        ]
    )
    yield asked.result("face oracle", [relevant_positions_in([best], asked.relevant)], [])


@dataclass(frozen=True)
class _Asked:
    gallery: OwnGallery

    @property
    def relevant(self) -> list[list[int]]:
        """Of each person the photographs."""
        found: list[list[int]] = [[] for _ in self.gallery.people]
        for number, scene in enumerate(self.gallery.scenes):
            found[scene.person].append(number)
        return found

    @property
    def captioned(self) -> list[Scene]:
        return [scene for scene in self.gallery.scenes if scene.caption]

    def named(self) -> list[tuple[str, str]]:
        """Name and caption of every photograph that has one."""
        return [(self.gallery.people[scene.person], scene.caption) for scene in self.captioned]

    def result(
        self,
        label: str,
        alone: Sequence[RelevantPositions],
        within: Sequence[tuple[Vectors, Vectors]],
    ) -> Transfer:
        """Means over seeds; intervals over people."""
        codes = np.arange(len(self.gallery.people))
        target = np.asarray(
            [number for number, scene in enumerate(self.gallery.scenes) if scene.caption], np.int64
        )
        owners = np.asarray([scene.person for scene in self.captioned], np.int64)
        ranked = [positions(texts, pictures, target) for texts, pictures in within]

        def over_people(figures: list[np.ndarray]) -> Interval:
            return share_interval(np.mean(figures, axis=0), codes)

        return Transfer(
            label,
            {k: over_people([kmin_recall_at(one, k) for one in alone]) for k in RECALLS},
            over_people([average_precision_at(one, _PRECISION_DEPTH) for one in alone]),
            {
                k: share_interval(np.mean([recall_at(one, k) for one in ranked], axis=0), owners)
                for k in (RECALLS if ranked else ())
            },
        )


def _portrait(root: Path, person: str) -> Path:
    folder = root / _PORTRAITS
    for ending in _ENDINGS:
        path = folder / f"{person}{ending}"
        if "/" not in person and "\0" not in person and path.is_file():
            return path
    raise UsageError(
        f"{person!r} of {root / LIST} has no portrait",
        expected=f"{folder}/{person}.jpg (or .jpeg, .png)",
    )
