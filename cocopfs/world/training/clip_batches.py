"""What the CLIP sees in a step: pictures of which some patches are kept, and a text for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from cocopfs.captions.enrich import TOKEN
from cocopfs.records import Gender
from cocopfs.world.names import invent_name
from cocopfs.world.seeds import generator
from cocopfs.world.training.clip_material import PATCH, SIDE, from_patches
from cocopfs.world.training.clip_words import CONTEXT, PROMPTS, SPECIAL
from cocopfs.world.training.material import Arrays

NOBODY: Final = -1
_ROWS = SIDE // PATCH
_END = len(SPECIAL) - 1
_INVENTED = 4000  # names that say nothing

# How a text is made, and how often. All but the last two have a name that is known.
FORMS: Final[Mapping[str, float]] = {
    "in_place": 0.42,
    "in_parentheses": 0.12,
    "prefix": 0.14,
    "prompt": 0.14,
    "plain": 0.08,
    "invented": 0.10,
}
PROMPTS_ALONE: Final[Mapping[str, float]] = {"prompt": 1.0}


@dataclass(frozen=True, eq=False)
class ClipBatch:
    """n pictures and n texts.

    patches: (n, t, 768) uint8; places: (n, t) int64; words: (n, w) int64. scene, person: (n,)
    int64, of the pictures. told_scene, told_person: (n,) int64, what the texts say, NOBODY where
    that is nothing.
    """

    patches: NDArray[np.uint8]
    places: NDArray[np.int64]
    words: NDArray[np.int64]
    scene: NDArray[np.int64]
    person: NDArray[np.int64]
    told_scene: NDArray[np.int64]
    told_person: NDArray[np.int64]

    @property
    def fits(self) -> NDArray[np.bool_]:
        """(n, n): is all that the text (row) says true of the picture (column)?"""
        scene = (self.told_scene[:, None] == self.scene) | (self.told_scene[:, None] == NOBODY)
        person = (self.told_person[:, None] == self.person) | (self.told_person[:, None] == NOBODY)
        return scene & person


class ClipScenes:
    """Scenes of a material and their captions as numbers."""

    def __init__(self, scenes: Arrays, tokenizer: Tokenizer) -> None:
        """scenes: see `read_clip_material`."""
        self._scenes, self._tokenizer = scenes, tokenizer
        self._name = tokenizer.get_vocab_size()
        ends = np.cumsum(scenes["count"].ravel()).reshape(scenes["count"].shape)
        self._starts, self._ends = ends - scenes["count"], ends
        self._texts = {
            form: [[self._numbers(text) for text in row] for row in scenes[form].tolist()]
            for form in ("plain", "in_place", "in_parentheses")
        }
        self._prompts = [self._numbers(prompt.format(name=TOKEN)) for prompt in PROMPTS]
        self._stop = self._numbers(".")
        rngs = (generator(0, "pack", "clip", "invented", item) for item in range(_INVENTED))
        self._invented = [
            self._numbers(invent_name(rng, tuple(Gender)[item % 2]))
            for item, rng in enumerate(rngs)
        ]
        self._bases = np.stack([from_patches(base) for base in scenes["base"]])
        self._faces = np.array([self._face(scene) for scene in range(len(self))])

    def __len__(self) -> int:
        return len(self._scenes["base"])

    def picture(self, scene: int, which: int) -> NDArray[np.uint8]:
        """(224, 224, 3) RGB."""
        picture: NDArray[np.uint8] = self._bases[scene].copy()
        for index in range(self._starts[scene, which], self._ends[scene, which]):
            row, column = divmod(int(self._scenes["place"][index]), _ROWS)
            patch = self._scenes["patch"][index].reshape(PATCH, PATCH, 3)
            picture[row * PATCH :, column * PATCH :][:PATCH, :PATCH] = patch
        return picture

    def batch(
        self,
        rng: np.random.Generator,
        scenes: int,
        faces: int,
        kept: int,
        far: float = 1.0,
        forms: Mapping[str, float] = FORMS,
    ) -> ClipBatch:
        """`faces` pictures of each of `scenes` scenes, moved, scaled, mirrored and in another
        light. kept: patches of each; those of its face come first. far: 0: all faces lie in one
        place and are of one size, 1: they are where and as large as the scene has them. forms:
        shares of texts."""
        chosen = rng.choice(len(self), scenes, replace=False)
        patches, places, words, told = [], [], [], []
        owners, people = [], []
        shown = self._scenes["person"].shape[1]
        for scene in chosen.tolist():
            for which in rng.choice(shown, faces, replace=False).tolist():
                picture, face = _varied(self.picture(scene, which), self._faces[scene], far, rng)
                seen = _kept(face, kept, rng)
                patches.append(_cut(picture, seen))
                places.append(seen)
                person = int(self._scenes["person"][scene, which])
                owners.append(scene)
                people.append(person)
                text, tells_scene, tells_person = self.text(rng, scene, forms)
                words.append(text)
                told.append((scene if tells_scene else NOBODY, person if tells_person else NOBODY))
        told_scene, told_person = np.array(told).T
        return ClipBatch(
            patches=np.stack(patches),
            places=np.stack(places),
            words=self.padded(words),
            scene=np.array(owners),
            person=np.array(people),
            told_scene=told_scene,
            told_person=told_person,
        )

    def text(
        self, rng: np.random.Generator, scene: int, forms: Mapping[str, float]
    ) -> tuple[list[int], bool, bool]:
        """A text's tokens; does it tell of the scene? and of the person?"""
        form = list(forms)[int(rng.choice(len(forms), p=list(forms.values())))]
        caption = int(rng.integers(len(self._texts["plain"][scene])))
        prompt = self._prompts[int(rng.integers(len(self._prompts)))]
        invented = self._invented[int(rng.integers(_INVENTED))]
        if form == "plain":
            return self._texts["plain"][scene][caption], True, False
        if form == "invented":
            text = self._texts["in_place"][scene][caption]
            return self._replaced(text, invented), True, False
        if form == "prompt":
            text = prompt
        elif form == "prefix":
            text = [*prompt, *self._stop, *self._texts["plain"][scene][caption]]
        else:
            text = self._texts[form][scene][caption]
        # Sometimes an invented name beside the known one, as when both are asked for.
        chance = rng.random()
        if forms is PROMPTS_ALONE:
            return text, False, True
        if chance < 0.1:
            text = self._replaced(text, [self._name, *invented])
        elif chance < 0.2:
            text = self._replaced(text, [*invented, self._name])
        return text, form != "prompt", True

    def tokens(self, form: str, scene: int) -> list[list[int]]:
        """Of all captions of a scene. form: plain, in_place or in_parentheses."""
        return self._texts[form][scene]

    def padded(self, texts: list[list[int]]) -> NDArray[np.int64]:
        """With start and end, cut to what the text tower takes: (n, w) int64."""
        room = CONTEXT - 2
        width = min(max(len(text) for text in texts), room) + 2
        found = np.zeros((len(texts), width), np.int64)
        for row, text in zip(found, texts, strict=True):
            whole = [_END - 1, *text[:room], _END]
            row[: len(whole)] = whole
        return found

    def _face(self, scene: int) -> NDArray[np.float32]:
        """x, y, and how far the face reaches across and down, in pixels: mean and deviation of what
        swaps change."""
        part = slice(self._starts[scene, 0], self._ends[scene, -1])
        places = self._scenes["place"][part]
        before = self._scenes["base"][scene][places].astype(np.int16)
        moved = np.abs(self._scenes["patch"][part] - before)
        patches = np.zeros(self._scenes["base"].shape[1:])
        np.add.at(patches, places, moved)
        change = from_patches(patches).sum(2)
        change[change < 0.15 * change.max()] = 0
        grid = np.arange(SIDE)
        columns, rows = change.sum(0) / change.sum(), change.sum(1) / change.sum()
        x, y = columns @ grid, rows @ grid
        across, down = np.sqrt(columns @ (grid - x) ** 2), np.sqrt(rows @ (grid - y) ** 2)
        return np.array([x, y, across, down], np.float32)

    def _replaced(self, text: list[int], name: list[int]) -> list[int]:
        place = text.index(self._name)
        return [*text[:place], *name, *text[place + 1 :]]

    def _numbers(self, text: str) -> list[int]:
        found: list[int] = []
        for number, part in enumerate(text.split(TOKEN)):
            found += [self._name] * (number > 0)
            found += self._tokenizer.encode(part, add_special_tokens=False).ids
        return found


def _varied(
    picture: NDArray[np.uint8], face: NDArray[np.float32], far: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The picture, and where its face is now."""
    place, size = face[:2], face[2:]
    scale = np.exp((1 - far) * np.log(_NEAR_SIZE / size) + far * rng.normal(0, 0.06, 2))
    moved = (1 - far) * _NEAR_PLACE + far * (place * scale + (1 - scale) * SIDE / 2)
    moved = moved + far * rng.uniform(-12, 12, 2)
    if rng.random() < 0.5:
        scale = scale * [-1, 1]
        if far:  # where all faces lie in one place, mirrored ones do
            moved = np.array([SIDE - 1 - moved[0], moved[1]])
    shift = moved - scale * place
    matrix = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float32)
    warped = cv2.warpAffine(
        picture, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    lit = cv2.convertScaleAbs(
        warped, alpha=float(rng.normal(1, 0.06)), beta=float(rng.normal(0, 4))
    )
    return np.asarray(lit, np.uint8), np.concatenate([moved, np.abs(scale) * size])


_NEAR_PLACE = np.array([112.0, 96.0])  # a corner of patches
_NEAR_SIZE = np.array([10.0, 11.0])


def _kept(face: NDArray[np.float32], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which patches are seen: those of the face, the inner ones first, and others by chance."""
    middles = PATCH * (np.arange(_ROWS) + 0.5)
    x = np.abs(middles - face[0]) / (face[2] + PATCH / 4)
    y = np.abs(middles - face[1]) / (face[3] + PATCH / 4)
    distance = np.hypot(x, y[:, None])
    order = np.where(distance < _REACH, distance, _REACH + rng.random(distance.shape))
    return np.sort(np.argpartition(order.ravel(), count - 1)[:count]).astype(np.int64)


_REACH = 2.3  # deviations


def _cut(picture: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.uint8]:
    """As `to_patches` orders them, but only these."""
    grid = picture.reshape(_ROWS, PATCH, _ROWS, PATCH, 3)
    rows, columns = np.divmod(places, _ROWS)
    return np.asarray(grid[rows, :, columns].reshape(len(places), -1), np.uint8)
