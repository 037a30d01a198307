"""What a build, its plan and its state tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from cocopfs.captions.explain import Explanation
from cocopfs.engine.plan import StagePlan, State
from cocopfs.engine.status import StageStatus
from cocopfs.stages.build import BuildReport
from cocopfs.terminal.text import plain


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
    yield f"      cocopfs train-baseline {out}"


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


def _rows(facts: Mapping[str, Any]) -> int:
    return sum(split["rows"] for split in facts["splits"].values())
