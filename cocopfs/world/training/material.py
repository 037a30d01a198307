"""Pictures to train on, drawn once into a folder and read from there.

Every file holds a chunk of one kind of material, drawn from its number alone: any number of workers
draws the same, and a folder that was left half drawn is completed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import cv2
import joblib
import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.commit import commit
from cocopfs.faces.align import align
from cocopfs.faces.attributes import face_crop
from cocopfs.records import Box, Ethnicity, Face, Gender
from cocopfs.world.camera import photograph
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Person, blend_persons, draw_person
from cocopfs.world.photographs import encode_jpeg
from cocopfs.world.portrait import draw_headshot, draw_portrait
from cocopfs.world.pose import draw_view
from cocopfs.world.scenes import Scene, draw_scene, draw_spec
from cocopfs.world.seeds import generator

SIDE: Final = 128  # of an aligned face
RECOGNISED = np.s_[:112, 8:120]
"""Of an aligned face, what the recogniser takes: insightface aligns both sizes with one scale."""
SMALL = 112  # of an attribute network's crop, half of what it takes
FRAME = 480  # of the canvas on which scenes lie, top left
Arrays = dict[str, NDArray[Any]]


class Use(StrEnum):
    """Who trains on a material and who is measured on it are different people."""

    TRAIN = "train"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is drawn.

    identities: people who are known by their portraits; portraits: of each; targets: faces that are
    swapped, each for `swaps` identities; scenes: whole photographs, of which a half is swapped.
    """

    identities: int
    portraits: int
    targets: int
    swaps: int
    scenes: int


AMOUNTS = {
    Use.TRAIN: Amount(identities=3000, portraits=8, targets=10000, swaps=3, scenes=3000),
    Use.TEST: Amount(identities=100, portraits=8, targets=400, swaps=2, scenes=600),
}
_CHUNK = {"portraits": 50, "targets": 100, "scenes": 25}


def draw_material(folder: Path, use: Use, workers: int) -> None:
    """Draw what is not there yet."""
    amount = AMOUNTS[use]
    wholes = {"portraits": amount.identities, "targets": amount.targets, "scenes": amount.scenes}
    work = []
    for kind in ("scenes", "portraits", "targets"):
        for start in range(0, wholes[kind], _CHUNK[kind]):
            path = folder / use / f"{kind}-{start:05d}.npz"
            if not path.is_file():
                items = range(start, min(start + _CHUNK[kind], wholes[kind]))
                work.append(joblib.delayed(_draw_chunk)(path, kind, use, items))
    joblib.Parallel(n_jobs=workers, backend="loky")(work)


def read_material(folder: Path, use: Use, kind: str) -> Arrays:
    """All chunks of a kind, one after the other.

    portraits: `crop` (n, 128, 128, 3) uint8 RGB, aligned; `small` (n, 112, 112, 3) uint8 BGR, the
    attribute networks' crop at half size; `identity` (n,), `gender` and `group` (n,) int64, their
    place in Gender and Ethnicity.
    targets: the same for faces of people who are nobody's; and `swapped` (n, k, 128, 128, 3) uint8
    RGB, the same photograph with the inner face of `source` (n, k), an identity's number.
    scenes: `picture` (n, 480, 480, 3) uint8 BGR, black beside the photograph; `size` (n, 2) its
    width and height; `face` (n, 14) float32: x, y, width, height of the face's box and its five
    landmarks, NaN where nobody has one; `source` (m, 1), `crop`, `swapped`, `small` and the labels
    as above, of the m plain scenes alone.
    """
    paths = sorted((folder / use).glob(f"{kind}-*.npz"))
    chunks = []
    for path in paths:
        with np.load(path, allow_pickle=False) as chunk:
            chunks.append({name: chunk[name] for name in chunk.files})
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def training_identity(use: Use, number: int) -> Person:
    """Genders alternate and groups rotate, as in a gallery."""
    gender = tuple(Gender)[number % 2]
    group = tuple(Ethnicity)[number // 2 % len(Ethnicity)]
    return draw_person(generator(0, "pack", use, "identity", number), gender, group)


# --- drawing --------------------------------------------------------------------------------------


def _draw_chunk(path: Path, kind: str, use: Use, items: range) -> None:
    cv2.setNumThreads(1)
    draw: Mapping[str, Callable[[Use, range], list[Arrays]]] = {
        "portraits": _draw_portraits,
        "targets": _draw_targets,
        "scenes": _draw_scenes,
    }
    rows = draw[kind](use, items)
    names = sorted({name for row in rows for name in row})
    columns = {name: np.concatenate([row[name] for row in rows if name in row]) for name in names}

    commit(path, lambda file: np.savez(file, **columns))  # type: ignore[arg-type]


def _draw_portraits(use: Use, numbers: range) -> list[Arrays]:
    rows = []
    for number in numbers:
        person = training_identity(use, number)
        for index in range(AMOUNTS[use].portraits):
            rng = generator(0, "pack", use, "sitting", number, index)
            portrait = draw_portrait(person, int(rng.integers(1 << 62)))
            picture = stored(portrait.picture, int(rng.integers(86, 96)))
            face = detected(rng, portrait.box, portrait.landmarks)
            rows.append(_labelled(person, picture, face) | {"identity": np.array([number])})
    return rows


def _draw_targets(use: Use, numbers: range) -> list[Arrays]:
    """Somebody's photograph, and the same one as if other faces had been there."""
    rows = []
    for number in numbers:
        rng = generator(0, "pack", use, "target", number)
        person, view = draw_person(rng), draw_view(rng, calm=float(rng.uniform(0.3, 1)))
        unit = float(np.exp(rng.uniform(np.log(18), np.log(66))))
        seed = int(rng.integers(1 << 62))
        before = draw_headshot(person, person, view, unit, seed)
        picture = _taken(before.picture, seed)
        face = detected(rng, before.box, before.landmarks)
        sources = _sources(use, rng, person)
        crops = []
        for source in sources.tolist():
            mixed = blend_persons(training_identity(use, source), person)
            after = draw_headshot(person, mixed, view, unit, seed)
            crops.append(_crop(_taken(after.picture, seed), face))
        row = _labelled(person, picture, face)
        rows.append(row | {"swapped": np.stack(crops)[None], "source": sources[None]})
    return rows


def _sources(use: Use, rng: np.random.Generator, person: Person) -> NDArray[np.int64]:
    """Identities by chance; every second one of the person's own gender and group."""
    amount = AMOUNTS[use]
    found = rng.integers(0, amount.identities, amount.swaps)
    alike = 2 * list(Ethnicity).index(person.group) + list(Gender).index(person.gender)
    rounds = amount.identities // 12
    found[1::2] = 12 * rng.integers(0, rounds, len(found[1::2])) + alike
    return found


_SCENE_KINDS = {
    Kind.PLAIN: 0.66,
    Kind.GREY: 0.04,
    Kind.NO_PERSON: 0.12,
    Kind.TINY_FACE: 0.05,
    Kind.CHILD: 0.03,
    Kind.TURNED_AWAY: 0.03,
    Kind.HIDDEN_FACE: 0.03,
    Kind.CUT_FACE: 0.02,
    Kind.CROWD: 0.02,
}
_WITH_FACE = (Kind.PLAIN, Kind.GREY, Kind.TINY_FACE, Kind.CHILD, Kind.CROWD)


def _draw_scenes(use: Use, numbers: range) -> list[Arrays]:
    rows = []
    for number in numbers:
        rng = generator(0, "pack", use, "scene", number)
        kind = list(_SCENE_KINDS)[int(rng.choice(len(_SCENE_KINDS), p=list(_SCENE_KINDS.values())))]
        seed = int(rng.integers(1 << 62))
        scene = draw_scene(draw_spec(seed, number, kind))
        picture = stored(scene.picture, 94)
        height, width = picture.shape[:2]
        canvas = np.zeros((1, FRAME, FRAME, 3), np.uint8)
        canvas[0, :height, :width] = picture
        values = np.full((1, 14), np.nan, np.float32)
        row: Arrays = {"picture": canvas, "size": np.array([[width, height]])}
        if kind in _WITH_FACE and scene.landmarks is not None and scene.face_box is not None:
            box = scene.face_box
            values[0] = [box.x, box.y, box.width, box.height, *scene.landmarks.ravel()]
            if kind is Kind.PLAIN:
                row |= _swapped_scene(use, rng, scene, picture)
        rows.append(row | {"face": values})
    return rows


def _swapped_scene(
    use: Use, rng: np.random.Generator, scene: Scene, picture: NDArray[np.uint8]
) -> Arrays:
    assert scene.landmarks is not None
    assert scene.face_box is not None
    face = detected(rng, scene.face_box, scene.landmarks)
    source = int(rng.integers(AMOUNTS[use].identities))
    mixed = blend_persons(training_identity(use, source), scene.spec.person)
    after = draw_scene(replace(scene.spec, face=mixed))
    crop = _crop(stored(after.picture, 94), face)
    row = _labelled(scene.spec.person, picture, face)
    return row | {"swapped": crop[None, None], "source": np.array([[source]])}


def _labelled(person: Person, picture: NDArray[np.uint8], face: Face) -> Arrays:
    small = cv2.resize(face_crop(picture, face), (SMALL, SMALL), interpolation=cv2.INTER_AREA)
    return {
        "crop": _crop(picture, face)[None],
        "small": np.rint(small * 255).astype(np.uint8)[None],
        "gender": np.array([list(Gender).index(person.gender)]),
        "group": np.array([list(Ethnicity).index(person.group)]),
    }


def _crop(picture: NDArray[np.uint8], face: Face) -> NDArray[np.uint8]:
    points = np.array(face.landmarks, np.float32).reshape(5, 2)
    return np.ascontiguousarray(align(picture, points, SIDE)[0][..., ::-1])


def detected(rng: np.random.Generator, box: Box, landmarks: NDArray[np.float32]) -> Face:
    """As a detector would see it: a little off."""
    eyes = float(np.hypot(*(landmarks[1] - landmarks[0])))
    points = landmarks + rng.normal(0, 0.025 * eyes, (5, 2))
    x, y, width, height = rng.normal(0, 0.06 * eyes, 4).tolist()
    shifted = Box(box.x + x, box.y + y, box.width + width, box.height + height)
    return Face(shifted, tuple(points.astype(np.float32).ravel().tolist()), 1.0)


def _taken(picture: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """By a chance camera, or by the one that takes the scenes."""
    rng = generator(seed, "camera")
    if rng.random() < 0.5:
        return photograph(picture, rng)
    noise = rng.standard_normal(picture.shape, np.float32) * np.float32(2.2)
    soft = cv2.GaussianBlur(picture, (0, 0), 0.45)
    return stored(np.clip(np.rint(soft + noise), 0, 255).astype(np.uint8), 94)


def stored(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    coded = np.frombuffer(encode_jpeg(picture, quality), np.uint8)
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
