"""`report.html`: one page that stands alone, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from cocopfs.audit import illustrations, tables
from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.pages import render
from cocopfs.audit.sheets import TITLES, Sheet
from cocopfs.audit.wording import number, percent


@dataclass(frozen=True, slots=True)
class Tile:
    """A number at the top of the page."""

    value: str
    label: str
    note: str = ""


def render_report(audit: Audit, sheets: Sequence[Sheet], rejected: Sequence[Sheet] | None) -> str:
    """The page as HTML. Whatever text the dataset holds is shown as that text.

    rejected: sheets of what the gate refused; null where they cannot be made.
    """
    manifest = audit.dataset.manifest
    recipe = manifest.recipe
    return render(
        "report.html.j2",
        title=str(recipe.get("publish", {}).get("title", "dataset")),
        version=manifest.cocopfs,
        digest=audit.dataset.digest,
        tiles=list(_tiles(audit)),
        damages=audit.damages,
        left_out=audit.left_out,
        checks=audit.checks,
        rows=len(audit.samples),
        accounts=list(illustrations.account_plots(audit)),
        scores=list(illustrations.score_plots(audit)),
        opinions=tables.opinion_tables(audit),
        judge=tables.judge_facts(audit),
        trends=list(illustrations.trend_plots(audit)),
        tried=None if audit.tried is None else len(audit.tried.samples),
        failures=tables.failure_rows(audit),
        refusals=tables.refusal_table(audit),
        figures=[tables.figure_row(audit, name) for name in audit.figures],
        usage_plot=illustrations.usage_plot(audit),
        histograms=list(illustrations.histograms(audit)),
        groups=[tables.group_row(group) for group in audit.groups],
        far=f"{audit.far:g}",
        in_colour=any(group.passed_in_colour is not None for group in audit.groups),
        strata=[tables.stratum_row(stratum) for stratum in audit.strata],
        group_plots=list(illustrations.group_plots(audit)),
        sheets=sheets,
        rejected=rejected,
        tile_titles=TITLES,
        ratings=tables.rating_facts(audit),
        usage=tables.usage_facts(audit),
        recipe={
            "name": str(recipe.get("name", "")),
            "digest": manifest.recipe_digest,
            "text": yaml.safe_dump(recipe, sort_keys=False, allow_unicode=True, width=88),
        },
        pack=tables.pack_facts(audit),
        licences=[
            {"name": name, "url": url, "photos": count}
            for (name, url), count in audit.licences.items()
        ],
    )


def _tiles(audit: Audit) -> Iterator[Tile]:
    samples = audit.samples
    photos = len(set(samples.table["coco_image_id"].to_pylist()))
    used = sum(count > 0 for count in audit.usage.values())
    yield Tile(f"{len(samples):,}", "samples", f"of {photos:,} photographs")
    yield Tile(f"{used:,}", "identities", f"of {audit.dataset.manifest.identities.read:,} read")
    for name in ("similarity", "residual_similarity"):
        if name in audit.figures:
            found = audit.figures[name].mean
            yield Tile(number(found.mean, 2), f"mean {describe(name).label}", _bounds(found))
    if audit.verified is not None:
        found = audit.verified
        label = f"of the swaps tried verified at FAR {audit.far:g}"
        yield Tile(percent(found.mean), label, _bounds(found, "%"))
    if audit.still_original is not None:
        found = audit.still_original
        label = "of the samples still verified as the original person"
        yield Tile(percent(found.mean), label, _bounds(found, "%"))
    overall = audit.driver.thresholds[0] if audit.driver.thresholds else None
    if overall is not None and overall.eer is not None:
        bounds = "portraits of the gallery"
        if overall.eer_low is not None and overall.eer_high is not None:
            bounds = f"95 % interval {overall.eer_low:.1%} to {overall.eer_high:.1%}"
        yield Tile(percent(overall.eer), "EER of the recogniser", bounds)
    if audit.swaps is not None and audit.swaps.read:
        rate = audit.swaps.kept / audit.swaps.read
        yield Tile(percent(rate), "of the swaps kept", f"{audit.swaps.read:,} tried")
    for name, label in (
        ("judge_similarity", "similarity, by the judge"),
        ("judge_retrieved", "retrieved, by the judge"),
    ):
        if name in audit.judge_figures:
            found = audit.judge_figures[name]
            share = name == "judge_retrieved"
            value = percent(found.mean) if share else number(found.mean, 2)
            yield Tile(value, label, _bounds(found, "%" if share else ""))


def _bounds(found: Interval, unit: str = "") -> str:
    if found.low is None or found.high is None:
        return "too few photographs for an interval"
    if unit == "%":
        return f"95 % interval {found.low:.1%} to {found.high:.1%}"
    return f"95 % interval {found.low:.2f} to {found.high:.2f}"
