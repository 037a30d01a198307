"""Likeness, and the face found again."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.quality.figures import cosine, intersection_over_union, landmark_error, redetected
from cocopfs.records import Box, Face

POINTS = (0.0,) * 10


def test_cosine_of_unit_vectors() -> None:
    first = np.array([1, 0, 0], np.float32)
    second = np.array([0.6, 0.8, 0], np.float32)
    assert cosine(first, first) == 1
    assert cosine(first, second) == pytest.approx(0.6)
    assert cosine(first, -first) == -1


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (Box(0, 0, 10, 10), 1.0),
        (Box(5, 0, 10, 10), 1 / 3),
        (Box(10, 0, 10, 10), 0.0),
        (Box(30, 30, 5, 5), 0.0),
        (Box(2, 2, 5, 4), 0.2),
    ],
)
def test_iou_of_known_boxes(second: Box, expected: float) -> None:
    assert intersection_over_union(Box(0, 0, 10, 10), second) == pytest.approx(expected)


def test_iou_is_that_of_pycocotools() -> None:
    from pycocotools.mask import iou

    lots = np.random.default_rng(3)
    first, second = lots.uniform(0, 50, (2, 30, 4))
    expected = iou(first, second, [0] * 30)
    found = [
        [intersection_over_union(Box(*a), Box(*b)) for b in second.tolist()] for a in first.tolist()
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_face_is_found_again_where_it_was_or_not_at_all() -> None:
    original = Face(Box(10, 10, 20, 20), POINTS, 0.9)
    elsewhere = Face(Box(40, 10, 20, 20), POINTS, 0.95)
    again = Face(Box(12, 11, 20, 20), POINTS, 0.6)
    worse = Face(Box(10, 10, 20, 20), POINTS, 0.55)
    unsure = Face(Box(12, 11, 20, 20), POINTS, 0.4)
    assert redetected(original, [elsewhere, again, worse]) is again
    assert redetected(original, [unsure]) is None
    assert redetected(original, [elsewhere]) is None
    assert redetected(original, []) is None


def test_landmarks_move_by_shares_of_the_distance_between_the_eyes() -> None:
    points = np.array([[10, 10], [30, 10], [20, 20], [12, 30], [28, 30]], np.float32)
    original = Face(Box(0, 0, 40, 40), tuple(points.ravel().tolist()), 0.9)
    moved = points + np.array([3, 4], np.float32)  # 5 pixels each, of 20
    swapped = Face(original.box, tuple(moved.ravel().tolist()), 0.9)
    assert landmark_error(original, original) == 0
    assert landmark_error(original, swapped) == pytest.approx(0.25)
    one = points.copy()
    one[4] += 5, 0
    other = Face(original.box, tuple(one.ravel().tolist()), 0.9)
    assert landmark_error(original, other) == pytest.approx(0.05)
