"""The shortcuts of the mask give what OpenCV's own functions give."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.faces import mask as masks
from cocopfs.faces.mask import inswapper_mask
from tests.faces.placed import matrix_of

RNG = np.random.default_rng(0)


def _square(side: int, degrees: float) -> NDArray[np.float32]:
    """A white square of that side, tilted, that the frame cuts at the left."""
    angle, scale = np.radians(degrees), side / 128
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    back = np.column_stack([turn, [-0.1 * side, 0.4 * side]])
    white = np.full((128, 128), 255, np.float32)
    return np.asarray(cv2.warpAffine(white, back, (int(1.5 * side), int(1.7 * side))), np.float32)


def _coded(mask: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.LUT(cv2.convertScaleAbs(mask, alpha=1 / masks._UNIT), masks._TO_CODE), np.uint8
    )


@pytest.mark.parametrize("side", [10, 11, 12, 13, 16, 31, 32, 33, 100, 217])
def test_erosion_is_opencvs(side: int) -> None:
    mask = (255 * (RNG.random((180, 260)) > 2 / side**2)).astype(np.uint8)
    mask[:20] = 80
    expected = cv2.erode(mask, np.ones((side, side), np.uint8))
    assert (masks._eroded(mask, side) == expected).all()


def test_codes_of_a_mask_lose_nothing() -> None:
    """What is kept below the threshold comes back to the last bit."""
    warped = _square(700, 9)
    expected = np.where(warped > 20, np.float32(255), warped)
    assert ((expected > 0) & (expected < 255)).sum() > 100
    assert (cv2.LUT(_coded(warped), masks._FROM_CODE) == expected).all()


@pytest.mark.parametrize("radius", [5, 12, 31])
def test_narrow_blurs_are_opencvs(radius: int) -> None:
    code = _coded(_square(20 * radius, 30))
    mask = cv2.LUT(code, masks._FROM_CODE)
    expected = cv2.GaussianBlur(mask, (2 * radius + 1, 2 * radius + 1), 0)
    assert (masks._blurred(code, radius) == expected).all()


@pytest.mark.parametrize("radius", [33, 47, 63, 66, 90, 140])
@pytest.mark.parametrize("degrees", [0, 3, 45])
def test_wide_blurs_are_off_by_less_than_half_a_grey_level(radius: int, degrees: float) -> None:
    code = _coded(_square(8 * radius, degrees))
    mask = cv2.LUT(code, masks._FROM_CODE)
    expected = cv2.GaussianBlur(mask, (2 * radius + 1, 2 * radius + 1), 0)
    found = masks._blurred(code, radius)
    assert found.shape == mask.shape
    assert np.abs(found - expected).max() < 0.5


def test_the_place_of_a_face_in_a_large_picture_does_not_matter_to_its_mask() -> None:
    """Rows of the canvas that have nothing of the face are not computed; none is missed."""
    here = inswapper_mask(3000, 4000, matrix_of((2000, 300), 220))
    there = inswapper_mask(3000, 4000, matrix_of((2000, 2300), 220))
    assert (there.x, there.y) == (here.x, here.y + 2000)
    assert np.abs(there.opacity - here.opacity).max() < 0.1


def test_a_transform_that_maps_everything_to_a_point_is_refused() -> None:
    with pytest.raises(ValueError, match="not an alignment"):
        inswapper_mask(480, 640, np.zeros((2, 3)))
