"""What a camera does to a picture: softness, noise, few pixels, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def photograph(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 BGR as a chance camera would have stored it."""
    height, width = picture.shape[:2]
    blur, share, noise, quality = (
        rng.uniform(0.002, 0.006) * width,
        rng.uniform(0.5, 0.9),
        rng.uniform(1.0, 5.0),
        int(rng.integers(60, 96)),
    )
    soft, small, noisy, stored = rng.random(4) < (0.4, 0.25, 0.6, 0.6)
    found = picture
    if soft:
        found = np.asarray(cv2.GaussianBlur(found, (0, 0), blur), np.uint8)
    if small:
        less = (max(round(width * share), 1), max(round(height * share), 1))
        coarse = cv2.resize(found, less, interpolation=cv2.INTER_AREA)
        found = np.asarray(cv2.resize(coarse, (width, height)), np.uint8)
    if noisy:
        grain = rng.standard_normal(found.shape, np.float32) * np.float32(noise)
        found = np.clip(found + grain, 0, 255).astype(np.uint8)
    if stored:
        _, data = cv2.imencode(".jpg", found, [cv2.IMWRITE_JPEG_QUALITY, quality])
        found = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return found
