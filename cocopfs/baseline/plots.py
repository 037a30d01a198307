"""The curves of the baseline's page, as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.svg import COLOURS, plot
from cocopfs.baseline.results import Course, Point

_COLOURS = ("source", "genuine", "original", "impostor", "ink")
_LINES = ("id-clip", "clip-pad", "oracle", "clip")  # a method looks the same in every plot
_DASHES = ("-", "--", "-.", ":", (0, (4, 1, 1, 1, 1, 1)))


def curves(
    name: str,
    labels: Mapping[str, str],
    points: Sequence[Point],
    x_label: str,
    y_label: str,
    *,
    logarithmic: bool = False,
) -> Markup:
    """A line a method with its 95 % intervals. labels: the methods to show, by key."""

    def draw(axes: Axes) -> None:
        for key, label in labels.items():
            known = [(point.x, point.found[key]) for point in points if key in point.found]
            _line(axes, _LINES.index(key), label, [(x, i) for x, i in known if i.mean is not None])
        if logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.xaxis.set_minor_formatter(FuncFormatter(lambda _value, _: ""))
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)

    return plot(name, f"{y_label} against {x_label}: {', '.join(labels.values())}", 3.4, draw)


def courses(name: str, label: str, found: Sequence[Course]) -> Markup:
    """The validation's sum of recalls as the trainings of a method went on, a line a seed."""

    def draw(axes: Axes) -> None:
        for number, course in enumerate(found):
            style = number % len(_COLOURS)
            colour = COLOURS[_COLOURS[style]]
            axes.plot(
                course.epochs,
                course.sums,
                color=colour,
                linestyle=_DASHES[style],
                marker="o",
                markersize=3,
                label=f"seed {course.seed}",
            )
            axes.axvline(course.chosen, color=colour, linewidth=0.6, linestyle=":")
        axes.xaxis.set_major_locator(MaxNLocator(6))
        axes.set_xlabel("epoch; dotted: the weights that were kept")
        axes.set_ylabel("Recall@1 + 5 + 10 + 50, %")
        axes.legend(loc="lower right")

    return plot(name, f"{label}: validation over {len(found)} trainings", 2.6, draw)


def _line(axes: Axes, number: int, label: str, points: list[tuple[float, Interval]]) -> None:
    style = number % len(_COLOURS)
    colour = COLOURS[_COLOURS[style]]
    x = [place for place, _ in points]
    means = [found.mean or 0.0 for _, found in points]
    axes.plot(x, means, color=colour, linestyle=_DASHES[style], label=label, linewidth=1.4)
    bounded = [
        (place, found.low, found.high)
        for place, found in points
        if found.low is not None and found.high is not None
    ]
    if bounded:
        places, lows, highs = zip(*bounded, strict=True)
        axes.fill_between(places, lows, highs, color=colour, alpha=0.12, linewidth=0)
