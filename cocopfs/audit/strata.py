"""Rates and figures by what the photograph is like: a group that got the grey or the small ones
looks worse than it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.rates import Chosen, Swaps, mean
from cocopfs.audit.samples import Samples

_SIZES = (15.0, 20.0, 30.0, 45.0, 70.0)  # pixels between the eyes


@dataclass(frozen=True, slots=True)
class Stratum:
    """Photographs of one kind. All but `samples`, `similarity` and `still_original` is of the swaps
    tried, and null where `work/` does not tell."""

    label: str
    tried: int | None
    passed: Interval | None
    verified: Interval | None
    tried_similarity: Interval | None
    samples: int
    similarity: Interval | None
    still_original: Interval | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of photographs: its name, and which samples are of such a photograph."""

    label: str
    of: Callable[[Samples], Chosen]


def kinds(samples: Samples) -> Iterator[Kind]:
    """Photographs without a colour and with, and by face size; those of which there is a sample."""
    if "grey" in samples.figures:
        yield Kind("greyscale photographs", is_grey)
        yield Kind("colour photographs", lambda found: ~is_grey(found))
    if "face_size" in samples.figures:
        for low, high in pairwise((0.0, *_SIZES, np.inf)):
            yield Kind(_between(low, high), _of_size(low, high))


def strata_table(swaps: Swaps) -> list[Stratum]:
    """A row for every kind of photograph that there is a swap of."""
    every = swaps.tried.samples if swaps.tried is not None else swaps.samples
    return [_stratum(kind, swaps) for kind in kinds(every) if kind.of(every).any()]


def is_grey(samples: Samples) -> Chosen:
    """(n,): whether the photograph has no colour; nowhere where that is not known."""
    if "grey" not in samples.figures:
        return np.zeros(len(samples), np.bool_)
    return np.equal(samples.values("grey"), 1.0)


def _stratum(kind: Kind, swaps: Swaps) -> Stratum:
    chosen = kind.of(swaps.samples)
    tried = None if swaps.tried is None else kind.of(swaps.tried.samples)
    return Stratum(
        label=kind.label,
        tried=None if tried is None else int(tried.sum()),
        passed=None if tried is None else swaps.passed(tried),
        verified=None if tried is None else swaps.verified(tried),
        tried_similarity=None if tried is None else swaps.tried_mean("similarity", tried),
        samples=int(chosen.sum()),
        similarity=mean(swaps.samples, "similarity", chosen),
        still_original=swaps.still_original(chosen),
    )


def _of_size(low: float, high: float) -> Callable[[Samples], Chosen]:
    def of(samples: Samples) -> Chosen:
        if "face_size" not in samples.figures:
            return np.zeros(len(samples), np.bool_)
        sizes: NDArray[np.float64] = samples.values("face_size")
        return (sizes >= low) & (sizes < high)

    return of


def _between(low: float, high: float) -> str:
    if not low:
        return f"eyes under {high:g} px apart"
    return (
        f"eyes {low:g} px apart or more" if np.isinf(high) else f"eyes {low:g} to {high:g} px apart"
    )
