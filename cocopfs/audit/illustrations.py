"""The plots of an audit with their titles and captions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cocopfs.audit import plots
from cocopfs.audit.account import Account
from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.opinion import Opinion
from cocopfs.audit.plots import Curve
from cocopfs.audit.scores import Histogram


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
        yield Plot(
            plots.waterfall(f"waterfall-{what}", f"{title} rejected, by reason", first, account),
            f"{title}, reason by reason",
            "What each reason took away: stage by stage, the commonest first. Red: broken files.",
        )


def score_plots(audit: Audit) -> Iterator[Plot]:
    samples = audit.samples
    pairs = ("similarity", "residual_similarity")
    swaps = [samples.values(name) if name in samples.figures else np.empty(0) for name in pairs]
    yield _densities(
        audit.driver, swaps, audit.far, "driver", "The recogniser that drives the swaps"
    )
    if audit.judge is not None and audit.judgement is not None:
        swaps = [audit.judgement.columns[f"judge_{name}"] for name in pairs]
        title = "The independent judge" if audit.judgement.independent else "The judge"
        yield _densities(audit.judge, swaps, audit.far, "judge", title)


def _densities(
    opinion: Opinion, swaps: Sequence[NDArray[np.float64]], far: float, name: str, title: str
) -> Plot:
    empty = Histogram()
    gallery = opinion.gallery
    source, original = Histogram(), Histogram()
    source.add(swaps[0])
    original.add(swaps[1])
    curves = [
        Curve("impostor", "impostor", "-.", gallery.impostor if gallery else empty),
        Curve("swap-original", "original", "--", original),
        Curve("swap-source", "source", "-", source),
        Curve("genuine", "genuine", ":", gallery.genuine if gallery else empty),
    ]
    threshold = opinion.threshold
    return Plot(
        plots.densities(f"density-{name}", [c for c in curves if c.scores.n], threshold, far),
        title,
        "Genuine: two portraits of one identity. Impostor: portraits of two identities of one "
        "group. Swap-source belongs with the genuine scores, swap-original with the impostors.",
    )


def trend_plots(audit: Audit) -> Iterator[Plot]:
    samples = audit.samples
    threshold = audit.driver.threshold
    if "similarity" not in samples.figures:
        return
    similarity = samples.values("similarity")
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
                threshold,
                logarithmic=logarithmic,
            )
            yield Plot(
                svg,
                f"Similarity against {describe(name).label}",
                "A point is a swap; dotted: the threshold.",
            )


def histograms(audit: Audit) -> Iterator[Plot]:
    for name, row in audit.figures.items():
        figure = describe(name)
        values = audit.samples.values(name)
        if figure.flag or np.unique(values[np.isfinite(values)]).size < 2:
            continue
        unit = f", {figure.unit}" if figure.unit else ""
        svg = plots.histogram(f"histogram-{name}", f"{figure.label}{unit}", values, row.limit)
        yield Plot(svg, "", "")


def group_plots(audit: Audit) -> Iterator[Plot]:
    rows = {group.label: group for group in audit.groups}
    if any(group.passed is not None for group in audit.groups):
        passed = {label: g.passed for label, g in rows.items() if g.passed is not None}
        yield Plot(
            plots.intervals("groups-passed", "swaps that passed the gate", passed, percent=True),
            "The gate, by group",
            "Share of the swaps that failed no figure. A gate that asks more of one group shows "
            "here.",
        )
    similarity = {label: g.figures["similarity"] for label, g in rows.items() if g.figures}
    if similarity:
        yield Plot(
            plots.intervals("groups-similarity", "similarity to the source", similarity),
            "Similarity, by group",
            "Mean over the samples.",
        )


def usage_plot(audit: Audit) -> Plot | None:
    """None where no identity has a sample."""
    counts = list(audit.usage.values())
    if not any(counts):
        return None
    return Plot(plots.usage("usage", counts), "How often identities are used", "")
