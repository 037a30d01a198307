"""How far it transfers: photographs as they were taken, of people with a portrait each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
from cocopfs.baseline.own_gallery import OwnGallery
from cocopfs.baseline.prompts import Expansion, entity_only, expand_entity_only, in_front
from cocopfs.baseline.results import Transfer
from cocopfs.baseline.retrieval import RECALLS, best_positions, recall_at
from cocopfs.baseline.strangers import Eyes, read_own

_PRECISION_DEPTH = 10
_NO_FACE = -1.0  # below any cosine that two faces of a recogniser have


def transfer(
    gallery: OwnGallery, clip: Clip, models: Mapping[str, Sequence[IdClip]], eyes: Eyes
) -> Iterator[Transfer]:
    """CLIP with the people's names, the trained models and the face oracle on the user's photos.

    models: of each label those of all seeds. The oracle finds the faces by itself: the best cosine
    of any face in the photograph with the portrait.
    """
    cropped, seen = [], []
    for file in gallery.files:
        picture = read_own(gallery.root, file)
        cropped.append(clip.crop(picture))
        seen.append(eyes.faces(picture))
    crops = np.stack(cropped)
    faces = np.stack([eyes.portrait(path) for path in gallery.portraits])
    scenes = list(gallery.scenes)
    pictures = image_features(clip, crops)
    by_name = text_features(clip, [entity_only(name) for name in gallery.people])
    captions = [
        in_front(f"An image with {gallery.people[scene.person]}", scene.caption) for scene in scenes
    ]
    yield _result(
        gallery,
        "CLIP with names",
        [relevant_positions(by_name, pictures, gallery.shown)],
        [(text_features(clip, captions), pictures)] if captions else [],
    )
    texts = [expand_entity_only(Expansion.TOK, name) for name in gallery.people]
    prompts = [in_front("An image with [TOK]", scene.caption) for scene in scenes]
    people = [scene.person for scene in scenes]
    for label, trained in models.items():
        alone, within = [], []
        for model in trained:
            found = image_features(model, crops) if len(model.prompts) else pictures
            queries = text_features(model, texts, faces)
            alone.append(relevant_positions(queries, found, gallery.shown))
            if prompts:
                within.append((text_features(model, prompts, faces[people]), found))
        yield _result(gallery, label, alone, within)
    best = np.asarray(
        [
            [float((found @ face).max()) if len(found) else _NO_FACE for found in seen]
            for face in faces
        ]
    )
    yield _result(gallery, "face oracle", [relevant_positions_in([best], gallery.shown)], [])


def _result(
    gallery: OwnGallery,
    label: str,
    alone: Sequence[RelevantPositions],
    within: Sequence[tuple[Vectors, Vectors]],
) -> Transfer:
    """Means over seeds; intervals over people. A caption is found where the best of the photographs
    that it was written for is."""
    codes = np.arange(len(gallery.people))
    owners = np.asarray([scene.person for scene in gallery.scenes], np.int64)
    relevant = list(gallery.scenes.values())
    ranked = [best_positions(texts, pictures, relevant) for texts, pictures in within]

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
