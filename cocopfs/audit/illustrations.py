"""The plots of an audit with their titles and captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cocopfs.audit import plots
from cocopfs.audit.account import Account
from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.opinion import Key, Opinion
from cocopfs.audit.plots import Curve, Limits, Means
from cocopfs.audit.scores import Histogram

_DOTTED = {
    True: "Dotted: the lowest and the highest of the groups’ own thresholds.",
    False: "No group has impostors enough for a threshold of its own.",
}


@dataclass(frozen=True, slots=True)
class Plot:
    svg: Markup
    title: str
    caption: str


def account_plots(audit: Audit) -> Iterator[Plot]:
    accounts: list[tuple[str, str, Account | None]] = [
        ("photographs", "read", audit.photos),
        ("swaps", "pairs", audit.swaps),
    ]
    for what, first, account in accounts:
        if account is None:
            continue
        title = what.capitalize()
        yield Plot(
            plots.funnel(f"funnel-{what}", f"{title} left after each step", first, account),
            f"{title}, step by step",
            "What was left after each step of the build.",
        )
        said = "What each reason took away: stage by stage, the commonest first. Red: broken files."
        if what == "swaps":
            said += " A swap is counted once, under the first figure that failed."
        yield Plot(
            plots.waterfall(f"waterfall-{what}", f"{title} rejected, by reason", first, account),
            f"{title}, reason by reason",
            said,
        )


def score_plots(audit: Audit) -> Iterator[Plot]:
    samples = audit.samples
    pairs = ("similarity", "residual_similarity")
    swaps = [samples.values(name) if name in samples.figures else np.empty(0) for name in pairs]
    rejected = np.empty(0)
    if audit.tried is not None:
        rejected = audit.tried.samples.values("similarity")[~audit.tried.published]
    title = "The recogniser that drives the swaps"
    yield _densities(audit.driver, swaps, rejected, audit.far, "driver", title)
    if audit.judge is not None and audit.judgement is not None:
        swaps = [audit.judgement.columns[f"judge_{name}"] for name in pairs]
        title = "The independent judge" if audit.judgement.independent else "The judge"
        yield _densities(audit.judge, swaps, np.empty(0), audit.far, "judge", title)


def _densities(
    opinion: Opinion,
    swaps: Sequence[NDArray[np.float64]],
    rejected: NDArray[np.float64],
    far: float,
    name: str,
    title: str,
) -> Plot:
    empty = Histogram()
    gallery = opinion.gallery
    source, original, refused = Histogram(), Histogram(), Histogram()
    source.add(swaps[0])
    original.add(swaps[1])
    refused.add(rejected)
    curves = [
        Curve("impostor", "impostor", "-.", gallery.impostor if gallery else empty),
        Curve("swap-original", "original", "--", original),
        Curve("swap-source", "source", "-", source),
        Curve("swap-source, rejected", "rejected", (0, (5, 1, 1, 1, 1, 1)), refused),
        Curve("genuine", "genuine", ":", gallery.genuine if gallery else empty),
    ]
    limits = limits_of(opinion.by_group)
    return Plot(
        plots.densities(f"density-{name}", [c for c in curves if c.scores.n], limits, far),
        title,
        "Genuine: two portraits of one identity. Impostor: portraits of two identities of one "
        "group. Swap-source belongs with the genuine scores, swap-original with the impostors. "
        + (
            "The swaps are those that were published, but for the curve of the rejected ones. "
            if refused.n
            else "The swaps are those that were published. "
        )
        + _DOTTED[limits is not None],
    )


def limits_of(thresholds: Mapping[Key, float | None]) -> Limits:
    """The lowest and the highest of the groups' thresholds; None where no group has one."""
    known = [threshold for threshold in thresholds.values() if threshold is not None]
    return (min(known), max(known)) if known else None


def trend_plots(audit: Audit) -> Iterator[Plot]:
    samples = audit.samples if audit.tried is None else audit.tried.samples
    published = np.ones(len(samples), np.bool_) if audit.tried is None else audit.tried.published
    limits = limits_of(audit.thresholds)
    if "similarity" not in samples.figures or not len(samples):
        return
    similarity = samples.values("similarity")
    which = "in the dataset" if audit.tried is None else "that was tried"
    for name, label, logarithmic in (
        ("face_size", "face size: pixels between the eyes", True),
        ("yaw", "yaw of the original head, degrees", False),
    ):
        if name in samples.figures:
            svg = plots.scatter(
                f"trend-{name}",
                samples.values(name),
                similarity,
                label,
                ~published,
                limits,
                logarithmic=logarithmic,
            )
            yield Plot(
                svg,
                f"Similarity against {describe(name).label}",
                f"A point is a swap {which}; median and quartiles are of all of them. "
                + _DOTTED[limits is not None],
            )


def histograms(audit: Audit) -> Iterator[Plot]:
    tried = audit.tried
    for name, row in audit.figures.items():
        figure = describe(name)
        values = audit.samples.values(name)
        rejected = np.empty(0) if tried is None else tried.samples.values(name)[~tried.published]
        limits = None if row.limit is None else (row.limit, row.limit)
        if name == "similarity":
            limits = limits_of(audit.thresholds)
        if figure.flag or np.unique(values[np.isfinite(values)]).size < 2:
            continue
        unit = f", {figure.unit}" if figure.unit else ""
        svg = plots.histogram(
            f"histogram-{name}", f"{figure.label}{unit}", values, rejected, limits
        )
        yield Plot(svg, "", "")


def group_plots(audit: Audit) -> Iterator[Plot]:
    rows = {group.label: group for group in audit.groups}
    if any(group.passed is not None for group in audit.groups):
        passed = {label: g.passed for label, g in rows.items() if g.passed is not None}
        in_colour = {
            label: g.passed_in_colour for label, g in rows.items() if g.passed_in_colour is not None
        }
        series = [Means(passed)]
        if in_colour:
            series = [
                Means(passed, label="all photographs"),
                Means(in_colour, "original", "D", "colour photographs"),
            ]
        yield Plot(
            plots.intervals("groups-passed", "swaps that passed the gate", series, percent=True),
            "The gate, by group",
            "Share of the swaps tried that failed no figure."
            + (
                " A group that got more of the greyscale photographs passes less often for that "
                "alone: compare in colour."
                if in_colour
                else " Photographs that are hard to swap may not be spread evenly over the groups."
            ),
        )
    series = [Means({label: g.figures["similarity"] for label, g in rows.items() if g.figures})]
    tried = {label: g.tried_figures["similarity"] for label, g in rows.items() if g.tried_figures}
    if tried:
        series = [
            replace(series[0], label="published"),
            Means(tried, "rejected", "D", "all that were tried"),
        ]
    if series[0].known:
        yield Plot(
            plots.intervals("groups-similarity", "similarity to the source", series),
            "Similarity, by group",
            "Mean over the swaps.",
        )


def usage_plot(audit: Audit) -> Plot | None:
    """None where no identity has a sample."""
    counts = list(audit.usage.values())
    if not any(counts):
        return None
    return Plot(plots.usage("usage", counts), "How often identities are used", "")
