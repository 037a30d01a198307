"""The published pictures, decoded."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def decode(jpeg: bytes, what: str = "a picture of the dataset") -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR. Raises ValueError that names `what` where they are no picture."""
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # no bytes at all, or more pixels than OpenCV takes
        picture = None
    if picture is None:
        raise ValueError(f"{what} cannot be decoded")
    return picture.astype(np.uint8, copy=False)
