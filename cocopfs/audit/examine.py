"""The whole dataset's figures, gathered: what the report, the JSON and the terminal tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cocopfs.audit.account import (
    BROKEN,
    Account,
    Rejections,
    photo_account,
    read_rejections,
    swap_account,
)
from cocopfs.audit.bootstrap import Interval, mean_interval, share_interval
from cocopfs.audit.checks import Check, check_samples
from cocopfs.audit.dataset import Damage, Dataset, check_file
from cocopfs.audit.figures import describe
from cocopfs.audit.gate import Failure, Refusals, failures, refusals
from cocopfs.audit.groups import Group, group_table, label_of
from cocopfs.audit.judge import Judge, Judgement, judge_samples
from cocopfs.audit.materials import Gallery, Materials, read_gallery
from cocopfs.audit.opinion import Key, Opinion, opinion, reached
from cocopfs.audit.rates import Swaps
from cocopfs.audit.rating_files import AnswerKey, Mark
from cocopfs.audit.ratings import Ratings, examine_ratings
from cocopfs.audit.samples import Samples, photos_of, read_samples
from cocopfs.audit.strata import Stratum, strata_table
from cocopfs.audit.tried import Tried, read_tried
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError

_IDENTITIES = "private/identities.parquet"
_REJECTIONS = "rejections.parquet"
_GROUP_FIGURES = ("similarity", "residual_similarity", "margin")


@dataclass(frozen=True, slots=True)
class Summary:
    """A figure over all samples. `mean` with its interval over photographs; `p5` and `p95` are
    percentiles; `limit` is the gate's, and null where it has none or each group its own. `tried` is
    the mean over all swaps tried, null where they are not known."""

    mean: Interval
    tried: Interval | None
    median: float
    p5: float
    p95: float
    lowest: float
    highest: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class Audit:
    """All that is known of a dataset; `left_out` says what is not, and why."""

    dataset: Dataset
    samples: Samples
    damages: tuple[Damage, ...]
    left_out: tuple[str, ...]
    checks: tuple[Check, ...]
    figures: Mapping[str, Summary]
    driver: Opinion  # the recogniser that drives the swaps
    tried: Tried | None  # null where `work/` does not tell of all swaps
    thresholds: Mapping[Key, float | None]  # the gate's, by group
    verified: Interval | None  # of the swaps tried
    still_original: Interval | None  # of the samples
    failures: tuple[Failure, ...] | None
    refusals: tuple[Refusals, ...]
    strata: tuple[Stratum, ...]
    judgement: Judgement | None
    judge: Opinion | None
    judge_figures: Mapping[str, Interval]  # of the samples
    photos: Account | None
    swaps: Account | None
    groups: tuple[Group, ...]
    usage: Mapping[str, int]  # samples of every identity, also of those that have none
    licences: Mapping[tuple[str, str], int]  # photographs by licence name and address
    gallery: Gallery | None
    ratings: Ratings | None

    @property
    def far(self) -> float:
        return _far(self.dataset)


def examine(
    dataset: Dataset,
    materials: Materials,
    judge: Judge | None,
    ratings: tuple[AnswerKey, Sequence[Mark]] | None,
    progress: Progress,
) -> Audit:
    """Read the dataset's files one by one, and put together what they tell.

    A damaged file is named and left out; nothing is written.
    """
    samples, damages = read_samples(dataset, progress)
    rejections, gallery = None, None
    left_out: list[str] = []
    rows_lost = bool(damages)
    if rows_lost:
        left_out.append("swaps tried and passed: files below data/ are damaged")
    damage = check_file(dataset, _REJECTIONS)
    if damage is None:
        try:
            rejections = read_rejections(dataset)
        except BROKEN as error:
            damage = Damage(_REJECTIONS, _why(error))
    damages += [damage] if damage else []
    if (dataset.root / _IDENTITIES).is_file():
        damage = check_file(dataset, _IDENTITIES)
        if damage is None:
            try:
                gallery = read_gallery(dataset)
            except (*BROKEN, UsageError) as error:
                damage = Damage(_IDENTITIES, _why(error))
        damages += [damage] if damage else []
    tried = None
    if not rows_lost:
        try:
            tried = read_tried(dataset, gallery, samples, rejections)
        except BROKEN as error:
            left_out.append(
                "figures of all swaps tried, how many of them are verified, and sheets of rejected "
                f"ones: {_why(error)}"
            )
    driver = opinion(gallery.identities if gallery else (), _far(dataset))
    swaps = Swaps(samples, tried, _gate_thresholds(dataset, tried, driver))
    judgement, asked = None, None
    if judge is not None:
        judgement = judge_samples(judge, dataset, samples, gallery, materials, progress)
        asked = opinion(judgement.identities, _far(dataset))
        left_out += judgement.left_out
    gate = dataset.manifest.gate
    accepted = sum(row.accepted for row in gate)
    is_part = len(samples) < accepted and not rows_lost
    if is_part:
        left_out.append(
            f"{accepted - len(samples):,} of {accepted:,} samples are not in this folder: what was "
            "tried and what passed is told of all of them"
        )
    return Audit(
        dataset=dataset,
        samples=samples,
        damages=tuple(damages),
        left_out=(*_missing(samples, rejections, gallery, materials, judge), *left_out),
        checks=tuple(check_samples(samples)),
        figures={name: _summary(name, swaps, dataset) for name in samples.figures},
        driver=driver,
        tried=tried,
        thresholds=swaps.thresholds,
        verified=swaps.verified(),
        still_original=swaps.still_original(),
        failures=tuple(failures(tried)) if tried else None,
        refusals=tuple(
            refusals(gate, [label_of(row.gender, row.ethnicity) for row in gate], tried)
        ),
        strata=tuple(strata_table(swaps)),
        judgement=judgement,
        judge=asked,
        judge_figures=_judge_figures(judgement, asked, samples) if judgement and asked else {},
        photos=photo_account(dataset, rejections) if rejections else None,
        swaps=swap_account(dataset, rejections) if rejections else None,
        groups=tuple(
            group_table(
                swaps,
                # Beside a part of the samples, all lost swaps would be too many.
                None if rejections is None or rows_lost or is_part else rejections.swaps,
                () if rows_lost else gate,
                gallery.groups if gallery else None,
                [name for name in _GROUP_FIGURES if name in samples.figures],
            )
        ),
        usage=_usage(samples, gallery),
        licences=_licences(samples),
        gallery=gallery,
        ratings=examine_ratings(*ratings, samples) if ratings else None,
    )


def _why(error: Exception) -> str:
    """A KeyError's text is the key alone, which may be the id of a person who was taken out."""
    return "its columns or rows do not fit together" if isinstance(error, KeyError) else str(error)


def _missing(
    samples: Samples,
    rejections: Rejections | None,
    gallery: Gallery | None,
    materials: Materials,
    judge: Judge | None,
) -> list[str]:
    """What this audit does not tell, and how to be told."""
    said = []
    if samples.absent:
        labels = ", ".join(describe(name).label for name in samples.absent)
        said.append(f"{labels}: this dataset has no such columns; build it again")
    if rejections is None:
        said.append(f"the funnel and the rejections: {_REJECTIONS} cannot be read")
    if gallery is None:
        said.append(
            f"genuine and impostor scores, thresholds and sources: {_IDENTITIES} cannot be read"
        )
    if materials.coco is None:
        said.append("originals and differences on the sheets: give --coco")
    if materials.gallery is None:
        said.append("portraits on the sheets: give --vggface2")
    if judge is None:
        said.append("an independent recogniser's opinion, and retrieval: give --judge FILE.onnx")
    return said


def _summary(name: str, swaps: Swaps, dataset: Dataset) -> Summary:
    samples, tried = swaps.samples, swaps.tried
    values = samples.values(name)
    known = values[~np.isnan(values)]
    spread = [*np.percentile(known, [0, 5, 50, 95, 100])] if known.size else [float("nan")] * 5
    lowest, p5, median, p95, highest = map(float, spread)
    limit = dataset.manifest.recipe.get("judge", {}).get(describe(name).limit)
    interval = share_interval if describe(name).flag else mean_interval
    return Summary(
        mean=interval(values, photos_of(samples)),
        tried=None
        if tried is None
        else interval(tried.samples.values(name), photos_of(tried.samples)),
        median=median,
        p5=p5,
        p95=p95,
        lowest=lowest,
        highest=highest,
        limit=float(limit) if isinstance(limit, int | float) else None,
    )


def _judge_figures(judgement: Judgement, judge: Opinion, samples: Samples) -> dict[str, Interval]:
    """Means and shares over the samples; the judge's own thresholds say who is verified."""
    photos = photos_of(samples)
    columns = judgement.columns
    found = {
        name: (share_interval if name == "judge_retrieved" else mean_interval)(values, photos)
        for name, values in columns.items()
    }
    for name, scores in (
        ("judge_verified", "judge_similarity"),
        ("judge_still_original", "judge_residual_similarity"),
    ):
        found[name] = share_interval(reached(columns[scores], samples, judge.by_group), photos)
    return {name: interval for name, interval in found.items() if interval.n}


def _usage(samples: Samples, gallery: Gallery | None) -> dict[str, int]:
    counts = Counter(name or "" for name in samples.texts("identity"))
    everybody = set(counts) | set(gallery.groups if gallery else ())
    return {name: counts[name] for name in sorted(everybody)}


def _licences(samples: Samples) -> dict[tuple[str, str], int]:
    columns = (samples.texts(name) for name in ("licence_name", "licence_url"))
    photos = samples.table["coco_image_id"].to_pylist()
    by_photo = dict(zip(photos, zip(*columns, strict=True), strict=True))
    counts = Counter((name or "unknown", url or "") for name, url in by_photo.values())
    return dict(counts.most_common())


def _gate_thresholds(
    dataset: Dataset, tried: Tried | None, driver: Opinion
) -> Mapping[Key, float | None]:
    """Those that the gate used, as far as anybody tells; else the gallery's own."""
    if tried is not None:
        return tried.thresholds
    told = {(row.gender, row.ethnicity): row.threshold for row in dataset.manifest.thresholds}
    told.pop((None, None), None)
    return told or driver.by_group


def _far(dataset: Dataset) -> float:
    return float(dataset.manifest.recipe.get("calibrate", {}).get("far", 1e-3))
