"""Scenes with named people, drawn once into a folder, for the CLIP to train on.

The people here are nobody's in any dataset: their seeds are the material's own. A scene is drawn
with one of them, whose face the pack's swapper then replaces with those of others of the same
gender and group, as a build does: such pictures differ in the face alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import cv2
import joblib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cocopfs.captions.enrich import TOKEN, enrich
from cocopfs.captions.template import load_template
from cocopfs.engine.commit import commit
from cocopfs.faces.align import align
from cocopfs.faces.models import Models, open_models
from cocopfs.faces.pack import open_pack
from cocopfs.faces.roles import NEEDED, Role
from cocopfs.records import Caption, Ethnicity, Gender
from cocopfs.world.descriptions import CAPTIONS, describe
from cocopfs.world.kinds import Kind
from cocopfs.world.person import Person, draw_person
from cocopfs.world.portrait import draw_portrait
from cocopfs.world.scenes import Scene, draw_scene, draw_spec
from cocopfs.world.seeds import generator
from cocopfs.world.training.material import Arrays, detected, stored
from cocopfs.world.training.traits import traits_of

SIDE: Final = 224  # of the picture that the CLIP sees
PATCH: Final = 16
TOKENS: Final = (SIDE // PATCH) ** 2
Number = TypeVar("Number", np.uint8, np.float64)
_STRATA = len(Gender) * len(Ethnicity)
_CHUNK = {"people": 60, "scenes": 20}
_KINDS = {Kind.PLAIN: 0.94, Kind.POSTER: 0.06}  # of those that a build accepts


class ClipUse(StrEnum):
    """Three crowds of which nobody is in two: the CLIP is trained with the first; on pictures of
    the second a translator of faces is fitted, as for a dataset; both are measured on the third."""

    TRAIN = "train"
    FIT = "fit"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class ClipAmount:
    """people: who are known by `portraits` each; scenes: each with its own person and `swaps`
    others."""

    people: int
    portraits: int
    scenes: int
    swaps: int


CLIP_AMOUNTS = {
    ClipUse.TRAIN: ClipAmount(people=4200, portraits=3, scenes=4000, swaps=7),
    ClipUse.FIT: ClipAmount(people=192, portraits=3, scenes=192, swaps=4),
    ClipUse.TEST: ClipAmount(people=240, portraits=3, scenes=100, swaps=4),
}


def draw_clip_material(folder: Path, pack: Path, use: ClipUse, workers: int) -> None:
    """Draw what is not there yet. pack: whose recogniser and swapper are asked."""
    amount = CLIP_AMOUNTS[use]
    for kind, whole in (("people", amount.people), ("scenes", amount.scenes)):
        work = []
        for start in range(0, whole, _CHUNK[kind]):
            path = folder / use / f"clip-{kind}-{start:05d}.npz"
            if not path.is_file():
                items = range(start, min(start + _CHUNK[kind], whole))
                work.append(joblib.delayed(_draw_chunk)(path, folder, pack, kind, use, items))
        joblib.Parallel(n_jobs=workers, backend="loky")(work)


def read_clip_material(folder: Path, use: ClipUse, kind: str) -> Arrays:
    """All chunks of a kind, one after the other.

    people: `embedding` (n, k, 512) float32 of unit length, of each one's portraits; `traits`
    (n, t) float32, see `traits_of`.
    scenes: `base` (n, 196, 768) uint8, the picture with its own person as patches in reading order,
    each of 16 × 16 pixels RGB; `person` (n, p) int64, whose faces are shown, the scene's own person
    first; `plain`, `in_place`, `in_parentheses` (n, 5) str, the captions, the last two with TOKEN
    for the name.
    `count` (n, p) int64: how many patches of each of the p pictures differ from the base's; `place`
    (m,) int64 and `patch` (m, 768) uint8: those patches, picture after picture.
    """
    paths = sorted((folder / use).glob(f"clip-{kind}-*.npz"))
    chunks = []
    for path in paths:
        with np.load(path, allow_pickle=False) as chunk:
            chunks.append({name: chunk[name] for name in chunk.files})
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def read_clip_captions(folder: Path) -> list[str]:
    """Those of the scenes that are trained on, without names."""
    found = []
    for path in sorted((folder / ClipUse.TRAIN).glob("clip-scenes-*.npz")):
        with np.load(path, allow_pickle=False) as chunk:
            found += chunk["plain"].ravel().tolist()
    return found


def clip_person(use: ClipUse, number: int) -> Person:
    """Genders alternate and groups rotate, as in a gallery."""
    gender = tuple(Gender)[number % 2]
    group = tuple(Ethnicity)[number // 2 % len(Ethnicity)]
    return draw_person(generator(0, "pack", "clip", use, "person", number), gender, group)


def to_small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A (h, w, 3) BGR picture as the CLIP's processor scales it: (224, 224, 3) uint8 RGB."""
    whole = Image.fromarray(picture[..., ::-1])
    return np.asarray(whole.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def to_patches(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(224, 224, 3) as (196, 768): patches in reading order, each row by row with its channels."""
    rows = SIDE // PATCH
    parts = small.reshape(rows, PATCH, rows, PATCH, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(parts.reshape(TOKENS, PATCH * PATCH * 3))


def from_patches(patches: NDArray[Number]) -> NDArray[Number]:
    """What `to_patches` took apart."""
    rows = SIDE // PATCH
    parts = patches.reshape(rows, rows, PATCH, PATCH, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(parts.reshape(SIDE, SIDE, 3))


# --- drawing --------------------------------------------------------------------------------------


def _draw_chunk(
    path: Path, folder: Path, pack: Path, kind: str, use: ClipUse, items: range
) -> None:
    cv2.setNumThreads(1)
    models = _models(pack)
    if kind == "people":
        rows = [_draw_portraits(models, use, number) for number in items]
    else:
        embeddings = _all_embeddings(folder, use)
        rows = [_draw_scene(models, embeddings, use, number) for number in items]
    columns = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    commit(path, lambda file: np.savez(file, **columns))  # type: ignore[arg-type]


@cache
def _models(pack: Path) -> Models:
    return open_models(open_pack(pack, (*NEEDED, Role.SWAPPER)), "cpu", 1, 480)


@cache
def _all_embeddings(folder: Path, use: ClipUse) -> NDArray[np.float32]:
    found: NDArray[np.float32] = read_clip_material(folder, use, "people")["embedding"]
    return found


def _draw_portraits(models: Models, use: ClipUse, number: int) -> Arrays:
    person, crops = clip_person(use, number), []
    for index in range(CLIP_AMOUNTS[use].portraits):
        rng = generator(0, "pack", "clip", use, "sitting", number, index)
        portrait = draw_portrait(person, int(rng.integers(1 << 62)))
        picture = stored(portrait.picture, int(rng.integers(86, 96)))
        face = detected(rng, portrait.box, portrait.landmarks)
        crops.append(align(picture, face.points, 112)[0])
    return {
        "embedding": models.recogniser.embed(crops, len(crops))[None],
        "traits": traits_of(person)[None],
    }


def _draw_scene(
    models: Models, embeddings: NDArray[np.float32], use: ClipUse, number: int
) -> Arrays:
    rng = generator(0, "pack", "clip", use, "scene", number)
    kind = list(_KINDS)[int(rng.choice(len(_KINDS), p=list(_KINDS.values())))]
    people = _people(rng, use, number)
    seed, own = int(rng.integers(1 << 62)), clip_person(use, int(people[0]))
    scene = draw_scene(draw_spec(seed, number, kind, own))
    assert scene.landmarks is not None
    assert scene.face_box is not None
    picture = stored(scene.picture, 94)
    points = detected(rng, scene.face_box, scene.landmarks).points
    # Not the portrait whose embedding stands for a name.
    sources = embeddings[people[1:], 0]
    base = to_patches(to_small(picture))
    counts, places, patches = [0], [np.empty(0, np.int64)], [np.empty((0, base.shape[1]), np.uint8)]
    for swapped in models.inswapper.swap_each(picture, points, sources):
        found = to_patches(to_small(swapped.picture))
        changed = np.flatnonzero((found != base).any(1))
        counts.append(len(changed))
        places.append(changed)
        patches.append(found[changed])
    return {
        "base": base[None],
        "person": people[None],
        "count": np.array([counts]),
        "place": np.concatenate(places),
        "patch": np.concatenate(patches),
        **_captions(scene, own.gender),
    }


def _people(rng: np.random.Generator, use: ClipUse, number: int) -> NDArray[np.int64]:
    """Of one gender and group, each of which has its turn."""
    amount = CLIP_AMOUNTS[use]
    alike = np.arange(number % _STRATA, amount.people, _STRATA)
    return rng.choice(alike, 1 + amount.swaps, replace=False)


def _captions(scene: Scene, gender: Gender) -> Arrays:
    template = load_template("natural")
    texts = [Caption(number, text) for number, text in enumerate(describe(scene))]
    assert len(texts) == CAPTIONS
    forms = [enrich(text, "X", template, scene.spec.seed, gender) for text in texts]
    columns: dict[str, Callable[[int], str]] = {
        "plain": lambda item: texts[item].text,
        "in_place": lambda item: forms[item].in_place_tok,
        "in_parentheses": lambda item: forms[item].in_parentheses_tok,
    }
    assert all(TOKEN in form.in_place_tok for form in forms)
    return {
        name: np.array([[text(item) for item in range(CAPTIONS)]]) for name, text in columns.items()
    }
