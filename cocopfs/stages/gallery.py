"""Which portraits of an identity drive its swaps, and which one is its query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.cosines import on_grid
from cocopfs.recipe import EnrollPart
from cocopfs.records import Face, Portrait, pack_vector
from cocopfs.stages.splits import require_distinct

_LARGE = 64.0  # pixels between the eyes that are enough
_SHARP = 300.0  # variance of the Laplacian of a moderately sharp portrait


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A portrait with one usable face.

    sharpness: variance of the Laplacian of the face aligned to 112 × 112, squared grey levels.
    embedding: (d,) float32 of unit length.
    """

    portrait_id: str
    path: str
    file_digest: str
    face: Face
    sharpness: float
    embedding: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Portraits that may drive a swap, the best first; the one that never does; the embedding of
    the portrait nearest to all others, packed; and the ids of all portraits of this person, each
    picture once, the best first."""

    sources: tuple[Portrait, ...]
    reference: Portrait
    medoid: bytes
    kept: tuple[str, ...]


def choose_portraits(candidates: Sequence[Candidate], settings: EnrollPart) -> Chosen | None:
    """Choose the sources and the reference; None when fewer than two portraits are usable.

    1. Copies of one picture (the same file, or a cosine above `settings.same_picture`: mirrored,
       cropped, compressed again) leave but for the first by portrait id: a reference that is also
       a source would give the answer away.
    2. The medoid is the one with the highest mean cosine to the others; who is further from it than
       `settings.min_similarity` is somebody else and leaves.
    3. What is left is ordered by quality (see `quality`), the best first: the best is the first
       source, the second best the reference, then come more sources, `sources_per_identity` in all.

    The same for any order of the candidates. Raises ValueError when a portrait id comes twice.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.portrait_id)
    require_distinct([candidate.portrait_id for candidate in ordered])
    if not ordered:
        return None
    vectors = on_grid(np.stack([candidate.embedding for candidate in ordered]))
    cosines = vectors @ vectors.T
    kept = _without_copies(ordered, cosines, settings.same_picture)
    among = cosines[np.ix_(kept, kept)]
    medoid = kept[int(np.argmax(among.sum(axis=1) - among.diagonal()))]
    near = [number for number in kept if cosines[medoid, number] >= settings.min_similarity]
    portraits = [
        _portrait(ordered[n], quality(ordered[n], float(cosines[medoid, n]))) for n in near
    ]
    if len(portraits) < 2:
        return None
    portraits.sort(key=lambda portrait: (-portrait.quality, portrait.portrait_id))
    best, reference, *others = portraits
    return Chosen(
        sources=(best, *others[: settings.sources_per_identity - 1]),
        reference=reference,
        medoid=pack_vector(ordered[medoid].embedding),
        kept=tuple(portrait.portrait_id for portrait in portraits),
    )


def quality(candidate: Candidate, cosine: float) -> float:
    """How well a portrait serves, in [0, 1]: a product, so it must be good in every respect.

    frontality · min(inter-ocular distance / 64 px, 1) · sharpness / (sharpness + 300) · nearness,
    where nearness is (1 + cosine to the medoid) / 2: half as strict as the cosine, or the medoid,
    which alone has a cosine of 1, would win over better pictures. Our own formula: it orders the
    portraits of one identity and means nothing beyond that.
    """
    size = min(candidate.face.inter_ocular / _LARGE, 1.0)
    sharpness = candidate.sharpness / (candidate.sharpness + _SHARP)
    return frontality(candidate.face) * size * sharpness * min((1 + cosine) / 2, 1.0)


def frontality(face: Face) -> float:
    """How frontal a face is, in [0, 1], from its five landmarks; roll and size do not matter.

    The product of two ratios: 1 where the nose tip is midway between the eyes, 0 where it is under
    one of them or beyond (turned sideways); and 1 where it is halfway from the eyes' line to the
    mouth, 0 where it reaches either (looking up or down). About 0.98 for the landmarks of ArcFace's
    template, 0 for landmarks that make no face.
    """
    left, right, nose, *mouth = face.points.astype(np.float64)
    across = right - left
    width = float(np.hypot(*across))
    if width == 0:
        return 0.0
    across /= width
    down = np.array([-across[1], across[0]])
    middle = (left + right) / 2
    height = float((np.mean(mouth, axis=0) - middle) @ down)
    if height <= 0:
        return 0.0
    sideways = abs(float((nose - middle) @ across)) / width
    drop = float((nose - middle) @ down) / height
    return max(0.0, 1 - 2 * sideways) * max(0.0, 1 - 2 * abs(drop - 0.5))


def _without_copies(
    ordered: list[Candidate], cosines: NDArray[np.float64], same_picture: float
) -> list[int]:
    """The numbers of the candidates that are no copy of an earlier one that stays."""
    kept: list[int] = []
    for number, candidate in enumerate(ordered):
        is_copy = any(
            candidate.file_digest == ordered[earlier].file_digest
            or cosines[number, earlier] > same_picture
            for earlier in kept
        )
        if not is_copy:
            kept.append(number)
    return kept


def _portrait(candidate: Candidate, score: float) -> Portrait:
    return Portrait(
        portrait_id=candidate.portrait_id,
        path=candidate.path,
        file_digest=candidate.file_digest,
        face=candidate.face,
        quality=score,
        embedding=pack_vector(candidate.embedding),
    )
