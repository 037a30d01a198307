"""How the figures change with the gallery's size and with the recogniser's quality."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.baseline.comparison import Comparison
from cocopfs.baseline.controls import at_cosine
from cocopfs.baseline.faces import Vectors
from cocopfs.baseline.intervals import over_seeds
from cocopfs.baseline.results import Point
from cocopfs.baseline.retrieval import pick_within, recall_at
from cocopfs.baseline.subsets import gallery_curve

COSINES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.2, 0.0)
"""Between the true face feature and the one that is asked with."""

_SIZES = 8  # points of the curve, at most
_SEED = 0


def gallery_points(comparison: Comparison) -> Iterator[Point]:
    """Recall@1 in galleries from a few photographs to all of them, in equal ratios."""
    test = comparison.test
    everything = len(np.unique(test.pictures.context))
    sizes = sorted({round(everything / 2**step) for step in range(_SIZES)} - {0})
    pairs: dict[str, list[tuple[Vectors, Vectors]]] = {
        "clip": [(comparison.plain, comparison.pictures)],
        "oracle": [(test.faces(), test.swapped)],
    }
    for key in ("clip-pad", "id-clip"):
        pairs[key] = [(a.texts(test, test.tok), a.pictures) for a in comparison.trained[key]]
    found: dict[float, dict[str, Interval]] = {}
    for key, several in pairs.items():
        curves = [
            gallery_curve(texts, pictures, test.target, test.pictures.context, sizes)
            for texts, pictures in several
        ]
        for points in zip(*curves, strict=True):
            interval = share_interval(over_seeds([p.recalls for p in points]), test.photos)
            found.setdefault(points[0].pictures, {})[key] = interval
    for pictures in sorted(found):
        yield Point(pictures, found[pictures])


def noise_points(comparison: Comparison) -> Iterator[Point]:
    """id@5 with face features that a worse recogniser might give."""
    test = comparison.test
    for cosine in COSINES:
        faces = at_cosine(test.pictures.faces, cosine, _SEED)[test.target]
        picks = {
            key: over_seeds([a.picks(test, test.tok, faces) for a in comparison.trained[key]])
            for key in ("clip-pad", "id-clip")
        }
        alone = pick_within(faces, test.swapped, test.target, test.pictures.context)
        picks["oracle"] = recall_at(alone, 1)
        yield Point(cosine, {key: share_interval(pick, test.photos) for key, pick in picks.items()})
