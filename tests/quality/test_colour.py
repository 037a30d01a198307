"""The colour difference is CIE's, between the face and the skin around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.quality.colour import ciede2000, colour_difference
from cocopfs.quality.region import Region
from tests.quality.swaps import square, swap

Lab = tuple[float, float, float]
lab = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))


@given(lab, lab)
@settings(max_examples=300, deadline=None)
def test_ciede2000_is_scikit_images(first: Lab, second: Lab) -> None:
    from skimage.color import deltaE_ciede2000

    expected = float(deltaE_ciede2000(np.array(first), np.array(second)))  # type: ignore[no-untyped-call]
    assert ciede2000(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # Pairs of table 1 of Sharma, Wu and Dalal: blue, greys, opposite hues, small differences.
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
        ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_of_the_published_pairs(first: Lab, second: Lab, expected: float) -> None:
    found = ciede2000(np.array(first, float), np.array(second, float))
    assert found == pytest.approx(expected, abs=5e-5)


SKIN = np.array([120.0, 150.0, 200.0])  # BGR
REDDER = np.array([120.0, 150.0, 225.0])


def picture(face: NDArray[np.float64], around: NDArray[np.float64] = SKIN) -> NDArray[np.uint8]:
    """A grainy face of 40 x 40 in the middle of 100 x 100 of the colour around it."""
    grain = np.random.default_rng(1).normal(0, 3, (100, 100, 3))
    base = np.where(square(100, 30, 70)[..., None] > 0, face, around)
    return np.clip(base + grain, 0, 255).astype(np.uint8)


def difference(swapped: NDArray[np.uint8], original: NDArray[np.uint8]) -> float | None:
    region = Region.around(original, swap(swapped, square(100, 30, 70)))
    return colour_difference(region, grey=False)


def of_colours(face: NDArray[np.float64], around: NDArray[np.float64]) -> float:
    """scikit-image's, of two BGR colours."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    first, second = (rgb2lab(colour[::-1] / 255) for colour in (face, around))
    return float(deltaE_ciede2000(first, second))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("tint", [(0, 0, 0), (0, 0, 25), (-20, 5, 5), (30, 20, -60)])
def test_a_tint_has_the_colour_difference_that_scikit_image_gives(
    tint: tuple[int, int, int],
) -> None:
    face = SKIN + np.array(tint)
    found = difference(picture(face), picture(SKIN))
    assert found == pytest.approx(of_colours(face, SKIN), abs=0.2)


def test_hair_and_background_are_not_skin() -> None:
    """Only below the face there is skin."""
    original = picture(SKIN, np.full(3, 30.0))
    original[70:90, 40:60] = picture(SKIN)[70:90, 40:60]
    swapped = original.copy()
    swapped[30:70, 30:70] = picture(REDDER)[30:70, 30:70]
    expected = of_colours(REDDER, SKIN)
    assert difference(swapped, original) == pytest.approx(expected, abs=0.3)


def test_where_no_skin_is_seen_there_is_nothing_to_compare() -> None:
    original = picture(SKIN, np.full(3, 30.0))
    assert difference(original, original) is None


def test_eyes_and_glasses_do_not_count() -> None:
    swapped = picture(SKIN)
    swapped[40:46, 34:66] = 20
    assert difference(swapped, picture(SKIN)) == pytest.approx(0, abs=0.3)


def test_a_grey_photo_is_asked_for_colour_alone() -> None:
    grey = picture(np.full(3, 130.0), np.full(3, 130.0))
    grey[:] = grey[..., :1]
    darker = (grey * 0.6).astype(np.uint8)
    tinted = np.clip(grey + np.array([0, 0, 40]), 0, 255).astype(np.uint8)
    mask = square(100, 30, 70)
    plain, coloured = (
        colour_difference(Region.around(grey, swap(face, mask)), grey=True)
        for face in (darker, tinted)
    )
    assert plain == pytest.approx(0, abs=0.05)
    assert coloured is not None
    assert coloured > 12


def test_a_large_face_has_the_difference_of_a_small_one() -> None:
    tinted = picture(REDDER)
    expected = difference(tinted, picture(SKIN))
    eightfold = np.ones((8, 8, 1), np.uint8)
    mask = square(800, 240, 560)
    region = Region.around(
        np.kron(picture(SKIN), eightfold), swap(np.kron(tinted, eightfold), mask)
    )
    assert colour_difference(region, grey=False) == pytest.approx(expected, abs=0.2)
