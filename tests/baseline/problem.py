"""A small problem that a random CLIP's translator can learn: whose picture is it?"""

from __future__ import annotations

import numpy as np

from cocopfs.baseline.examples import Examples

FACE_WIDTH = 12
_PLACES = ("a wave", "a dog", "a cat", "a cake", "a surfboard", "a street", "the beach", "a glass")


def examples(side: int, contexts: int, identities: int, seed: int = 0) -> Examples:
    """Of each context a picture of each identity. A context is the colour of the left half, an
    identity the stripes of the right one; faces are the same for every seed."""
    people = np.random.default_rng(7)
    faces = people.normal(size=(identities, FACE_WIDTH)).astype(np.float32)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    looks = people.integers(0, 256, (identities, side // 4, 3))
    scenes = people.integers(0, 256, (contexts, 3))
    rng = np.random.default_rng(seed)
    crops = np.zeros((contexts * identities, side, side, 3), np.uint8)
    context, identity = np.divmod(np.arange(len(crops)), identities)
    for row in range(len(crops)):
        crops[row, :, : side // 2] = scenes[context[row]]
        crops[row, :, side // 2 :] = np.repeat(looks[identity[row]], 4, axis=0)[:, None]
    crops += rng.integers(0, 8, crops.shape, np.uint8)
    places = [_PLACES[number % len(_PLACES)] for number in context]
    return Examples(
        samples=[f"{a}_{b}" for a, b in zip(context, identity, strict=True)],
        crops=crops,
        faces=faces[identity],
        captions=[(f"a man with {place}", f"a person and {place}") for place in places],
        captions_tok=[(f"[TOK] with {place}", f"[TOK] and {place}") for place in places],
        context=context.astype(np.int64),
        identity=identity.astype(np.int64),
    )
