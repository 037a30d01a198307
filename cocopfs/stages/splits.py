"""Which split a photograph and an identity belong to; train and test share neither."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocopfs.quality.cosines import on_grid
from cocopfs.recipe import MatchPart
from cocopfs.records import Ethnicity, Gender, MatchIdentity, MatchPhoto, Split, unpack_vector

Stratum = tuple[Gender | Ethnicity | None, ...]
_BLOCK = 1024  # identities compared at once: 8 MiB of cosines


def photo_split(subset: str, photo_id: int, splits: Literal["coco", "train"], seed: int) -> Split:
    """The split of a photograph.

    "train": train, whatever it is. "coco": a subset whose name starts with "train" is train; every
    other photo goes to validation or to test by one bit of sha256(seed, photo id), so that it stays
    where it is when other photos come or go.
    """
    if splits == "train" or subset.startswith("train"):
        return Split.TRAIN
    return Split.TEST if lot("photo split", seed, photo_id)[0] & 1 else Split.VALIDATION


def identity_splits(
    identities: Sequence[MatchIdentity], settings: MatchPart, seed: int
) -> dict[str, Split]:
    """The split of every identity, by class id; the same for any order of the input.

    Each stratum (identities alike in the attributes of `settings.by`) is divided by
    `settings.identity_shares` in the order of sha256(seed, class id), but validation and test get
    at least min(identities_per_photo, n // 3) of its n identities each, unless their share is 0:
    without that a small stratum could not serve its photos. A stratum of one or two identities is
    left to train.

    Identities whose medoids' cosine exceeds `settings.near_duplicate`, directly or by a chain of
    such pairs, stay together and count for the stratum of their smallest class id. So a stratum
    with such groups may miss its numbers by the size of the largest group.

    Medoids must be unit vectors of one length d. Raises ValueError when a class id comes twice.
    Takes about n²·d multiplications, in blocks: a few seconds and 100 MiB for 9,131 × 512.
    """
    ordered = sorted(identities, key=lambda identity: identity.class_id)
    require_distinct([identity.class_id for identity in ordered])
    if settings.splits == "train" or not ordered:
        return {identity.class_id: Split.TRAIN for identity in ordered}
    families: dict[int, list[str]] = defaultdict(list)
    medoids = np.stack([unpack_vector(identity.medoid) for identity in ordered])
    for identity, family in zip(ordered, _families(medoids, settings.near_duplicate), strict=True):
        families[int(family)].append(identity.class_id)
    strata: dict[Stratum, list[list[str]]] = defaultdict(list)
    for first, members in families.items():
        strata[stratum(ordered[first], settings.by)].append(members)
    chosen: dict[str, Split] = {}
    for in_stratum in strata.values():
        chosen |= _divide(in_stratum, settings, seed)
    return {identity.class_id: chosen[identity.class_id] for identity in ordered}


def stratum(
    person: MatchPhoto | MatchIdentity, by: Sequence[Literal["gender", "ethnicity"]]
) -> Stratum:
    """The attributes that count, gender first; null where one is unknown."""
    values: tuple[tuple[str, Gender | Ethnicity | None], ...] = (
        ("gender", person.gender),
        ("ethnicity", person.ethnicity),
    )
    return tuple(value for attribute, value in values if attribute in by)


def lot(purpose: str, seed: int, item: object) -> bytes:
    """32 bytes that decide where chance should: sha256 of the purpose, the seed and the item."""
    return hashlib.sha256(f"{purpose}:{seed}:{item}".encode()).digest()


def require_distinct(ids: Sequence[object]) -> None:
    """Raises ValueError that names an id which comes twice in a sorted sequence."""
    for one, other in pairwise(ids):
        if one == other:
            raise ValueError(f"{one!r} comes twice")


def _families(medoids: NDArray[np.float32], threshold: float) -> NDArray[np.int64]:
    """Connected components of the graph of near-duplicates: (n,) each one's smallest index."""
    vectors = on_grid(medoids)  # or rounding would decide about pairs near the threshold
    n = len(vectors)
    family = np.arange(n)
    for top in range(0, n, _BLOCK):
        for left in range(top, n, _BLOCK):
            close = vectors[top : top + _BLOCK] @ vectors[left : left + _BLOCK].T > threshold
            if left == top:
                np.fill_diagonal(close, False)
            for row in np.flatnonzero(close.any(axis=1)):
                joined = family[np.append(left + np.flatnonzero(close[row]), top + row)]
                if joined.min() != joined.max():
                    family[np.isin(family, joined)] = joined.min()
    return family


def _divide(families: list[list[str]], settings: MatchPart, seed: int) -> dict[str, Split]:
    """The splits of one stratum: families in the order of their lots, each to the first split that
    has room for it, else to the one with the most room."""
    room = _quotas(sum(map(len, families)), settings)
    chosen: dict[str, Split] = {}
    for members in sorted(families, key=lambda members: lot("identity split", seed, members[0])):
        fitting = [
            s for s in (Split.TEST, Split.VALIDATION, Split.TRAIN) if room[s] >= len(members)
        ]
        split = fitting[0] if fitting else max(room, key=lambda s: room[s])
        room[split] -= len(members)
        chosen |= dict.fromkeys(members, split)
    return chosen


def _quotas(n: int, settings: MatchPart) -> dict[Split, int]:
    """How many of n identities each split shall get: the shares by largest remainder, then the
    least numbers of validation and test, taken from whichever split has the most."""
    exact = dict(zip(Split, (share * n for share in settings.identity_shares), strict=True))
    quotas = {split: int(value) for split, value in exact.items()}
    by_remainder = sorted(Split, key=lambda split: quotas[split] - exact[split])
    for split in by_remainder[: n - sum(quotas.values())]:
        quotas[split] += 1
    least = min(settings.identities_per_photo, n // 3)
    for split in (Split.VALIDATION, Split.TEST):
        while exact[split] > 0 and quotas[split] < least:
            quotas[max(quotas, key=lambda s: quotas[s])] -= 1
            quotas[split] += 1
    return quotas
