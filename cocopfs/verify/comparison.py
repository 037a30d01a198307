"""Whether a row that was made anew is the published one, and on which terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any, Final

import numpy as np

from cocopfs.publish.decoding import decode
from cocopfs.records import Figures, Identity, Portrait, Sample, unpack_vector

PIXELS: Final = 0.5
"""Of boxes, landmarks and sizes, where another stack made the row."""
COSINE: Final = 0.02
"""Of similarities."""
SHARE: Final = 0.05
"""Of the other figures: of their value, and at least 0.05 of their unit."""
PSNR: Final = 40.0
"""dB of one picture against the other: two to three grey levels."""

TOLERANCE: Final = (
    f"pixels within {PIXELS}, cosines within {COSINE}, other figures within {SHARE:.0%}, "
    f"pictures alike at {PSNR:g} dB"
)

_SIMILARITIES = {"similarity", "residual_similarity", "margin"}
_FIGURES = {field.name for field in fields(Figures)} - _SIMILARITIES - {"face_size"}


def differences(made: Sample, row: Sample, *, exact: bool) -> Iterator[str]:
    """How a row made anew differs from the published one.

    exact: in every byte; else only what lies outside the tolerance counts.
    """
    for field in fields(row):
        new, old = getattr(made, field.name), getattr(row, field.name)
        if new == old or (not exact and _near(field.name, new, old)):
            continue
        if field.name == "image":
            if new.path != old.path:
                yield f"image.path is {old.path!r}, made anew {new.path!r}"
            elif exact:
                yield "its picture has other bytes than the one made anew"
            elif (found := _psnr(new.bytes, old.bytes)) < PSNR:
                yield f"its picture and the one made anew are alike at {found:.1f} dB only"
        else:
            yield f"{field.name} is {_short(old)}, made anew {_short(new)}"


def same_identity(made: Identity, old: Identity, *, exact: bool) -> bool:
    """Whether an identity enrolled anew is the one of `private/`."""
    if exact:
        return made == old
    chosen = [[p.portrait_id for p in (*row.sources, row.reference)] for row in (made, old)]
    if chosen[0] != chosen[1] or (made.name, made.gender) != (old.name, old.gender):
        return False
    pairs = zip((*made.sources, made.reference), (*old.sources, old.reference), strict=True)
    return made.ethnicity == old.ethnicity and all(_alike(one, other) for one, other in pairs)


def _alike(one: Portrait, other: Portrait) -> bool:
    first, second = unpack_vector(one.embedding), unpack_vector(other.embedding)
    return (
        one.file_digest == other.file_digest
        and first.shape == second.shape
        and float(first @ second) > 1 - COSINE
    )


def _near(name: str, new: Any, old: Any) -> bool:
    if isinstance(new, tuple) and isinstance(old, tuple) and name == "reference_embedding":
        return len(new) == len(old) and all(map(_within(COSINE), new, old))
    if not (isinstance(new, float) and isinstance(old, float)):
        return False
    if name in _SIMILARITIES:
        return _within(COSINE)(new, old)
    if name in _FIGURES:
        return math.isclose(new, old, rel_tol=SHARE, abs_tol=SHARE)
    return _within(PIXELS)(new, old)


def _within(limit: float) -> Callable[[float, float], bool]:
    return lambda one, other: abs(one - other) <= limit


def _psnr(first: bytes, second: bytes) -> float:
    one, other = (decode(data).astype(np.float64) for data in (first, second))
    if one.shape != other.shape:
        return 0.0
    error = float(np.mean((one - other) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
