"""A visible label for figures and contact sheets, where nobody reads the mark inside the file."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_TEXT = "swapped face"
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def with_label(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A copy with "swapped face", white on a dark band along the lower edge.

    picture: (h, w, 3) uint8 BGR. The band takes an eleventh of the height, at least 12 pixels; the
    text is made smaller where the picture is narrow.
    """
    labelled = picture.copy()
    height, width = picture.shape[:2]
    band = min(max(height // 11, 12), height)
    labelled[height - band :] //= 4
    (wide, tall), below = cv2.getTextSize(_TEXT, _FONT, 1.0, 1)
    scale = min(0.7 * band / (tall + below), 0.94 * width / wide)
    at = round(0.03 * width), height - round((band - tall * scale) / 2)
    cv2.putText(labelled, _TEXT, at, _FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)
    return labelled
