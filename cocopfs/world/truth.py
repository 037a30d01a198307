"""What is true of the drawn world: every photo and identity of a world, by its seed and id.

Nothing of this is written to disk. Tests ask it; the pipeline must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import cv2
import numpy as np

from cocopfs.records import Ethnicity, Gender
from cocopfs.world.kinds import SHARES, Kind, kind_of
from cocopfs.world.person import Person, blend_persons, draw_person
from cocopfs.world.scenes import Scene, SceneSpec, draw_scene, draw_spec
from cocopfs.world.seeds import generator


def photo_spec(seed: int, photo_id: int, shares: Mapping[Kind, float] = SHARES) -> SceneSpec:
    """The spec of a photo of the world that `draw_world` draws with this seed and shares."""
    return draw_spec(seed, photo_id, kind_of(photo_id, shares))


def photo_scene(seed: int, photo_id: int, shares: Mapping[Kind, float] = SHARES) -> Scene:
    """The photo with its landmarks, masks and annotations."""
    return draw_scene(photo_spec(seed, photo_id, shares))


def identity(seed: int, number: int) -> Person:
    """The gallery's identity of that number, from 1. Genders alternate and groups rotate, so that
    every combination has its share. Nobody of the gallery is in a photo."""
    gender = tuple(Gender)[number % 2]
    group = tuple(Ethnicity)[number // 2 % len(Ethnicity)]
    return draw_person(generator(seed, "identity", number), gender, group)


def true_swap(spec: SceneSpec, source: Person) -> Scene:
    """The same scene as if it had been photographed with the face of source: outside the two faces
    and a narrow seam around them no pixel differs."""
    before = draw_scene(spec)
    after = draw_scene(replace(spec, face=blend_persons(source, spec.person)))
    if before.face_mask is None or after.face_mask is None or before.landmarks is None:
        return after
    left, right = before.landmarks[:2]
    seam = max(round(_SEAM * float(np.hypot(*(right - left)))), 2)
    faces = (before.face_mask | after.face_mask).astype(np.uint8)
    near = cv2.dilate(faces, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * seam + 1,) * 2))
    # Of beards and spectacles the renderer lets a trace of shadow fall farther.
    return replace(after, picture=np.where(near[..., None] > 0, after.picture, before.picture))


_SEAM = 0.12  # of the distance between the eyes
