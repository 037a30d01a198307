"""What is taken from a photo for a blend goes back to the same pixels."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.faces.grid import Grid
from cocopfs.faces.swapped import FaceTooSmallToSwap

SHAPE = np.array([[-0.5, 0], [0.5, 0], [0, 0.57], [-0.4, 1.0], [0.4, 1.0]])
PHOTO = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
LARGE = 110


@pytest.mark.parametrize(("eyes", "up", "down"), [(12, 4, 1), (48, 1, 1), (LARGE, 1, 2)])
def test_small_faces_pixels_are_cut_and_large_faces_are_sketched(
    eyes: float, up: int, down: int
) -> None:
    grid = Grid.around(SHAPE * eyes + (160, 60), PHOTO.shape)
    assert (grid.up, grid.down) == (up, down)
    cut = grid.take(PHOTO)
    assert cut.shape == (grid.height * up, grid.width * up, 3)
    assert grid.in_frame().shape == cut.shape[:2]
    assert grid.sketch(cut).shape == (grid.height * up // down, grid.width * up // down, 3)


@pytest.mark.parametrize("centre", [(160, 100), (0, 100), (310, 5), (150, 235)])
def test_what_is_taken_and_put_back_changes_nothing(centre: tuple[int, int]) -> None:
    grid = Grid.around(SHAPE * 50 + centre, PHOTO.shape)
    cut = grid.take(PHOTO)
    swapped = grid.put(PHOTO, cut, np.ones(cut.shape[:2], np.float32))
    assert (swapped.picture == PHOTO).all()
    assert swapped.picture is not PHOTO
    mask = swapped.mask
    height, width = mask.opacity.shape
    assert 0 <= mask.x < mask.x + width <= 320
    assert 0 <= mask.y < mask.y + height <= 240
    assert grid.in_frame().sum() == height * width


def test_the_landmarks_lie_on_the_same_pixels_of_the_grid() -> None:
    """A pixel that is cut into four by four holds its centre between the middle ones."""
    points = np.round(SHAPE * 12 + (160, 60))
    grid = Grid.around(points, PHOTO.shape)
    assert grid.up == 4
    back = (grid.points + 0.5) / grid.up - 0.5 + (grid.x, grid.y)
    np.testing.assert_allclose(back, points)


def test_a_mask_of_next_to_nothing_is_refused() -> None:
    grid = Grid.around(SHAPE * 50 + (160, 60), PHOTO.shape)
    cut = grid.take(PHOTO)
    opacity = np.zeros(cut.shape[:2], np.float32)
    opacity[60, 60:80] = 1
    with pytest.raises(FaceTooSmallToSwap, match=r"covers 20\.0 pixels"):
        grid.put(PHOTO, cut, opacity)


def test_faces_of_a_few_pixels_or_outside_the_frame_are_refused() -> None:
    with pytest.raises(FaceTooSmallToSwap, match=r"scale is 3\.0 px"):
        Grid.around(SHAPE * 3 + (160, 60), PHOTO.shape)
    with pytest.raises(FaceTooSmallToSwap, match="outside the frame"):
        Grid.around(SHAPE * 50 + (900, 60), PHOTO.shape)
