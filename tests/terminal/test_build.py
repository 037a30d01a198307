"""What a build says at its end names commands that work, and adds up what is alike."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cocopfs.engine.status import StageStatus
from cocopfs.records import Split
from cocopfs.stages.build import BuildReport
from cocopfs.stages.counted import UNITS, counted
from cocopfs.stages.pipeline import STAGE_NAMES
from cocopfs.terminal.build import status_line, status_reasons, status_table, summary
from tests.publish.published import manifest

SPLIT = {"rows": 3, "photos": 1, "identities": 3, "shards": 1}


def said(**changes: Any) -> str:
    facts = manifest(prefix_reasons={}, **changes)
    return "\n".join(summary(BuildReport(Path("OUT"), facts, True), Path("sheet.png")))


def test_the_baseline_is_named_only_where_it_can_be_trained() -> None:
    splits = {str(split): SPLIT for split in Split}
    assert "cocopfs train-baseline OUT" in said(splits=splits)
    for missing in splits:
        others = {name: split for name, split in splits.items() if name != missing}
        told = said(splits=others)
        assert "train-baseline" not in told
        assert told.endswith("next: cocopfs audit OUT\n      cocopfs status OUT")


@pytest.mark.parametrize(
    ("identities", "why"),
    [
        ({"read": 0, "kept": 0}, "the gallery has no identities"),
        ({"read": 3, "kept": 0}, "none of 3 identities of the gallery was enrolled"),
        ({"read": 3, "kept": 3}, "see the reasons above"),
    ],
)
def test_a_build_of_nothing_says_why(identities: dict[str, int], why: str) -> None:
    told = said(
        splits={},
        identities=identities,
        rejections={"photo": {"no_identity": 7}, "identity": {"few_portraits": 3}},
    )
    assert "Identities left out: few_portraits 3" in told
    assert f"No sample was made: {why}" in told
    assert told.endswith("next: cocopfs status OUT")


def test_one_is_singular() -> None:
    told = said(photos={"read": 1, "kept": 1, "rejected": 0}, splits={"train": SPLIT | {"rows": 1}})
    assert "1 sample[/] from 1 of 1 photo in" in told
    facts = manifest(photos={"read": 1, "kept": 1, "rejected": 0})
    assert "from 1 of 1 photo (recipe" in status_line(Path("OUT"), facts)
    assert counted(2, "identity") == "2 identities"


def test_photos_and_samples_are_not_added_up() -> None:
    reasons = {
        "sample/context_incomplete": 20,
        "photo/context_incomplete": 14,
        "sample/low_margin": 7,
    }
    stages = [
        StageStatus("judge", True, 4, 99, 72, 41, reasons),
        StageStatus("swap", False, 1, 38, 99, 0, {}),
    ]
    console = Console(width=80, file=io.StringIO())
    with console.capture() as captured:
        console.print(status_table(stages))
    shown = captured.get()
    assert "14 photos, 27 samples" in shown
    assert "41" not in shown
    assert "1 shard so far" in shown
    assert "99 swaps" in shown
    assert list(status_reasons(stages)) == [
        "judge left out photos: context_incomplete 14",
        "judge left out samples: context_incomplete 20, low_margin 7",
    ]


def test_what_every_stage_counts_is_told() -> None:
    assert tuple(UNITS) == STAGE_NAMES
    for before, after in (("select", "describe"), ("swap", "judge"), ("judge", "write")):
        assert UNITS[before][1] == UNITS[after][0]
