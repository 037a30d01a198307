"""Error rates of scores: a pair is accepted as one person where its score reaches a threshold."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def allowed(far: float, pairs: int) -> int:
    """How many of so many impostors may pass at that FAR: floor(far · pairs), with far the decimal
    number that was written: 0.29 of 100 are 29."""
    return math.floor(Fraction(str(far)) * pairs)


def equal_error_rate(
    genuine: Scores,
    impostors: Scores,
    *,
    genuine_above: int,
    impostors_above: int,
    genuine_pairs: int,
    impostor_pairs: int,
) -> float:
    """The rate at which false accept and false reject rate are equal: where the ROC, its points
    joined by straight lines, meets the diagonal FAR = 1 - TAR.

    genuine, impostors: (n,), (m,), in any order, the scores between two thresholds that have the
    equal error between them; of the others it is enough to know how many lie above.
    """
    ends = np.unique(np.concatenate([genuine, impostors]))[::-1]
    accepted = [
        above + np.concatenate([[0], scores.size - np.searchsorted(np.sort(scores), ends)])
        for scores, above in ((genuine, genuine_above), (impostors, impostors_above))
    ]
    rejects, accepts = 1 - accepted[0] / genuine_pairs, accepted[1] / impostor_pairs
    excess = accepts - rejects
    after = int(np.argmax(excess >= 0))
    if after == 0:
        return float(accepts[0])
    share = -excess[after - 1] / (excess[after] - excess[after - 1])
    return float(accepts[after - 1] + share * (accepts[after] - accepts[after - 1]))
