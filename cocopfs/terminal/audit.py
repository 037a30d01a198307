"""What an audit tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.box import SIMPLE
from rich.table import Table

from cocopfs.audit.bootstrap import Interval
from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.rate import RatingPage
from cocopfs.audit.tables import judge_facts, rating_facts
from cocopfs.audit.whole import REPORT
from cocopfs.audit.wording import bounded, limit_of, number, percent, with_interval
from cocopfs.terminal.text import plain

_LABEL = 12  # characters; "middle" and "similarity" are not to be broken


def audit_tables(audit: Audit) -> Iterator[Table]:
    """The figures of all samples, the groups of identities, and what a judge and people say."""
    figures = _numbers("figure", "mean \\[95 %]", "all tried", "5 %", "95 %", "gate")
    for name, row in audit.figures.items():
        figure = describe(name)
        flag, decimals = figure.flag, figure.decimals
        figures.add_row(
            f"{figure.label}, {figure.unit}" if figure.unit else figure.label,
            plain(with_interval(row.mean, decimals, share=flag)),
            _mean(row.tried, decimals, share=flag),
            "" if flag else number(row.p5, decimals),
            "" if flag else number(row.p95, decimals),
            limit_of(audit, name).removeprefix("per group "),
        )
    yield figures
    groups = _numbers(
        "identities",
        "swaps\ntried",
        "passed the gate",
        "in\ncolour",
        "samples",
        "still the\noriginal",
    )
    for group in audit.groups:
        groups.add_row(
            plain(group.label),
            "" if group.tried is None else str(group.tried),
            plain(with_interval(group.passed, share=True)),
            _mean(group.passed_in_colour, share=True),
            str(group.samples),
            _mean(group.still_original, share=True),
            style="bold" if group.total else "",
        )
    yield groups
    judge, ratings = judge_facts(audit), rating_facts(audit)
    if judge is not None:
        yield _facts(f"samples, by the judge {judge['name']}", judge["rows"])
    if ratings is not None:
        raters = f"{ratings['raters']} {'rater' if ratings['raters'] == 1 else 'raters'}"
        agreed = [(f"agreement on {label}", value) for label, value in ratings["agreement"]]
        heading = f"{raters}, {ratings['marks']} marks on {ratings['rated']} items"
        yield _facts(heading, [*ratings["rates"], *agreed])


def _facts(heading: str, rows: Iterable[tuple[str, str]]) -> Table:
    """Named figures with their intervals."""
    table = _numbers(plain(heading), "mean \\[95 %]")
    for label, value in rows:
        table.add_row(label, plain(value))
    return table


def _mean(found: Interval | None, decimals: int = 2, *, share: bool = False) -> str:
    """A mean without its interval; empty where there is none."""
    if found is None or found.mean is None:
        return ""
    return percent(found.mean) if share else number(found.mean, decimals)


def _numbers(first: str, *others: str) -> Table:
    """A table of numbers beside a name."""
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(first, min_width=_LABEL)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def audit_summary(audit: Audit) -> Iterator[str]:
    """What the recogniser is worth, what does not hold, what is left out, and where it stands."""
    out = plain(str(audit.dataset.root))
    if audit.driver.thresholds:
        overall = audit.driver.thresholds[0]
        eer = bounded(overall.eer, overall.eer_low, overall.eer_high, share=True)
        tars = ((overall.tar_at_1e2, "1e-2"), (overall.tar_at_1e3, "1e-3"))
        told = [
            f"EER {eer}",
            *(f"TAR {percent(t)} at FAR {far}" for t, far in tars if t is not None),
        ]
        if not any(threshold is not None for threshold in audit.thresholds.values()):
            told.append(f"too few impostors for any group's threshold at FAR {audit.far:g}")
        yield plain("Recogniser: " + ", ".join(told))
    if audit.verified is not None:
        verified = with_interval(audit.verified, share=True)
        yield plain(
            f"Verified by the group's threshold at FAR {audit.far:g}: {verified} of the swaps tried"
        )
    if audit.still_original is not None:
        original = with_interval(audit.still_original, share=True)
        yield plain(f"Still verified as the original person: {original} of the samples")
    if audit.judgement is not None and not audit.judgement.independent:
        yield "[yellow]The judge is the network that drove the swaps: no second opinion.[/]"
    for check in audit.checks:
        if check.broken:
            shown = plain(", ".join(check.shown))
            yield f"[red]does not hold:[/] {check.promise}: {check.broken} ({shown})"
    for said in audit.left_out:
        yield f"left out: {plain(said)}"
    yield f"The report is {out}/{REPORT}"


def rating_summary(page: RatingPage) -> Iterator[str]:
    """What to do with a rating page."""
    yield (
        f"{plain(str(page.path))} shows {page.swaps} swaps and {page.originals} originals; "
        f"its answers are in {plain(str(page.key))}"
    )
    yield (
        f"{page.foreign} of the swaps stand beside another identity's portrait; COCO has no "
        "portraits of the people it shows, so no original stands beside its own."
    )
    if not page.foreign:
        yield "[yellow]Without such swaps nobody learns how often people accept a wrong face.[/]"
    if page.passed_over:
        yield f"[yellow]{page.passed_over} more could not be read and were passed over.[/]"
    yield "Send the page to people; it works without a network and saves a CSV file."
    out = plain(str(page.path.parents[1]))
    yield f"next: cocopfs audit {out} --ratings FILE.csv --ratings FILE.csv"
