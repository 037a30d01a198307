"""Files put together from rows of blocks are those that encoding the whole picture gives."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from cocopfs.stages.jpeg import AlikeJpegs, encode_jpeg


def test_pictures_that_differ_in_some_rows_get_the_bytes_of_the_whole_picture() -> None:
    rng = np.random.default_rng(0)
    for trial in range(300):
        height, width = rng.integers(1, 200, 2)
        quality = int(rng.integers(50, 101))
        photo = rng.integers(0, 256, (height, width, 3), np.uint8)
        if trial % 2:  # smooth ones have short codes, and rows of blocks of few bytes
            photo = np.asarray(cv2.GaussianBlur(photo, (0, 0), 3), np.uint8)
        jpegs = AlikeJpegs(quality)
        for _ in range(4):
            start, last = sorted(rng.integers(0, height, 2).tolist())
            picture = photo.copy()
            picture[start : last + 1] = rng.integers(0, 256, (last + 1 - start, width, 3), np.uint8)
            found = jpegs.encode(picture, range(start, last + 1))
            assert found == encode_jpeg(picture, quality), (height, width, start, last)


def test_only_rows_that_changed_are_encoded() -> None:
    """A change that is not told of does not show: the file's other rows are the first picture's."""
    photo = np.full((64, 48, 3), 100, np.uint8)
    jpegs = AlikeJpegs(95)
    jpegs.encode(photo, range(16, 24))
    other = photo.copy()
    other[:8] = 200
    other[24:32] = 50
    told = photo.copy()
    told[24:32] = 50
    assert jpegs.encode(other, range(24, 32)) == encode_jpeg(told, 95)


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 17), (480, 640), (1300, 8)])
def test_any_decoder_reads_the_restart_markers(size: tuple[int, int]) -> None:
    """Eight markers take turns, and one follows each row of blocks but the last."""
    rng = np.random.default_rng(1)
    small = rng.integers(0, 256, (max(size[0] // 8, 1), max(size[1] // 8, 1), 3), np.uint8)
    picture = np.asarray(cv2.resize(small, size[::-1]), np.uint8)
    jpeg = encode_jpeg(picture, 95)
    markers = [jpeg.count(bytes((0xFF, 0xD0 + turn))) for turn in range(8)]
    assert sum(markers) == -(-size[0] // 8) - 1
    assert max(markers) - min(markers) <= 1
    pillow = np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))[:, :, ::-1]
    opencv = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    assert np.array_equal(pillow, opencv)
    assert np.abs(opencv.astype(int) - picture).mean() < 2
