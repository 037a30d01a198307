"""Known answers for the figures of one swap."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.quality.figures import cosine, intersection_over_union, is_redetected, mean_change
from cocopfs.records import Box, Face

POINTS = (0.0,) * 10


def test_cosine_of_unit_vectors() -> None:
    first = np.array([1, 0, 0], np.float32)
    second = np.array([0.6, 0.8, 0], np.float32)
    assert cosine(first, first) == 1
    assert cosine(first, second) == pytest.approx(0.6)
    assert cosine(first, -first) == -1


def test_change_counts_inside_the_mask_alone() -> None:
    original = np.full((4, 4, 3), 100, np.uint8)
    swapped = original.copy()
    swapped[:2] = 90  # darker by 10: an unsigned difference would wrap
    swapped[3] = 255
    inside = np.zeros((4, 4), bool)
    inside[:2] = True
    assert mean_change(original, swapped, inside) == 10
    assert mean_change(original, original, inside) == 0
    assert mean_change(original, swapped, np.zeros((4, 4), bool)) == 0


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
    assert is_redetected(original, [Face(Box(12, 11, 20, 20), POINTS, 0.6)])
    assert not is_redetected(original, [Face(Box(12, 11, 20, 20), POINTS, 0.4)])
    assert not is_redetected(original, [Face(Box(40, 10, 20, 20), POINTS, 0.9)])
    assert not is_redetected(original, [])
