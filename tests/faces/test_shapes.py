"""What is drawn from five landmarks lies where a face has it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cocopfs.faces.shapes import Points, face_mask, face_outline, face_scale, feature_mask, opened

LEVEL = np.array([[100, 100], [160, 100], [130, 135], [106, 165], [154, 165]], np.float64)
TURNED = np.array([[100, 100], [150, 100], [108, 135], [104, 165], [142, 165]], np.float64)
SHAPE = (260, 260)


def _inside(points: Points, outline: Points) -> list[bool]:
    polygon = outline.astype(np.float32)
    return [cv2.pointPolygonTest(polygon, (float(x), float(y)), False) > 0 for x, y in points]


def test_the_scale_is_the_larger_of_two_distances() -> None:
    assert face_scale(LEVEL) == 65
    narrow = LEVEL * (0.2, 1)  # in profile
    assert face_scale(narrow) == 65
    assert face_scale(LEVEL * (1, 0.2)) == 60


@pytest.mark.parametrize("points", [LEVEL, TURNED])
def test_the_outline_holds_the_features_and_is_narrower_on_the_side_turned_away(
    points: Points,
) -> None:
    outline = face_outline(points)
    assert outline.shape == (64, 2)
    assert all(_inside(points, outline))
    left = points[:2, 0].min() - outline[:, 0].min()
    right = outline[:, 0].max() - points[:2, 0].max()
    assert left == pytest.approx(right, abs=1) if points is LEVEL else left < 0.5 * right


def test_the_outline_turns_with_the_face() -> None:
    angle = np.radians(100)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    np.testing.assert_allclose(face_outline(TURNED @ turn.T), face_outline(TURNED) @ turn.T)


def test_the_mask_is_no_wider_than_the_portraits_face_but_as_high() -> None:
    middle = LEVEL.mean(axis=0)
    whole = face_mask(LEVEL, LEVEL, 1.0, SHAPE)
    slim = face_mask(LEVEL, (LEVEL - middle) * (0.6, 1) + middle, 1.0, SHAPE)
    assert not (slim & ~whole).any()
    assert slim.any(axis=0).sum() < 0.8 * whole.any(axis=0).sum()
    assert slim.any(axis=1).sum() == pytest.approx(whole.any(axis=1).sum(), abs=2)


def test_features_are_about_the_eyes_and_the_mouth_alone() -> None:
    mask = feature_mask(LEVEL, SHAPE, eye=0.2, mouth=0.1)
    marked = [bool(mask[int(y), int(x)]) for x, y in LEVEL]
    assert marked[:3] == [True, True, False]
    assert mask[165, 130]
    assert cv2.connectedComponents(mask.astype(np.uint8))[0] == 1 + 3


def test_opening_takes_away_what_is_thin() -> None:
    mask = np.zeros(SHAPE, np.bool_)
    mask[50:100, 50:100] = True
    mask[150:154, 20:200] = True
    found = opened(mask, 9)
    assert found[60:90, 60:90].all()
    assert not found[150:154].any()
    assert not (found & ~mask).any()
