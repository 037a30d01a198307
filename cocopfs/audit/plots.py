"""The plots of the report, as inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from cocopfs.audit.account import Account
from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.scores import Histogram, trend
from cocopfs.audit.svg import COLOURS, plot

_POINTS = 1500  # of a scatter plot; more would only make the file large
_ROW = 0.27  # inches of a bar with its label


Limits = tuple[float, float] | None
"""The lowest and the highest of the groups' thresholds; None where no group has one."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A distribution of similarities. `colour` is one of `svg.COLOURS`."""

    label: str
    colour: str
    dashes: str | tuple[int, tuple[int, ...]]
    scores: Histogram


@dataclass(frozen=True, slots=True)
class Means:
    """A series of means by their rows. `label`: what the series is called; empty for the only
    one."""

    rows: Mapping[str, Interval]
    colour: str = "source"
    marker: str = "o"
    label: str = ""

    @property
    def known(self) -> dict[str, Interval]:
        return {label: found for label, found in self.rows.items() if found.mean is not None}


def densities(name: str, curves: Sequence[Curve], limits: Limits, far: float) -> Markup:
    """Densities of similarities, with the groups' thresholds at the recipe's FAR."""

    def draw(axes: Axes) -> None:
        for curve in curves:
            at, density = curve.scores.density()
            colour = COLOURS[curve.colour]
            axes.fill_between(at, density, color=colour, alpha=0.12, linewidth=0)
            label = f"{curve.label} ({curve.scores.n:,})"
            axes.plot(at, density, color=colour, linestyle=curve.dashes, label=label)
        if limits is not None:
            axes.axvspan(*limits, color=COLOURS["ink"], alpha=0.07, linewidth=0)
            for limit in sorted(set(limits)):
                axes.axvline(limit, color=COLOURS["ink"], linewidth=0.8, linestyle=":")
            axes.annotate(
                f"groups’ thresholds\n{_between(limits)}\nat FAR {far:g}",
                (limits[0], 0.98),
                xycoords=("data", "axes fraction"),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=8,
                color=COLOURS["muted"],
            )
        axes.set_xlabel("cosine similarity")
        axes.set_ylabel("density")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)

    said = ", ".join(f"{curve.label} ({curve.scores.n} scores)" for curve in curves)
    return plot(name, f"Densities of cosine similarity: {said}", 3.4, draw)


def scatter(
    name: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    x_label: str,
    rejected: NDArray[np.bool_],
    limits: Limits,
    *,
    logarithmic: bool = False,
) -> Markup:
    """Similarity against something: at most 1,500 swaps, medians and quartiles of all of them.

    rejected: (n,), the swaps that are not in the dataset, drawn in another colour.
    """
    known = ~(np.isnan(x) | np.isnan(y))
    if logarithmic:
        known &= x > 0
    x, y, rejected = x[known], y[known], rejected[known]
    chosen = np.zeros(x.size, np.bool_)
    chosen[np.random.default_rng(0).permutation(x.size)[:_POINTS]] = True

    def draw(axes: Axes) -> None:
        for colour, marker, of in (("source", "o", ~rejected), ("rejected", "D", rejected)):
            axes.plot(
                x[chosen & of],
                y[chosen & of],
                linestyle="none",
                marker=marker,
                markersize=3,
                markeredgewidth=0,
                color=COLOURS[colour],
                alpha=0.45,
                label=f"rejected ({of.sum():,})" if colour == "rejected" and of.any() else None,
            )
        found = trend(x, y)
        if found is not None:
            ink = COLOURS["ink"]
            axes.fill_between(
                found.x,
                found.lower,
                found.upper,
                color=ink,
                alpha=0.12,
                linewidth=0,
                label="quartiles",
            )
            axes.plot(found.x, found.median, color=ink, linewidth=1.4, label="median")
        if found is not None or rejected.any():
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)
        for limit in sorted(set(limits or ())):
            axes.axhline(limit, color=COLOURS["ink"], linewidth=0.8, linestyle=":")
        if logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_formatter(FuncFormatter(lambda _value, _: ""))
        axes.set_xlabel(x_label)
        axes.set_ylabel("similarity to the source")

    return plot(name, f"Similarity against {x_label} of {x.size} swaps", 3.0, draw)


def funnel(name: str, title: str, first: str, account: Account) -> Markup:
    """How many were left after each step; `first` says what they were before."""
    labels = [first, *(step.label for step in account.steps)]
    counts = [account.read, *(step.left for step in account.steps)]

    def draw(axes: Axes) -> None:
        axes.barh(range(len(counts)), counts, color=COLOURS["kept"], height=0.62)
        for row, count in enumerate(counts):
            share = f" ({count / account.read:.1%})" if account.read and row else ""
            _end_label(axes, count, row, f"{count:,}{share}")
        _rows(axes, labels, account.read * 1.45)

    return plot(name, f"{title}: " + _listed(labels, counts), _height(counts), draw)


def waterfall(name: str, title: str, first: str, account: Account) -> Markup:
    """What each reason took away, in the order of the stages."""
    losses = account.losses
    starts = account.read - np.cumsum([loss.count for loss in losses])
    labels = [first, *(_words(loss.reason) for loss in losses), "kept"]
    counts = [account.read, *(loss.count for loss in losses), account.kept]
    lefts = [0, *starts.tolist(), 0]
    kinds = ["kept", *("fault" if loss.fault else "lost" for loss in losses), "kept"]

    def draw(axes: Axes) -> None:
        colours = [COLOURS[kind] for kind in kinds]
        axes.barh(range(len(counts)), counts, left=lefts, color=colours, height=0.62)
        for row, (left, count) in enumerate(zip(lefts, counts, strict=True)):
            sign = "" if row in (0, len(counts) - 1) else "\N{MINUS SIGN}"
            _end_label(axes, left + count, row, f"{sign}{count:,}")
        _rows(axes, labels, account.read * 1.2)

    return plot(name, f"{title}: " + _listed(labels, counts), _height(counts), draw)


def intervals(name: str, title: str, series: Sequence[Means], *, percent: bool = False) -> Markup:
    """Means with their 95 % intervals, a line each; several series share the rows."""
    labels = list(dict.fromkeys(row for each in series for row in each.known))
    apart = 0.34 if len(series) > 1 else 0.0
    height = _ROW * (1.0 + 0.35 * (len(series) - 1))

    def draw(axes: Axes) -> None:
        for place, each in enumerate(series):
            colour = COLOURS[each.colour]
            for label, found in each.known.items():
                at = labels.index(label) + (place - (len(series) - 1) / 2) * apart
                fill = "none"
                if found.low is not None and found.high is not None:
                    axes.plot([found.low, found.high], [at, at], color=colour, linewidth=2.2)
                    fill = colour
                mean = np.array([found.mean], np.float64)
                axes.plot(
                    mean, [at], marker=each.marker, markersize=5, color=colour, markerfacecolor=fill
                )
            if each.label:
                axes.plot([], [], marker=each.marker, color=colour, label=each.label)
        if any(each.label for each in series):
            below = -0.55 / (height * max(len(labels), 1))  # inches, under the axis' own label
            axes.legend(loc="upper center", bbox_to_anchor=(0.4, below), ncols=2)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_ylim(len(labels) - 0.4, -0.6)
        axes.tick_params("y", length=0)
        axes.grid(axis="x", color=COLOURS["line"], alpha=0.3, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        if percent:
            axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.set_xlabel(title)

    return plot(name, f"{title} by group", 0.7 + height * max(len(labels), 1), draw)


def usage(name: str, counts: Sequence[int]) -> Markup:
    """How many identities have how many samples."""
    values, identities = np.unique(np.asarray(counts, np.int64), return_counts=True)

    def draw(axes: Axes) -> None:
        axes.bar(values, identities, color=COLOURS["kept"], width=0.8)
        axes.set_xlabel("samples of an identity")
        axes.set_ylabel("identities")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        axes.set_xlim(-0.6, max(values.max(initial=0), 1) + 0.6)

    return plot(name, f"Samples of an identity, over {len(counts)} identities", 2.4, draw)


def histogram(
    name: str,
    label: str,
    published: NDArray[np.float64],
    rejected: NDArray[np.float64],
    limits: Limits,
) -> Markup:
    """The distribution of a figure over the samples, what was rejected stacked upon it, with the
    gate's limit or the lowest and the highest of the groups'."""
    parts = [values[np.isfinite(values)] for values in (published, rejected)]
    known = np.concatenate(parts)

    def draw(axes: Axes) -> None:
        bins = int(np.clip(np.sqrt(known.size) * 1.5, 6, 40))
        axes.hist(parts, bins=bins, stacked=True, color=[COLOURS["kept"], COLOURS["rejected"]])
        for limit in sorted(set(limits or ())):
            axes.axvline(limit, color=COLOURS["ink"], linewidth=1.0, linestyle=":")
        axes.set_xlabel(label)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(4))

    return plot(name, f"{label} of {known.size} swaps", 1.5, draw, width=2.7)


# --- pieces ---------------------------------------------------------------------------------------

_Draw = Callable[[Axes], None]


def _rows(axes: Axes, labels: Sequence[str], right: float) -> None:
    axes.set_yticks(range(len(labels)), list(labels))
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_xlim(0, max(right, 1))
    axes.set_xticks([])
    axes.tick_params("y", length=0)
    axes.spines["bottom"].set_visible(False)


def _end_label(axes: Axes, at: float, row: int, text: str) -> None:
    axes.annotate(text, (at, row), (4, 0), textcoords="offset points", va="center", fontsize=8)


def _height(counts: Sequence[int]) -> float:
    return 0.2 + _ROW * len(counts)


def _between(limits: tuple[float, float]) -> str:
    low, high = (f"{limit:.2f}" for limit in limits)
    return low if low == high else f"{low} to {high}"


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _listed(labels: Sequence[str], counts: Sequence[int]) -> str:
    return ", ".join(f"{label} {count}" for label, count in zip(labels, counts, strict=True))
