"""The published pictures, decoded."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.sources.pictures import stored_size

MAX_PIXELS: Final = 50_000_000


def decode(
    jpeg: bytes, what: str = "a picture of the dataset", max_pixels: int = MAX_PIXELS
) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR. max_pixels: checked before decoding.

    Raises ValueError that names `what` where they are no whole picture, or a larger one.
    """
    try:
        width, height = stored_size(jpeg)
    except ValueError as error:
        raise ValueError(f"{what} cannot be decoded: it {error}") from error
    if width * height > max_pixels:
        raise ValueError(f"{what} has {width} x {height} pixels, more than {max_pixels}")
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError(str(error)) from error
        picture = None
    if picture is None:
        raise ValueError(f"{what} cannot be decoded")
    return picture.astype(np.uint8, copy=False)
