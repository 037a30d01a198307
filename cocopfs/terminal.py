"""What the commands say: tables and sentences for people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from cocopfs.audit.examine import Audit
from cocopfs.audit.figures import describe
from cocopfs.audit.rate import RatingPage
from cocopfs.audit.whole import REPORT
from cocopfs.audit.wording import bounded, number, percent, with_interval
from cocopfs.captions.explain import Explanation
from cocopfs.doctor import Finding
from cocopfs.engine.plan import StagePlan, State
from cocopfs.engine.status import StageStatus
from cocopfs.stages.build import BuildReport


def plain(text: str) -> str:
    """Text from outside as it may be printed: no markup of rich's, no control characters but line
    breaks (names and captions may carry what steers a terminal)."""
    kept = "".join(c for c in text if c == "\n" or unicodedata.category(c) != "Cc")
    return escape(kept)


def has_samples(report: BuildReport) -> bool:
    return _rows(report.manifest) > 0


def summary(report: BuildReport, sheet: Path) -> Iterator[str]:
    """What a build ends with: what there is, what was left out, and the next commands. `sheet`:
    its contact sheet."""
    facts, out = report.manifest, plain(str(report.out))
    rows = _rows(facts)
    if not report.worked:
        yield "Nothing to do: the dataset is complete and up to date."
    photos = facts["photos"]
    yield f"[bold]{rows} samples[/] from {photos['kept']} of {photos['read']} photos in {out}"
    reasons = facts["rejections"].get("photo", {})
    if reasons:
        listed = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
        yield "Photos left out: " + ", ".join(f"{why} {n}" for why, n in listed)
    forms, why = facts["caption_forms"], facts["prefix_reasons"]
    total = sum(forms.values())
    if total:
        shares = [f"in place {forms.get('in_place', 0) / total:.0%}"]
        shares += [f"{reason} {count / total:.0%}" for reason, count in sorted(why.items())]
        yield "Names in captions: " + ", ".join(shares)
    if rows == 0:
        yield "[yellow]No sample was made: see the reasons above.[/]"
        return
    yield f"The dataset is {out}/data; a contact sheet of it is {plain(str(sheet))}"
    yield f"next: cocopfs audit {out}"
    yield f"      cocopfs status {out}"


def plan_table(plans: Iterable[StagePlan]) -> Table:
    """The dry run: a line a stage, with what is to do and why."""
    table = Table("stage", "state", "items", "shards", "why")
    colour = {State.FRESH: "green", State.STALE: "yellow", State.WAITS: "dim"}
    for step in plans:
        shards = "" if step.shards is None else f"{step.shards - (step.shards_fresh or 0)}"
        table.add_row(
            step.stage,
            f"[{colour[step.state]}]{step.state}[/]",
            "" if step.items is None else str(step.items),
            shards and f"{shards} of {step.shards}",
            plain("; ".join(step.reasons)),
        )
    return table


def status_table(stages: Iterable[StageStatus]) -> Table:
    """How far each stage is, and why items were left out."""
    table = Table("stage", "", "items", "rows", "left out", "why")
    for stage in stages:
        why = ", ".join(f"{reason.split('/')[-1]} {n}" for reason, n in stage.reasons.items())
        state = "complete" if stage.complete else f"{stage.shards} shards so far"
        table.add_row(
            stage.stage, state, str(stage.items), str(stage.rows), str(stage.rejected), plain(why)
        )
    return table


def status_line(dataset: Path, facts: Mapping[str, Any] | None) -> str:
    """Whether the folder's dataset is complete, and what it is; `facts` is its manifest."""
    where = plain(str(dataset))
    if facts is None:
        return f"The dataset in {where} is not complete."
    limit = facts["sources"]["coco"]["limit"]
    made = f"recipe {facts['recipe']['name']}" + (f", --limit {limit}" if limit else "")
    photos = facts["photos"]
    return (
        f"The dataset in {where} is complete: {_rows(facts)} samples from "
        f"{photos['kept']} of {photos['read']} photos ({plain(made)})."
    )


def explanation_table(captions: Iterable[Explanation]) -> Table:
    """Caption by caption: whom it mentions, where a name goes, and why not."""
    table = Table("caption", "mentions", "the name replaces", "form")
    for told in captions:
        mentions = ", ".join(f"{found.words} ({found.kind})" for found in told.mentions)
        form = f"{told.form}: {told.reason}" if told.reason else str(told.form)
        table.add_row(*map(plain, (told.text, mentions, told.phrase or "", form)))
    return table


def findings_table(findings: Iterable[Finding]) -> Table:
    """What the doctor found, with the remedy under what is not good."""
    table = Table.grid(padding=(0, 1))
    for _ in range(3):
        table.add_column(overflow="fold")
    for finding in findings:
        mark = "[green]ok[/]" if finding.good else "[red]![/]"
        table.add_row(mark, finding.subject, plain(finding.found))
        if not finding.good:
            table.add_row("", "", f"[yellow]→ {plain(finding.remedy)}[/]")
    return table


def audit_tables(audit: Audit) -> Iterator[Table]:
    """The figures of all samples, and the groups of identities."""
    figures = _numbers("figure", "samples", "mean \\[95 %]", "5 %", "95 %", "gate")
    for name, row in audit.figures.items():
        figure = describe(name)
        flag, decimals = figure.flag, figure.decimals
        figures.add_row(
            f"{figure.label}, {figure.unit}" if figure.unit else figure.label,
            f"{row.mean.n}",
            plain(with_interval(row.mean, decimals, share=flag)),
            "" if flag else number(row.p5, decimals),
            "" if flag else number(row.p95, decimals),
            "" if row.limit is None else f"{row.limit:g}",
        )
    yield figures
    groups = _numbers("identities", "swaps", "passed the gate", "samples", "similarity")
    for group in audit.groups:
        groups.add_row(
            plain(group.label),
            "" if group.tried is None else str(group.tried),
            plain(with_interval(group.passed, share=True)),
            str(group.samples),
            plain(with_interval(group.figures.get("similarity"))),
            style="bold" if group.total else "",
        )
    yield groups


def _numbers(first: str, *others: str) -> Table:
    """A table of numbers beside a name."""
    table = Table(first, box=SIMPLE, pad_edge=False)
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
        if audit.driver.verified is not None:
            verified = with_interval(audit.driver.verified, share=True)
            told.append(f"{verified} of the samples reach the threshold at FAR {audit.far:g}")
        else:
            told.append(f"too few impostors for a threshold at FAR {audit.far:g}")
        yield plain("Recogniser: " + ", ".join(told))
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
    if page.passed_over:
        yield f"[yellow]{page.passed_over} more could not be read and were passed over.[/]"
    yield "Send the page to people; it works without a network and saves a CSV file."
    out = plain(str(page.path.parents[1]))
    yield f"next: cocopfs audit {out} --ratings FILE.csv --ratings FILE.csv"


def _rows(facts: Mapping[str, Any]) -> int:
    return sum(split["rows"] for split in facts["splits"].values())
