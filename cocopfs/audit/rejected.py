"""Sheets of what the gate refused: of each figure the swaps nearest to the limit, and the worst."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.figures import describe
from cocopfs.audit.opinion import Key
from cocopfs.audit.sheets import Choice
from cocopfs.audit.tried import GATED, Tried
from cocopfs.records import Reason

_EACH = 2  # at either end


def choose_rejected(tried: Tried) -> list[Choice]:
    """A sheet for every reason that the build names, in the gate's order."""
    first = tried.first()
    sheets = []
    for reason in GATED:
        rows = [row for row, found in enumerate(first) if found is reason]
        if rows:
            sheets.append(_choice(reason, rows, tried))
    return sheets


def _choice(reason: Reason, rows: list[int], tried: Tried) -> Choice:
    beyond = _beyond(reason, tried)[rows]
    order = [rows[place] for place in np.argsort(beyond, kind="stable")]
    nearest = order[:_EACH]
    worst = [row for row in reversed(order) if row not in nearest][:_EACH]
    label = describe(GATED[reason]).label
    count = "1 swap" if len(rows) == 1 else f"{len(rows):,} swaps"
    return Choice(
        f"Rejected: {reason.value.replace('_', ' ')}",
        f"of {count} that failed the {label} first: nearest to the limit, then the worst",
        (*nearest, *worst),
        (
            *(f"nearest to the limit: {tried.details[row]}" for row in nearest),
            *(f"worst: {tried.details[row]}" for row in worst),
        ),
    )


def _beyond(reason: Reason, tried: Tried) -> NDArray[np.float64]:
    """(n,): how far each swap is beyond the limit, in the figure's own measure. Limits but the
    similarity's are one for all, so that the order does not need them. A face is found again or
    not: there the margin orders."""
    name = GATED[reason]
    if describe(name).flag:
        return -tried.samples.values("margin")
    values = tried.samples.values(name)
    if reason is Reason.LOW_SIMILARITY:
        keys: list[Key] = list(
            zip(tried.samples.texts("gender"), tried.samples.texts("ethnicity"), strict=True)
        )
        limits = [tried.thresholds.get(key) or 0.0 for key in keys]
        return np.array(limits) - values
    return values if describe(name).bad == "high" else -values
