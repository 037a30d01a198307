"""Faces are aligned as insightface aligns them, without its noise."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
import pytest
from insightface.utils import face_align
from numpy.typing import NDArray

from cocopfs.faces.align import MAX_SIDE, align

LEVEL = np.asarray(face_align.arcface_dst, np.float32)


def _picture(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def _reference(picture: NDArray[np.uint8], points: NDArray[np.float32], size: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return face_align.norm_crop2(picture, points, size)


@pytest.mark.parametrize("size", [112, 128])
def test_equal_to_insightface(size: Literal[112, 128]) -> None:
    picture, rng = _picture(300, 400), np.random.default_rng(1)
    for _ in range(20):
        points = (LEVEL * rng.uniform(0.1, 3) + rng.uniform(-50, 300, 2)).astype(np.float32)
        points += rng.normal(0, 3, (5, 2)).astype(np.float32)
        crop, matrix = align(picture, points, size)
        expected = _reference(picture, points, size)
        np.testing.assert_array_equal(crop, expected[0])
        np.testing.assert_array_equal(matrix, expected[1])
        assert crop.shape == (size, size, 3)


def test_the_transform_brings_the_eyes_to_their_place() -> None:
    _, matrix = align(_picture(300, 400), 2 * LEVEL + 10, 112)
    np.testing.assert_allclose((2 * LEVEL + 10) @ matrix[:, :2].T + matrix[:, 2], LEVEL, atol=1e-3)


def test_threads_neither_warn_nor_leave_filters_behind() -> None:
    before = list(warnings.filters)
    picture = _picture(200, 200)
    with ThreadPoolExecutor(4) as pool:
        crops = list(pool.map(lambda _: align(picture, LEVEL, 112)[0], range(64)))
    assert all((crop == crops[0]).all() for crop in crops)
    assert list(warnings.filters) == before


@pytest.mark.parametrize(
    "points", [np.zeros((5, 2)), np.full((5, 2), 7), np.full((5, 2), np.nan), LEVEL * np.inf]
)
def test_points_that_are_no_face_are_refused(points: NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="not the landmarks of a face"):
        align(_picture(100, 100), points.astype(np.float32), 112)


def test_a_picture_longer_than_opencv_can_warp_is_refused() -> None:
    assert align(np.zeros((20, MAX_SIDE, 3), np.uint8), LEVEL, 112)[0].shape == (112, 112, 3)
    with pytest.raises(ValueError, match="cannot be warped"):
        align(np.zeros((20, MAX_SIDE + 1, 3), np.uint8), LEVEL, 112)
