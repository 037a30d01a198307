"""The shortcuts of pasting give what OpenCV's own functions give."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.faces import paste
from cocopfs.faces.paste import inswapper_mask, lay_over

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
        cv2.LUT(cv2.convertScaleAbs(mask, alpha=1 / paste._UNIT), paste._TO_CODE), np.uint8
    )


def _matrix(centre: tuple[float, float], side: float, degrees: float = 7) -> NDArray[np.float64]:
    angle, scale = np.radians(degrees), 128 / side
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([turn, 64 - turn @ np.array(centre)])


@pytest.mark.parametrize("side", [10, 11, 12, 13, 16, 31, 32, 33, 100, 217])
def test_erosion_is_opencvs(side: int) -> None:
    mask = (255 * (RNG.random((180, 260)) > 2 / side**2)).astype(np.uint8)
    mask[:20] = 80
    expected = cv2.erode(mask, np.ones((side, side), np.uint8))
    assert (paste._eroded(mask, side) == expected).all()


def test_codes_of_a_mask_lose_nothing() -> None:
    """What is kept below the threshold comes back to the last bit."""
    warped = _square(700, 9)
    expected = np.where(warped > 20, np.float32(255), warped)
    assert ((expected > 0) & (expected < 255)).sum() > 100
    assert (cv2.LUT(_coded(warped), paste._FROM_CODE) == expected).all()


@pytest.mark.parametrize("radius", [5, 12, 31])
def test_narrow_blurs_are_opencvs(radius: int) -> None:
    code = _coded(_square(20 * radius, 30))
    mask = cv2.LUT(code, paste._FROM_CODE)
    expected = cv2.GaussianBlur(mask, (2 * radius + 1, 2 * radius + 1), 0)
    assert (paste._blurred(code, radius) == expected).all()


@pytest.mark.parametrize("radius", [33, 47, 63, 66, 90, 140])
@pytest.mark.parametrize("degrees", [0, 3, 45])
def test_wide_blurs_are_off_by_less_than_half_a_grey_level(radius: int, degrees: float) -> None:
    code = _coded(_square(8 * radius, degrees))
    mask = cv2.LUT(code, paste._FROM_CODE)
    expected = cv2.GaussianBlur(mask, (2 * radius + 1, 2 * radius + 1), 0)
    found = paste._blurred(code, radius)
    assert found.shape == mask.shape
    assert np.abs(found - expected).max() < 0.5


@pytest.mark.parametrize("centre", [(300, 200), (40, 250), (600, 460)])
def test_what_is_overwritten_leaves_no_trace(centre: tuple[float, float]) -> None:
    """A buffer that held another identity's face is as good as a fresh copy."""
    picture = RNG.integers(0, 256, (480, 640, 3), np.uint8)
    before, matrix = picture.copy(), _matrix(centre, 200)
    mask = inswapper_mask(480, 640, matrix)
    first, second = RNG.integers(0, 256, (2, 128, 128, 3), np.uint8)
    buffer = lay_over(picture, first, matrix, mask).picture
    assert buffer is not picture
    again = lay_over(picture, second, matrix, mask, onto=buffer)
    assert again.picture is buffer
    assert (buffer == lay_over(picture, second, matrix, mask).picture).all()
    assert (picture == before).all()


def test_the_place_of_a_face_in_a_large_picture_does_not_matter_to_its_mask() -> None:
    """Rows of the canvas that have nothing of the face are not computed; none is missed."""
    here = inswapper_mask(3000, 4000, _matrix((2000, 300), 220))
    there = inswapper_mask(3000, 4000, _matrix((2000, 2300), 220))
    assert (there.x, there.y) == (here.x, here.y + 2000)
    assert np.abs(there.opacity - here.opacity).max() < 0.1
