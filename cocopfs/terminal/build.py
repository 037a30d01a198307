"""What a build, its plan and its state tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

from cocopfs.engine.plan import StagePlan, State
from cocopfs.engine.status import StageStatus
from cocopfs.records import Split
from cocopfs.stages.build import BuildReport
from cocopfs.stages.counted import UNITS, counted, plural
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
    read = counted(photos["read"], "photo")
    yield f"[bold]{counted(rows, 'sample')}[/] from {photos['kept']} of {read} in {out}"
    refused = facts["rejections"]
    # Photos tell that they got nobody; why there is nobody, identities and portraits tell.
    kinds = ["photo"] if rows else ["photo", "identity", "portrait", "sample"]
    for kind in kinds:
        if reasons := refused.get(kind):
            yield f"{plural(kind).capitalize()} left out: {_listed(reasons)}"
    forms, why = facts["caption_forms"], facts["prefix_reasons"]
    total = sum(forms.values())
    if total:
        shares = [f"in place {forms.get('in_place', 0) / total:.0%}"]
        shares += [f"{reason} {count / total:.0%}" for reason, count in sorted(why.items())]
        yield "Names in captions: " + ", ".join(shares)
    if rows == 0:
        yield f"[yellow]No sample was made: {_why_none(facts)}.[/]"
        yield f"next: cocopfs status {out}"
        return
    yield f"The dataset is {out}/data; a contact sheet of it is {plain(str(sheet))}"
    yield f"next: cocopfs audit {out}"
    if all(facts["splits"].get(split, {}).get("rows") for split in Split):
        yield f"      cocopfs train-baseline {out}"
    else:
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
    """How far each stage is, and what it counts."""
    table = Table("stage", "state", "in", "out", "left out")
    for stage in stages:
        taken, given = UNITS[stage.stage]
        table.add_row(
            stage.stage,
            "complete" if stage.complete else f"{counted(stage.shards, 'shard')} so far",
            counted(stage.items, taken),
            counted(stage.rows, given),
            # A photo leaves with its samples: one sum of both would count it twice.
            ", ".join(
                counted(sum(found.values()), kind)
                for kind, found in _by_kind(stage.reasons).items()
            ),
        )
    return table


def status_reasons(stages: Iterable[StageStatus]) -> Iterator[str]:
    """Why items were left out: a line for each kind of item of a stage."""
    for stage in stages:
        for kind, found in _by_kind(stage.reasons).items():
            yield plain(f"{stage.stage} left out {plural(kind)}: {_listed(found)}")


def status_line(dataset: Path, facts: Mapping[str, Any] | None) -> str:
    """Whether the folder's dataset is complete, and what it is; `facts` is its manifest."""
    where = plain(str(dataset))
    if facts is None:
        return f"The dataset in {where} is not complete."
    limit = facts["sources"]["coco"]["limit"]
    made = f"recipe {facts['recipe']['name']}" + (f", --limit {limit}" if limit else "")
    photos = facts["photos"]
    return (
        f"The dataset in {where} is complete: {counted(_rows(facts), 'sample')} from "
        f"{photos['kept']} of {counted(photos['read'], 'photo')} ({plain(made)})."
    )


def _by_kind(reasons: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Counts by "kind/reason" as counts by reason, of each kind of item; sorted by kind."""
    found: dict[str, dict[str, int]] = {}
    for name, count in sorted(reasons.items()):
        kind, reason = name.split("/", maxsplit=1)
        found.setdefault(kind, {})[reason] = count
    return found


def _listed(reasons: Mapping[str, int]) -> str:
    """The commonest first."""
    listed = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{why} {n}" for why, n in listed)


def _why_none(facts: Mapping[str, Any]) -> str:
    """What stands closest to the root of an empty dataset."""
    identities = facts["identities"]
    if not identities["read"]:
        return "the gallery has no identities"
    if not identities["kept"]:
        return (
            f"none of {counted(identities['read'], 'identity')} of the gallery was enrolled, "
            "and so no photo has anybody to be swapped to"
        )
    return "see the reasons above"


def _rows(facts: Mapping[str, Any]) -> int:
    return sum(split["rows"] for split in facts["splits"].values())
