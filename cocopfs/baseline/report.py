"""`report.html` of the baseline: one page that stands alone, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from markupsafe import Markup

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.pages import render
from cocopfs.audit.plots import Means, intervals
from cocopfs.audit.report import Tile
from cocopfs.audit.wording import number, percent
from cocopfs.baseline import tables
from cocopfs.baseline.plots import courses, curves
from cocopfs.baseline.results import Method, Point, Results

_ASKED = {
    "reference": "reference portraits, which drove no swap",
    "source": "the portraits that drove the swaps",
    "swapped": "the swapped pictures themselves",
}


@dataclass(frozen=True, slots=True)
class Plot:
    title: str
    svg: Markup
    caption: str = ""


def render_report(results: Results) -> str:
    """The page as HTML. Whatever text the dataset holds is shown as that text."""
    return render(
        "baseline.html.j2",
        title=results.title,
        recipe=results.recipe,
        version=results.cocopfs,
        asked=" and ".join(_ASKED[kind] for kind in results.face.split(" and ")),
        verdict=results.verdict,
        tiles=list(_tiles(results)),
        notes=results.notes,
        gallery=f"{results.counts['test']['rows']:,}",
        queries=f"{results.queries:,}",
        seeds=results.settings["seeds"],
        methods=tables.methods_table(results.methods),
        spread=tables.seeds_table(results),
        differences=tables.differences_table(results),
        expansions=tables.methods_table(results.expansions, "query"),
        controls=tables.controls_table(results),
        entities=tables.entities_table(results.entities),
        transfer=tables.transfer_table(results) if results.transfer else None,
        groups=tables.groups_table(results),
        splits=tables.splits_table(results),
        group_plots=list(_group_plots(results)),
        curves=list(_curves(results)),
        published=tables.published_tables() if results.recipe == "coco-pfs" else None,
        course_plots=list(_courses(results)),
        settings=msgspec.json.format(msgspec.json.encode(results.settings), indent=2).decode(),
        digest=results.dataset,
        clip=results.clip,
    )


def _tiles(results: Results) -> Iterator[Tile]:
    by_key = {row.key: row for row in results.methods}
    for key in ("id-clip", "clip-pad", "oracle", "clip"):
        if key in by_key:
            row = by_key[key]
            yield Tile(percent(row.pick.mean), f"id@5, {row.label}", _bounds(row.pick))
    yield Tile(
        f"{number(results.times_chance.mean, 1)} ×",
        "chance, Id-CLIP’s id@5",
        _bounds(results.times_chance, share=False),
    )
    yield from _first(by_key.get("id-clip"))


def _first(row: Method | None) -> Iterator[Tile]:
    if row is not None:
        found = row.text_to_image[1]
        yield Tile(percent(found.mean), f"Recall@1, {row.label}", _bounds(found))


def _bounds(found: Interval, *, share: bool = True) -> str:
    if found.low is None or found.high is None:
        return "too few photographs for an interval"
    if not share:
        return f"95 % interval {found.low:.1f} to {found.high:.1f}"
    return f"95 % interval {found.low:.1%} to {found.high:.1%}"


def _group_plots(results: Results) -> Iterator[Plot]:
    by = list(dict.fromkeys(group.by for group in results.groups))
    for place, name in enumerate(by):
        rows = {
            group.label: group.picks["id-clip"]
            for group in results.groups
            if group.by == name and "id-clip" in group.picks
        }
        svg = intervals(f"group{place}", "id@5 of Id-CLIP", [Means(rows)], percent=True)
        yield Plot(f"By {name}", svg)


def _curves(results: Results) -> Iterator[Plot]:
    if results.gallery_sizes:
        shown = _labels(results, results.gallery_sizes[-1])
        svg = curves(
            "gallery",
            shown,
            results.gallery_sizes,
            "pictures to find it among",
            "Recall@1",
            logarithmic=True,
        )
        yield Plot("Size of the gallery", svg, "Whole photographs with all their swaps, drawn.")
    if results.noise:
        shown = _labels(results, results.noise[0])
        svg = curves("noise", shown, results.noise, "cosine to the true face feature", "id@5")
        yield Plot(
            "Worse recognisers",
            svg,
            "Noise on the queries' face features: at 1 they are as they were.",
        )


def _labels(results: Results, point: Point) -> dict[str, str]:
    """Of the methods of a curve, in the order of the table."""
    return {row.key: row.label for row in results.methods if row.key in point.found}


def _courses(results: Results) -> Iterator[Plot]:
    for place, name in enumerate(dict.fromkeys(course.method for course in results.courses)):
        found = [course for course in results.courses if course.method == name]
        yield Plot(name, courses(f"course{place}", name, found), "On the validation split.")
