"""A face that is laid over its picture changes what the mask covers, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from cocopfs.faces.mask import inswapper_mask
from cocopfs.faces.paste import lay_over
from tests.faces.placed import matrix_of

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("centre", [(300, 200), (40, 250), (600, 460)])
def test_what_is_overwritten_leaves_no_trace(centre: tuple[float, float]) -> None:
    """A buffer that held another identity's face is as good as a fresh copy."""
    picture = RNG.integers(0, 256, (480, 640, 3), np.uint8)
    before, matrix = picture.copy(), matrix_of(centre, 200)
    mask = inswapper_mask(480, 640, matrix)
    first, second = RNG.integers(0, 256, (2, 128, 128, 3), np.uint8)
    buffer = lay_over(picture, first, matrix, mask).picture
    assert buffer is not picture
    again = lay_over(picture, second, matrix, mask, onto=buffer)
    assert again.picture is buffer
    assert (buffer == lay_over(picture, second, matrix, mask).picture).all()
    assert (picture == before).all()
