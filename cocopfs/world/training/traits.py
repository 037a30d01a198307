"""What a recogniser shall read from a face: the identity as numbers."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from cocopfs.world.person import TRAITS, Beard, Features, Glasses, Person

_NAMES = tuple(field.name for field in fields(Features) if field.name in TRAITS)
STEP_COUNT = len(_NAMES) + 2
KIND_COUNT = len(Beard) + len(Glasses)


def traits_of(person: Person) -> NDArray[np.float32]:
    """(STEP_COUNT + KIND_COUNT,) float32: the features of the inner face and its skin, about
    standard normal; then which beard and which glasses, 0 or 1."""
    features, skin = person.features, person.skin
    steps = [(getattr(features, name) - TRAITS[name].mean) / TRAITS[name].spread for name in _NAMES]
    tone = [(skin.melanin - 0.38) / 0.26, skin.undertone / 0.5]
    beard = [float(features.beard is kind) for kind in Beard]
    glasses = [float(features.glasses is kind) for kind in Glasses]
    return np.array([*steps, *tone, *beard, *glasses], np.float32)
