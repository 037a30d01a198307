"""The gate names the figure that failed, and leaves out photos with too few good swaps."""

from __future__ import annotations

import pytest

from cocopfs.engine.stage import Shard
from cocopfs.engine.store import check_account
from cocopfs.recipe import JudgePart
from cocopfs.records import (
    Ethnicity,
    Figures,
    Gender,
    ItemKind,
    Reason,
    SwapFigures,
    Threshold,
)
from cocopfs.stages.judge import Judge, fault

GOOD = Figures(
    similarity=0.6,
    residual_similarity=0.1,
    margin=0.5,
    redetected=True,
    changed=12.0,
    face_size=30.0,
)


def figures(**changes: float | bool) -> Figures:
    values = {name: getattr(GOOD, name) for name in Figures.__slots__} | changes
    return Figures(**values)


def swap(figures: Figures, photo: int = 1, identity: str = "a") -> SwapFigures:
    return SwapFigures(
        f"{photo}_{identity}", photo, identity, Gender.FEMALE, Ethnicity.ASIAN, figures
    )


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (figures(), None),
        (figures(redetected=False), Reason.NOT_REDETECTED),
        (figures(changed=0.0), Reason.UNCHANGED),
        (figures(margin=0.0), Reason.LOW_MARGIN),
        (figures(margin=-0.2), Reason.LOW_MARGIN),
        (figures(similarity=0.29), Reason.LOW_SIMILARITY),
        (figures(redetected=False, margin=-1.0), Reason.NOT_REDETECTED),
    ],
)
def test_each_figure_is_caught_by_its_limit(found: Figures, reason: Reason | None) -> None:
    verdict = fault(swap(found), JudgePart(), {(Gender.FEMALE, Ethnicity.ASIAN): 0.3})
    assert (verdict[0] if verdict else None) == reason


def test_a_group_without_a_threshold_is_not_gated_by_similarity() -> None:
    found = swap(figures(similarity=0.01))
    assert fault(found, JudgePart(), {(Gender.FEMALE, Ethnicity.ASIAN): None}) is None
    assert fault(found, JudgePart(), {(Gender.MALE, Ethnicity.ASIAN): 0.5}) is None


def test_a_photo_with_too_few_good_swaps_is_left_out_whole() -> None:
    bad = figures(margin=-0.1)
    rows = (
        swap(GOOD, 1, "a"),
        swap(bad, 1, "b"),
        swap(GOOD, 2, "a"),
        swap(GOOD, 2, "b"),
    )
    threshold = Threshold(Gender.FEMALE, Ethnicity.ASIAN, *(0, 0), *(None,) * 3, 1e-3, None, None)
    judge = Judge(JudgePart(min_identities=2))
    shard = Shard("0", rows, (threshold,))
    result = judge.process(shard, None)
    check_account(judge, shard, result)
    assert [row.sample_id for row in result.rows] == ["2_a", "2_b"]
    found = {(row.kind, row.item): row.reason for row in result.rejections}
    assert found == {
        (ItemKind.SAMPLE, "1_a"): Reason.CONTEXT_INCOMPLETE,
        (ItemKind.SAMPLE, "1_b"): Reason.LOW_MARGIN,
        (ItemKind.PHOTO, "1"): Reason.CONTEXT_INCOMPLETE,
    }
