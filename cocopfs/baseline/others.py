"""Other identities that a picture's face is compared with: a few, drawn for each picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SEED = np.uint64(0x6F74686572730000)
_STEP = 0x9E3779B97F4A7C15  # SplitMix64's, 2**64 divided by the golden ratio


def draw_others(
    own: NDArray[np.integer], photos: NDArray[np.int64], count: int, most: int
) -> NDArray[np.int64]:
    """(n, min(most, count - 1)) places of identities, each once in its row and never the row's own:
    every set of them is as likely as any other. A row's draw depends on its photograph, its own
    identity and `count` alone.

    own: (n,) the place of each picture's identity among `count`. photos: (n,) COCO ids.
    """
    others = count - 1
    kept = min(most, others)
    if kept == others:
        drawn = np.broadcast_to(np.arange(others), (len(own), others))
    else:
        drawn = _sample(_mixed(_mixed(_bits(photos) ^ _SEED) ^ _bits(own)), others, kept)
    return drawn + (drawn >= own[:, None])


def _sample(lots: NDArray[np.uint64], count: int, kept: int) -> NDArray[np.int64]:
    """For each lot `kept` of `count`, without replacement: Floyd's algorithm (Bentley and Floyd, A
    Sample of Brilliance, Communications of the ACM 30, 1987), all rows a step at a time."""
    drawn = np.empty((len(lots), kept), np.int64)
    for step, last in enumerate(range(count - kept, count)):
        lot = _mixed(lots + np.uint64((step + 1) * _STEP % 2**64)) % np.uint64(last + 1)
        place = lot.astype(np.int64)
        taken = (drawn[:, :step] == place[:, None]).any(axis=1)
        drawn[:, step] = np.where(taken, last, place)
    return drawn


def _mixed(lots: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = (lots ^ (lots >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _bits(numbers: NDArray[np.integer]) -> NDArray[np.uint64]:
    return numbers.astype(np.int64).view(np.uint64)
