"""What the baseline found, as it is printed, written as JSON and shown on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cocopfs.audit.bootstrap import Interval
from cocopfs.baseline.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Method:
    """A line of the table, on the test split. `pick`: id@5, the right one of its photo's swaps;
    `text_to_image`: Recall@k of the one picture among all of the split; `image_to_text`: of one of
    its captions among all texts, empty for a method that ranks no texts. `pick_of_seeds`,
    `first_of_seeds`: id@5 and Recall@1 of each training, empty for a method that learns nothing."""

    key: str
    label: str
    note: str
    pick: Interval
    text_to_image: dict[int, Interval]
    image_to_text: dict[int, Interval]
    pick_of_seeds: tuple[float, ...] = ()
    first_of_seeds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """One method above another, query by query, bootstrapped over photos."""

    label: str
    pick: Interval
    first: Interval  # of Recall@1


@dataclass(frozen=True, slots=True)
class EntityMethod:
    """A query of the identity alone, all of whose pictures are right: kmin-R@k = hits / min(k, n),
    AP@10 divided by min(10, n), and as the reference divides it, by 10."""

    key: str
    label: str
    kmin: dict[int, Interval]
    average_precision: Interval
    average_precision_reference: Interval


@dataclass(frozen=True, slots=True)
class Control:
    """id@5 where the queries or the pictures are wrong on purpose, and what a sound dataset
    gives."""

    label: str
    expected: str
    found: Interval
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """id@5 of the rows that share something, by method."""

    by: str
    label: str
    rows: int
    picks: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a curve, by method."""

    x: float
    found: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A method on photographs from outside: `kmin` and `average_precision` of queries of a person
    alone; `text_to_image`: with the photographs' captions, empty without any."""

    label: str
    kmin: dict[int, Interval]
    average_precision: Interval
    text_to_image: dict[int, Interval]


@dataclass(frozen=True, slots=True)
class Course:
    """A training: the mean loss and the validation's sum of Recall@1+5+10+50 as it went on."""

    method: str
    seed: int
    epochs: tuple[float, ...]
    losses: tuple[float, ...]
    sums: tuple[float, ...]
    chosen: float  # the epoch of the weights that were kept


@dataclass(frozen=True, slots=True)
class Results:
    """All of it. `dataset`: the manifest's digest; `settings`: of the recipe's part `baseline`;
    `counts`: rows, photos and identities of each split."""

    cocopfs: str
    title: str
    recipe: str
    dataset: str
    clip: str
    face: str
    settings: dict[str, Any]
    counts: dict[str, dict[str, int]]
    queries: int
    verdict: Verdict
    methods: tuple[Method, ...]
    times_chance: Interval  # Id-CLIP's id@5 divided by chance
    differences: tuple[Difference, ...]
    expansions: tuple[Method, ...]
    entities: tuple[EntityMethod, ...]
    controls: tuple[Control, ...]
    groups: tuple[Group, ...]
    gallery_sizes: tuple[Point, ...]
    noise: tuple[Point, ...]
    courses: tuple[Course, ...]
    fusion_weight: float
    transfer: tuple[Transfer, ...]  # empty where no other gallery was given
    notes: tuple[str, ...]  # what was left out, or must be known
