"""What people saw on a rating page, and what it says of the swaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.agreement import cohen_kappa, fleiss_kappa, spearman
from cocopfs.audit.bootstrap import Interval, share_interval
from cocopfs.audit.rating_files import AnswerKey, Mark, RatedItem
from cocopfs.audit.samples import Samples, photos_of
from cocopfs.audit.sensitivity import d_prime


@dataclass(frozen=True, slots=True)
class Agreement:
    """Kappa of the raters over the items that all of them marked."""

    raters: int
    items: int
    kappa: float | None
    kind: Literal["Cohen", "Fleiss"]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Rank correlation of a figure with the share of raters who say yes: "real" over the rated
    swaps, "same person" over the `own` ones of them, which had their own identity's portrait."""

    figure: str
    real: float | None
    same: float | None
    swaps: int
    own: int


@dataclass(frozen=True, slots=True)
class Ratings:
    """Shares are of all marks, with intervals over photographs: a page may show one several times.

    swaps_real, originals_real: marks "real". The others are marks "same person as the portrait":
    tar of swaps beside their own identity's portrait (true accepts), far of swaps beside a foreign
    one (false accepts), originals_same of originals, whom no portrait shows. d_prime: see
    `cocopfs.audit.sensitivity`. `items`: those with marks; `unknown`: marked items that are not in
    the dataset any more, and left out.
    """

    page: str
    raters: tuple[str, ...]
    items: int
    marks: int
    unknown: int
    swaps_real: Interval
    originals_real: Interval
    tar: Interval
    far: Interval
    d_prime: Interval
    originals_same: Interval
    agreement_real: Agreement | None
    agreement_same: Agreement | None
    correlations: tuple[Correlation, ...]


def examine_ratings(key: AnswerKey, marks: Sequence[Mark], samples: Samples) -> Ratings:
    """Rates, agreement, and how the marks of the swaps go with the dataset's figures."""
    place = {name: row for row, name in enumerate(samples.texts("sample_id"))}
    photo_ids = photos_of(samples).tolist()
    items = {item.item: item for item in key.items if item.sample_id in place}
    known = [mark for mark in marks if mark.item in items]
    raters = sorted({mark.rater for mark in known})
    photos = {number: photo_ids[place[item.sample_id]] for number, item in items.items()}

    swaps = [item for item in items.values() if item.kind == "swap"]
    originals = [item for item in items.values() if item.kind == "original"]
    own = [item for item in swaps if item.portrait == "own"]
    foreign = [item for item in swaps if item.portrait == "foreign"]

    def rate(of: Sequence[RatedItem], answer: _Answer) -> Interval:
        return share_interval(*_answers(of, known, photos, answer))

    def correlate(figure: str, of: Sequence[RatedItem], answer: _Answer) -> float | None:
        rows = np.array([place[item.sample_id] for item in of], np.int64)
        return _correlate(samples.values(figure)[rows], _shares(of, known, answer))

    return Ratings(
        page=key.page,
        raters=tuple(raters),
        items=len({mark.item for mark in known}),
        marks=len(known),
        unknown=len({mark.item for mark in marks}) - len({mark.item for mark in known}),
        swaps_real=rate(swaps, _real),
        originals_real=rate(originals, _real),
        tar=rate(own, _same),
        far=rate(foreign, _same),
        d_prime=d_prime(
            *_answers(own, known, photos, _same), *_answers(foreign, known, photos, _same)
        ),
        originals_same=rate(originals, _same),
        agreement_real=_agreement(raters, known, _real),
        agreement_same=_agreement(raters, known, _same),
        correlations=tuple(
            Correlation(
                figure,
                correlate(figure, swaps, _real),
                correlate(figure, own, _same),
                len(swaps),
                len(own),
            )
            for figure in samples.figures
        ),
    )


_Answer = Callable[[Mark], bool | None]


def _real(mark: Mark) -> bool | None:
    return mark.real


def _same(mark: Mark) -> bool | None:
    return mark.same


def _agreement(raters: Sequence[str], marks: Sequence[Mark], answer: _Answer) -> Agreement | None:
    """Over the items that everybody marked: both kappas need the same raters for each."""
    if len(raters) < 2:
        return None
    by_item: dict[int, dict[str, bool]] = defaultdict(dict)
    for mark in marks:
        yes = answer(mark)
        if yes is not None:
            by_item[mark.item][mark.rater] = yes
    whole = [found for _, found in sorted(by_item.items()) if len(found) == len(raters)]
    if len(raters) == 2:
        first, second = ([found[rater] for found in whole] for rater in raters)
        return Agreement(2, len(whole), cohen_kappa(first, second), "Cohen")
    counts = [[sum(found.values()), len(raters) - sum(found.values())] for found in whole]
    table = np.array(counts, np.int64).reshape(-1, 2)
    return Agreement(len(raters), len(whole), fleiss_kappa(table), "Fleiss")


def _answers(
    items: Sequence[RatedItem],
    marks: Sequence[Mark],
    photos: Mapping[int, int],
    answer: _Answer,
) -> tuple[NDArray[np.float64], list[int]]:
    """The marks of these items that have an answer, 1 for yes and 0 for no, and the photographs
    that they are of. photos: those of the items."""
    wanted = {item.item for item in items}
    said = [(photos[mark.item], answer(mark)) for mark in marks if mark.item in wanted]
    told = [(photo, float(yes)) for photo, yes in said if yes is not None]
    return np.array([yes for _, yes in told], np.float64), [photo for photo, _ in told]


def _shares(
    items: Sequence[RatedItem], marks: Sequence[Mark], answer: _Answer
) -> NDArray[np.float64]:
    """For each item the share of its raters who say yes; NaN for an item that nobody marked."""
    said: dict[int, list[bool]] = defaultdict(list)
    for mark in marks:
        yes = answer(mark)
        if yes is not None:
            said[mark.item].append(yes)
    return np.array([np.mean(said[i.item]) if said[i.item] else np.nan for i in items], np.float64)


def _correlate(figure: NDArray[np.float64], share: NDArray[np.float64]) -> float | None:
    known = ~(np.isnan(figure) | np.isnan(share))
    return spearman(figure[known], share[known])
