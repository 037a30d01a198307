"""PSNR and SSIM outside the mask are scikit-image's of the whole frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cocopfs.quality.outside import MAX_PSNR, outside_fidelity
from tests.quality.swaps import feathered, square, swap, texture

Picture = NDArray[np.uint8]


def theirs(original: Picture, picture: Picture, opacity: NDArray[np.float32]) -> tuple[float, ...]:
    """Of the whole frame: PSNR over the pixels outside, mean of the SSIM map over them."""
    from skimage.metrics import peak_signal_noise_ratio as psnr_of
    from skimage.metrics import structural_similarity as ssim_of

    outside = opacity == 0
    alone = np.where(outside[..., None], picture, original)
    psnr = psnr_of(original[outside], picture[outside], data_range=255)  # type: ignore[no-untyped-call]
    _, ssim = ssim_of(original, alone, channel_axis=2, full=True)  # type: ignore[no-untyped-call]
    return float(psnr), float(ssim[outside].mean())


def faces(height: int, width: int) -> NDArray[np.float32]:
    where = np.zeros((height, width), np.bool_)
    where[height // 4 : height // 2, width // 3 : 2 * width // 3] = True
    return feathered(where, 4)


@pytest.mark.parametrize(
    "spoilt",
    [
        np.s_[2:9, 50:60],  # away from the mask
        np.s_[10:60, 20:70],  # beside it and under it
        np.s_[0:3, 0:3],  # in the corner
        np.s_[79:80, 119:120],  # a single pixel, the last
        np.s_[:, :],  # everywhere
    ],
)
def test_they_are_scikit_images(spoilt: tuple[slice, slice]) -> None:
    original, opacity = texture(1, 80, 120), faces(80, 120)
    picture = original.copy()
    picture[spoilt] = texture(2, 80, 120)[spoilt]
    found = outside_fidelity(original, swap(picture, opacity))
    psnr, ssim = theirs(original, picture, opacity)
    assert found.psnr == pytest.approx(psnr, abs=1e-9)
    assert found.ssim == pytest.approx(ssim, abs=1e-9)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 40))
@settings(deadline=None, max_examples=30)
def test_they_are_scikit_images_wherever_pixels_change(seed: int, count: int, most: int) -> None:
    random = np.random.default_rng(seed)
    original, opacity = texture(seed % 7, 48, 40), faces(48, 40)
    picture = original.copy()
    where = random.integers(0, (48, 40), (count, 2))
    picture[where[:, 0], where[:, 1]] ^= random.integers(1, most + 1, (count, 3), np.uint8)
    found = outside_fidelity(original, swap(picture, opacity))
    touched = bool((opacity[where[:, 0], where[:, 1]] == 0).any())
    expected = theirs(original, picture, opacity) if touched else (MAX_PSNR, 1.0)
    assert tuple(found) == pytest.approx(expected, abs=1e-9)


def test_what_happens_under_the_mask_does_not_count() -> None:
    original, opacity = texture(1, 80, 120), faces(80, 120)
    picture = np.where(opacity[..., None] > 0, 255 - original, original)
    assert outside_fidelity(original, swap(picture, opacity)) == (MAX_PSNR, 1)


def test_no_figure_is_above_the_cap() -> None:
    """One grey level in one value of a million has 108 dB."""
    original = np.full((600, 600, 3), 90, np.uint8)
    picture = original.copy()
    picture[0, 0, 0] += 1
    found = outside_fidelity(original, swap(picture, square(600, 300, 400)))
    assert found.psnr == MAX_PSNR
    assert found.ssim < 1


def test_a_mask_over_the_whole_frame_leaves_nothing_outside() -> None:
    original = texture(1, 40, 40)
    everywhere = np.ones((40, 40), np.float32)
    assert outside_fidelity(original, swap(~original, everywhere)) == (MAX_PSNR, 1)


def test_jpeg_with_subsampled_chroma_is_told_from_a_clean_paste() -> None:
    original = texture(3, 96, 96)
    _, data = cv2.imencode(".jpg", original, [cv2.IMWRITE_JPEG_QUALITY, 95])
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    assert outside_fidelity(original, swap(again, square(96, 30, 60))).psnr < 40
