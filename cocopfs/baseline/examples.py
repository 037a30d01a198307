"""What the baseline is fitted to and chosen by, as plain arrays."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """n pictures of a split, in one order.

    samples: their ids, for what is drawn for each.
    crops: (n, s, s, 3) uint8 RGB, as `Clip.crop` makes them; may be a memory-mapped file.
    faces: (n, f) float32 of unit length, of the face by which each picture is asked for.
    captions: for each picture the original captions, at least one.
    captions_tok: aligned with them, with [TOK] in place of the person.
    context: (n,) int64, which photograph each was before the swap.
    identity: (n,) int64, whose face it shows.
    """

    samples: Sequence[str]
    crops: NDArray[np.uint8]
    faces: NDArray[np.float32]
    captions: Sequence[Sequence[str]]
    captions_tok: Sequence[Sequence[str]]
    context: NDArray[np.int64]
    identity: NDArray[np.int64]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"examples of several lengths: {lengths}")
        for number, pair in enumerate(zip(self.captions, self.captions_tok, strict=True)):
            if len(pair[0]) != len(pair[1]) or not pair[0]:
                raise ValueError(f"example {number} has {len(pair[0])} and {len(pair[1])} captions")

    def __len__(self) -> int:
        return len(self.faces)

    @cached_property
    def digest(self) -> str:
        """sha256 of all of it. The pictures are read once."""
        hasher = hashlib.sha256()
        for rows in np.array_split(self.crops, max(1, len(self) // 256)):
            hasher.update(np.ascontiguousarray(rows).tobytes())
        hasher.update(np.ascontiguousarray(self.faces, "<f4").tobytes())
        hasher.update(np.ascontiguousarray(self.context, "<i8").tobytes())
        hasher.update(np.ascontiguousarray(self.identity, "<i8").tobytes())
        texts = [[list(row) for row in rows] for rows in (self.captions, self.captions_tok)]
        shapes = [self.crops.shape, self.faces.shape]
        hasher.update(json.dumps([list(self.samples), texts, shapes]).encode())
        return hasher.hexdigest()
