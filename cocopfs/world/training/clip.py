"""Training of the CLIP: pictures and texts with names, in the manner of CLIP.

A name is a word whose vector a map, thrown away at the end, makes of a portrait of its bearer:
names are then as structured as those of people whom a large CLIP has seen ten thousand times, and
the tower has to tell faces in a way that holds for faces which it never saw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import CLIPModel

from cocopfs.records import Gender
from cocopfs.world.names import invent_name
from cocopfs.world.seeds import generator
from cocopfs.world.training.clip_batches import FORMS, PROMPTS_ALONE, ClipBatch, ClipScenes
from cocopfs.world.training.clip_material import (
    TOKENS,
    ClipUse,
    read_clip_captions,
    read_clip_material,
)
from cocopfs.world.training.clip_net import TEXT_WIDTH, build_clip, embed_patches, embed_texts
from cocopfs.world.training.clip_words import build_tokenizer
from cocopfs.world.training.loop import Course, Losses, load, seeded, train
from cocopfs.world.training.material import Arrays
from cocopfs.world.training.together import Together
from cocopfs.world.training.traits import KIND_COUNT, STEP_COUNT

COURSE = Course("clip", steps=4200, rate=1.5e-3, decay=2e-2)
SCENES_COURSE = Course("clip-scenes", steps=1600, rate=1.2e-3, decay=2e-2)
_FIRST_SHARE = 0.6  # of the pictures: two threads have one part and the other with the texts
_HOTTEST = 100.0
_NAMES = 4000
_LENGTH = 11.0  # of an embedding for the head that reads traits


@dataclass(frozen=True, slots=True)
class Lesson:
    """How a batch is made, see `ClipScenes.batch`. Few of a picture's patches are seen, as in FLIP
    (Li et al. 2023), but those of its face."""

    scenes: int
    faces: int
    kept: int
    forms: Mapping[str, float]


# Faces alone first, all in one place and then ever more where they are: a tower that is shown them
# anywhere from the beginning does not learn to read them for as long as we have.
_NEAR, _NEAR_SHARE, _STILL = Lesson(20, 8, 14, PROMPTS_ALONE), 0.36, 0.25
_MIXED = Lesson(24, 4, 32, FORMS)
_MANY_SCENES = Lesson(64, 2, 32, FORMS)
_WHOLE, _WHOLE_SHARE = Lesson(12, 4, TOKENS, FORMS), 0.03  # at the end of each course


class Trainee(nn.Module):
    """The CLIP; the map that makes names; a head that reads the face from a picture's embedding."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.net = build_clip(vocabulary)
        self.namer = build_namer()
        self.reader = nn.Linear(self.net.projection_dim, STEP_COUNT + KIND_COUNT)


def build_namer() -> nn.Sequential:
    """From embeddings of portraits to words' vectors, in the form of the paper's translator."""
    return nn.Sequential(
        nn.Linear(512, TEXT_WIDTH, bias=False),
        nn.ReLU(),
        nn.Linear(TEXT_WIDTH, TEXT_WIDTH, bias=False),
    )


def clip_tokenizer(material: Path) -> Tokenizer:
    """From the captions of the material and invented names."""
    captions = read_clip_captions(material)
    rngs = (generator(0, "pack", "clip", "spelled", item) for item in range(_NAMES))
    names = [invent_name(rng, tuple(Gender)[item % 2]) for item, rng in enumerate(rngs)]
    return build_tokenizer(captions, names)


def train_clip(folder: Path, material: Path, report: Callable[[str], None]) -> CLIPModel:
    found = read_clip_material(material, ClipUse.TRAIN, "scenes")
    people = read_clip_material(material, ClipUse.TRAIN, "people")
    tokenizer = clip_tokenizer(material)
    scenes = ClipScenes(found, tokenizer)
    trainee = seeded(COURSE, lambda: Trainee(tokenizer.get_vocab_size()))
    for course, batch_of in ((COURSE, _first_batch), (SCENES_COURSE, _second_batch)):
        losses = _losses(trainee, people, _Ahead(partial(batch_of, scenes)))
        train(course, trainee, losses, folder, report)
    return trainee.net


def _first_batch(scenes: ClipScenes, step: int) -> ClipBatch:
    done = step / COURSE.steps
    if done < _NEAR_SHARE:
        far = max(0.0, (done / _NEAR_SHARE - _STILL) / (1 - _STILL))
        return _batch(scenes, COURSE, step, _NEAR, far)
    return _batch(scenes, COURSE, step, _WHOLE if done >= 1 - _WHOLE_SHARE else _MIXED)


def _second_batch(scenes: ClipScenes, step: int) -> ClipBatch:
    at_the_end = step >= (1 - 2 * _WHOLE_SHARE) * SCENES_COURSE.steps
    return _batch(scenes, SCENES_COURSE, step, _WHOLE if at_the_end else _MANY_SCENES)


def _batch(
    scenes: ClipScenes, course: Course, step: int, lesson: Lesson, far: float = 1.0
) -> ClipBatch:
    rng = generator(0, "pack", course.name, "batch", step)
    return scenes.batch(rng, lesson.scenes, lesson.faces, lesson.kept, far, lesson.forms)


def _losses(
    trainee: Trainee, people: Arrays, batches: _Ahead
) -> Callable[[int, np.random.Generator], Losses]:
    portraits = torch.from_numpy(people["embedding"])
    traits = torch.from_numpy(people["traits"])
    together, net = Together(trainee, threads=2), trainee.net

    def losses(step: int, rng: np.random.Generator) -> Losses:
        batch = batches.take(step)
        owners = torch.from_numpy(batch.person)
        # Not the portrait that drove the swaps.
        which = torch.from_numpy(rng.integers(1, portraits.shape[1], len(owners)))
        patches, places = torch.from_numpy(batch.patches), torch.from_numpy(batch.places)
        words, faces = torch.from_numpy(batch.words), portraits[owners, which]
        cut = round(_FIRST_SHARE * len(owners))
        seen, rest, said = together.run(
            (
                lambda: embed_patches(net, patches[:cut], places[:cut]),
                lambda: embed_patches(net, patches[cut:], places[cut:]),
                lambda: embed_texts(net, words, trainee.namer(faces)),
            )
        )
        seen, said = F.normalize(torch.cat([seen, rest])), F.normalize(said)
        scale = net.logit_scale.exp().clamp(max=_HOTTEST)
        return {
            "match": matching(scale * said @ seen.T, torch.from_numpy(batch.fits)),
            **_reading(trainee.reader(seen * _LENGTH), traits[owners]),
        }

    return losses


class _Ahead:
    """Makes the next step's batch while this one's is learnt from."""

    def __init__(self, batch_of: Callable[[int], ClipBatch]) -> None:
        self._batch_of, self._threads = batch_of, ThreadPoolExecutor(1)
        self._coming: dict[int, Future[ClipBatch]] = {}

    def take(self, step: int) -> ClipBatch:
        coming = self._coming.pop(step, None) or self._threads.submit(self._batch_of, step)
        self._coming[step + 1] = self._threads.submit(self._batch_of, step + 1)
        return coming.result()


def load_clip(folder: Path, vocabulary: int) -> Trainee:
    """What came of both courses."""
    return load(SCENES_COURSE, Trainee(vocabulary), folder)


def matching(scores: Tensor, fits: Tensor) -> Tensor:
    """CLIP's symmetric loss where several pictures may fit a text, and several texts a picture.

    scores: (n, m), of texts and pictures; fits: (n, m) bool. Every row and column has its share
    of the loss; those that fit share it evenly.
    """
    even = fits.float()
    rows = -(F.log_softmax(scores, 1) * even).sum(1) / even.sum(1)
    columns = -(F.log_softmax(scores, 0) * even).sum(0) / even.sum(0)
    return (rows.mean() + columns.mean()) / 2


def _reading(read: Tensor, true: Tensor) -> Losses:
    return {
        "traits": 0.5 * F.mse_loss(read[:, :STEP_COUNT], true[:, :STEP_COUNT]),
        "kinds": F.binary_cross_entropy_with_logits(read[:, STEP_COUNT:], true[:, STEP_COUNT:]),
    }
