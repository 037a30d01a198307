"""The gate names the figure that failed, and leaves out photos with too few good swaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cocopfs.engine.stage import Shard
from cocopfs.engine.store import check_account
from cocopfs.quality.calibration import calibrate
from cocopfs.recipe import JudgePart
from cocopfs.records import (
    Ethnicity,
    Figures,
    Gender,
    ItemKind,
    Reason,
    SwapFigures,
)
from cocopfs.stages.judge import Judge, Thresholds, fault
from tests.quality.test_calibration import identity

GOOD = Figures(
    similarity=0.6,
    residual_similarity=0.1,
    margin=0.5,
    redetected=True,
    landmark_error=0.04,
    pose_difference=3.0,
    yaw=5.0,
    pitch=-2.0,
    roll=1.0,
    outside_psnr=100.0,
    outside_ssim=1.0,
    seam=1.1,
    sharpness=0.8,
    colour_difference=4.0,
    changed=12.0,
    face_size=30.0,
)
GATE = JudgePart()
THRESHOLDS: Thresholds = {(Gender.FEMALE, Ethnicity.ASIAN): 0.3}


def figures(**changes: float | None) -> Figures:
    return replace(GOOD, **changes)  # type: ignore[arg-type]  # names are the tests' own


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
        (figures(landmark_error=0.081), Reason.LANDMARK_ERROR),
        (figures(pose_difference=10.1), Reason.POSE_DIFFERENCE),
        (figures(outside_psnr=39.9), Reason.OUTSIDE_CHANGED),
        (figures(sharpness=0.29), Reason.BLURRED),
        (figures(colour_difference=12.1), Reason.COLOUR_DIFFERENCE),
        (figures(redetected=False, margin=-1.0), Reason.NOT_REDETECTED),
        # On its limit a figure is good.
        (figures(landmark_error=0.08, pose_difference=10.0), None),
        (figures(outside_psnr=40.0, sharpness=0.3, colour_difference=12.0), None),
        # What could not be measured fails nobody.
        (figures(seam=None, sharpness=None, colour_difference=None), None),
        # Reported only.
        (figures(seam=20.0, outside_ssim=0.1, yaw=80.0), None),
    ],
)
def test_each_figure_is_caught_by_its_limit(found: Figures, reason: Reason | None) -> None:
    verdict = fault(swap(found), GATE, THRESHOLDS)
    assert (verdict[0] if verdict else None) == reason


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (figures(landmark_error=0.1234), ("0.123", "0.08")),
        (figures(pose_difference=14.26), ("14.3 degrees", "10")),
        (figures(outside_psnr=31.26), ("31.3 dB", "40")),
        (figures(sharpness=0.1), ("0.10", "0.3")),
        (figures(colour_difference=20.04), ("20.0", "12")),
        (figures(changed=0.251), ("0.25", "1 are")),
        (figures(margin=-0.02), ("-0.020", "0 is")),
        (figures(similarity=0.2), ("0.200", "0.300")),
    ],
)
def test_a_rejection_tells_the_figure_and_its_limit(
    found: Figures, detail: tuple[str, str]
) -> None:
    verdict = fault(swap(found), GATE, THRESHOLDS)
    assert verdict is not None
    assert all(text in verdict[1] for text in detail), verdict


def test_an_unswapped_copy_is_unchanged_before_it_is_anything_else() -> None:
    copy = figures(changed=0.0, similarity=0.05, residual_similarity=1.0, margin=-0.95)
    verdict = fault(swap(copy), GATE, THRESHOLDS)
    assert verdict is not None
    assert verdict[0] is Reason.UNCHANGED


def test_a_limit_of_null_is_reported_only() -> None:
    bad = figures(
        landmark_error=1.0,
        pose_difference=90.0,
        outside_psnr=10.0,
        sharpness=0.0,
        colour_difference=50.0,
    )
    opened = JudgePart(
        max_landmark_error=None,
        max_pose_difference=None,
        min_outside_psnr=None,
        min_sharpness=None,
        max_colour_difference=None,
    )
    assert fault(swap(bad), opened, THRESHOLDS) is None


def test_a_face_that_need_not_be_found_again_is_judged_by_the_rest() -> None:
    lost = figures(redetected=False, landmark_error=None, pose_difference=None)
    part = GATE.model_copy(update={"require_redetection": False})
    assert fault(swap(lost), part, THRESHOLDS) is None
    assert fault(swap(replace(lost, sharpness=0.1)), part, THRESHOLDS) is not None


def test_small_faces_are_accepted_with_a_flag() -> None:
    judge = Judge(JudgePart(min_identities=1))
    rows = tuple(
        swap(figures(face_size=size), photo) for photo, size in ((1, 14.9), (2, 15.0), (3, 40.0))
    )
    found = judge.process(Shard("0", rows), None)
    assert [row.small_face for row in found.rows] == [True, False, False]


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
    judge = Judge(JudgePart(min_identities=2))
    shard = Shard("0", rows)
    result = judge.process(shard, None)
    check_account(judge, shard, result)
    assert [row.sample_id for row in result.rows] == ["2_a", "2_b"]
    found = {(row.kind, row.item): row.reason for row in result.rejections}
    assert found == {
        (ItemKind.SAMPLE, "1_a"): Reason.CONTEXT_INCOMPLETE,
        (ItemKind.SAMPLE, "1_b"): Reason.LOW_MARGIN,
        (ItemKind.PHOTO, "1"): Reason.CONTEXT_INCOMPLETE,
    }


def test_the_threshold_that_calibration_found_gates_its_own_group() -> None:
    vectors = np.random.default_rng(1).standard_normal((60, 3, 32))
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    women = (Gender.FEMALE, Ethnicity.ASIAN)
    thresholds = calibrate([identity(n, women, rows) for n, rows in enumerate(vectors)], 0.01)
    limit = thresholds[1].threshold
    assert limit is not None
    rows = (
        swap(figures(similarity=limit), 1),
        swap(figures(similarity=limit - 0.01), 2),
    )
    shard = Shard("0", rows, tuple(thresholds))
    result = Judge(JudgePart(min_identities=1)).process(shard, None)
    assert [row.photo_id for row in result.rows] == [1]
    assert result.rejections[0].reason is Reason.LOW_SIMILARITY


def test_a_limit_of_the_likeness_to_the_original_is_optional() -> None:
    close = swap(figures(similarity=0.9, residual_similarity=0.6, margin=0.3))
    assert fault(close, GATE, THRESHOLDS) is None
    found = fault(close, JudgePart(max_residual=0.5), THRESHOLDS)
    assert found is not None
    assert found[0] is Reason.HIGH_RESIDUAL
    assert "max_residual" not in GATE.model_dump(), "recipes without it keep their digests"
