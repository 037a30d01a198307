"""id@5 of rows that share something: gender, ethnicity, size of the face, figures of the swap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.figures import Figure, describe
from cocopfs.baseline.collection import Collection
from cocopfs.baseline.comparison import Comparison
from cocopfs.baseline.intervals import by_group
from cocopfs.baseline.results import Group
from cocopfs.baseline.subsets import quartiles

METHODS = ("clip-pad", "id-clip", "oracle")
UNKNOWN = "unknown"  # as `by_group` calls it


def group_picks(collection: Collection, comparison: Comparison) -> Iterator[Group]:
    """By attribute of the identity, then by quartile of every figure of the audit, and by yes and
    no of its flags; what is the same for all rows, or unknown, makes no groups."""
    for name in ("gender", "ethnicity"):
        texts = collection.samples.texts(name)
        yield from _groups(name, [texts[row] for row in comparison.test.rows], comparison)
    for name in collection.samples.figures:
        figure = describe(name)
        labels, order = _parts(collection.samples.values(name)[comparison.test.rows], figure)
        if len(set(labels) - {None}) > 1:
            yield from _groups(figure.label, labels, comparison, [*order, UNKNOWN])


def _groups(
    by: str,
    of_rows: Sequence[str | None],
    comparison: Comparison,
    order: Sequence[str] | None = None,
) -> Iterator[Group]:
    test = comparison.test
    labels = [of_rows[picture] for picture in test.target.tolist()]
    rows = Counter(label or UNKNOWN for label in of_rows)
    found = {key: by_group(comparison.rankings[key].pick, test.photos, labels) for key in METHODS}
    known = found[METHODS[0]]
    for label in (label for label in order or sorted(known) if label in known):
        yield Group(by, label, rows[label], {key: found[key][label] for key in METHODS})


def _parts(values: NDArray[np.float64], figure: Figure) -> tuple[list[str | None], list[str]]:
    """Of each row the name of its part, null where the figure is unknown; and the names in
    order."""
    if figure.flag:
        return [None if np.isnan(v) else "yes" if v else "no" for v in values], ["yes", "no"]
    parts = quartiles(values)
    if not parts.edges:
        return [None] * len(values), []
    low, middle, high = (f"{np.round(edge, figure.decimals):g}" for edge in parts.edges)
    names = {
        "Q1": f"Q1, to {low}",
        "Q2": f"Q2, {low} to {middle}",
        "Q3": f"Q3, {middle} to {high}",
        "Q4": f"Q4, above {high}",
    }
    return [None if label is None else names[label] for label in parts.labels], [*names.values()]
