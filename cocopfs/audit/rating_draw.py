"""What a rating page shows: swaps, originals and the portraits beside them, drawn by a seed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.materials import Gallery
from cocopfs.audit.samples import Samples, photos_of


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of the samples, whether its swap is shown or its original, and which portrait beside
    it; see RatedItem. `portrait_id` is null where the row names none."""

    row: int
    kind: Literal["swap", "original"]
    portrait: Literal["own", "foreign"]
    portrait_id: str | None


def draw(samples: Samples, gallery: Gallery, count: int, seed: int) -> list[Drawn]:
    """`count` swaps and as many originals, mixed; half of either with a foreign portrait.

    Photographs come in a random order, those that have been shown again only when all others have
    been. A foreign portrait is the reference of another enrolled identity of the same gender and
    ethnicity that none of the photograph's samples has; where a group is too small for that, fewer
    than half are foreign. Originals get their portraits as swaps do, though none of them can be the
    right one: a portrait tells nothing of what it stands beside.
    """
    random = np.random.default_rng(seed)
    swaps, originals = _rows(samples, count, random)
    own = samples.texts("reference_portrait")
    drawn = [Drawn(row, "swap", "own", own[row]) for row in swaps]
    drawn += [Drawn(row, "original", "own", own[row]) for row in originals]
    mixed = [drawn[number] for number in random.permutation(len(drawn))]
    strangers = _strangers(samples, gallery, {*swaps, *originals})
    for kind in ("swap", "original"):
        places = [place for place, item in enumerate(mixed) if item.kind == kind]
        able = [place for place in places if strangers.get(mixed[place].row)]
        for place in random.permutation(able)[: len(places) // 2]:
            alike = strangers[mixed[place].row]
            chosen = alike[int(random.integers(len(alike)))]
            mixed[place] = replace(mixed[place], portrait="foreign", portrait_id=chosen)
    return mixed


def _strangers(samples: Samples, gallery: Gallery, rows: Iterable[int]) -> dict[int, list[str]]:
    """For each of the rows the portraits that may stand beside it as somebody else's, in the
    gallery's order."""
    references = defaultdict(list)
    for identity in gallery.identities:
        name = gallery.naming.identity(identity.class_id)
        portrait = gallery.naming.portrait(identity.reference.portrait_id)
        references[gallery.groups[name]].append((name, portrait))
    identities, photos = samples.texts("identity"), photos_of(samples).tolist()
    shown = defaultdict(set)
    for photo, name_or_none in zip(photos, identities, strict=True):
        shown[photo].add(name_or_none)
    return {
        row: [
            portrait
            for name, portrait in references[gallery.groups[own]]
            if name not in shown[photos[row]]
        ]
        for row in rows
        if (own := identities[row]) in gallery.groups
    }


def _rows(samples: Samples, count: int, random: np.random.Generator) -> tuple[list[int], list[int]]:
    """Rows of swaps and of originals."""
    photos = photos_of(samples)
    rows = list(_spread(photos, random))
    swaps = rows[:count]
    shown = {int(photos[row]) for row in swaps}
    others = [row for row in rows if int(photos[row]) not in shown]
    originals: list[int] = []
    seen: set[int] = set()
    for row in (*others, *rows):
        if len(originals) < len(swaps) and int(photos[row]) not in seen:
            seen.add(int(photos[row]))
            originals.append(row)
    return swaps, originals


def _spread(photos: NDArray[np.int64], random: np.random.Generator) -> Iterator[int]:
    """All rows in a random order; every photograph comes once before one comes twice."""
    turns: dict[int, int] = {}
    order = []
    for number, row in enumerate(random.permutation(photos.size)):
        photo = int(photos[row])
        turns[photo] = turns.get(photo, 0) + 1
        order.append((turns[photo], number, int(row)))
    yield from (row for *_, row in sorted(order))
