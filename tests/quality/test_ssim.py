"""SSIM is scikit-image's."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from cocopfs.quality.ssim import mean_ssim


@pytest.mark.parametrize("noise", [0, 3, 40])
def test_it_is_scikit_images(noise: int) -> None:
    rng = np.random.default_rng(noise)
    first = rng.integers(0, 256, (40, 53, 3), np.uint8)
    off = rng.integers(-noise, noise + 1, first.shape)
    second = np.clip(first + off, 0, 255).astype(np.uint8)
    expected = structural_similarity(  # type: ignore[no-untyped-call]
        first, second, channel_axis=2, data_range=255
    )
    assert mean_ssim(first, second) == pytest.approx(expected, abs=1e-9)
