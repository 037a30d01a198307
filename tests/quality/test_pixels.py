"""Known answers for change, sharpness and seam."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cocopfs.quality.pixels import mean_change, seam, sharpness
from cocopfs.quality.region import Region
from tests.quality.swaps import feathered, square, swap, texture

PICTURE = texture(1, 96, 96)
MASK = square(96, 30, 70)


def region(changed: NDArray[np.uint8]) -> Region:
    return Region.around(PICTURE, swap(changed, MASK))


def test_the_region_is_the_mask_with_its_surroundings() -> None:
    found = region(PICTURE)
    assert found.ring == 10  # a quarter of 40
    assert found.original.shape == (60, 60, 3)
    assert found.inside.sum() == 1600
    np.testing.assert_array_equal(found.original, PICTURE[20:80, 20:80])


def test_the_region_ends_with_the_frame() -> None:
    found = Region.around(PICTURE, swap(PICTURE, square(96, 0, 40)))
    assert found.original.shape == (50, 50, 3)
    assert found.inside[:40, :40].all()


def test_change_counts_inside_the_mask_alone() -> None:
    changed = PICTURE.copy()
    changed[30:70, 30:70] = np.where(PICTURE[30:70, 30:70] > 127, 0, 255)
    expected = np.abs(changed[30:70, 30:70].astype(int) - PICTURE[30:70, 30:70]).mean()
    changed[:20] = 255
    assert mean_change(region(changed)) == pytest.approx(expected)
    assert mean_change(region(PICTURE)) == 0


def test_half_opaque_pixels_are_not_inside() -> None:
    changed = PICTURE ^ np.uint8(8)
    assert mean_change(Region.around(PICTURE, swap(changed, MASK * np.float32(0.5)))) == 0


def test_sharpness_is_the_ratio_of_the_laplacians_variances() -> None:
    blurred = np.asarray(cv2.GaussianBlur(PICTURE, (0, 0), 1.0), np.uint8)
    grey = [
        cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(float) for picture in (PICTURE, blurred)
    ]
    variances = []
    for values in grey:
        near = values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]
        variances.append((near - 4 * values[1:-1, 1:-1])[29:69, 29:69].var())
    assert sharpness(region(blurred)) == pytest.approx(variances[1] / variances[0], rel=1e-5)
    assert sharpness(region(PICTURE)) == 1
    found = Region.around(blurred, swap(PICTURE, MASK))
    assert sharpness(found) == pytest.approx(variances[0] / variances[1], rel=1e-5)


def test_a_seam_is_an_edge_where_there_was_none() -> None:
    foreign = PICTURE.copy()
    foreign[30:70, 30:70] = texture(2, 40, 40) // 2
    hard = seam(region(foreign))
    assert hard is not None
    assert hard > 2
    assert seam(region(PICTURE)) == 1
    soft = feathered(MASK > 0, 9)
    mixed = PICTURE + (foreign.astype(np.float32) - PICTURE) * soft[..., None]
    blended = seam(Region.around(PICTURE, swap(mixed.astype(np.uint8), soft)))
    assert blended is not None
    assert blended < 1.2


def test_what_happens_in_the_middle_is_no_seam() -> None:
    changed = PICTURE.copy()
    changed[40:60, 40:60] = 255
    assert seam(region(changed)) == 1


def test_flat_originals_have_no_ratio() -> None:
    flat = np.full((96, 96, 3), 90, np.uint8)
    found = Region.around(flat, swap(PICTURE, MASK))
    assert sharpness(found) is None
    assert seam(found) is None


def test_a_mask_that_fills_the_frame_has_no_edge_but_is_measured() -> None:
    found = Region.around(PICTURE, swap(PICTURE ^ np.uint8(1), np.ones((96, 96), np.float32)))
    assert seam(found) is None
    assert mean_change(found) == 1


def test_figures_are_the_same_to_the_last_bit_wherever_the_pictures_lie_in_memory() -> None:
    changed = texture(2, 96, 96)
    found = set()
    for offset in range(40):
        buffer = np.zeros(changed.size + 64, np.uint8)
        moved = buffer[offset : offset + changed.size].reshape(changed.shape)
        moved[:] = changed
        inner = region(moved)
        found.add((mean_change(inner), sharpness(inner), seam(inner)))
    assert len(found) == 1
