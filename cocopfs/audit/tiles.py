"""Small pictures inside a page."""

from __future__ import annotations

import base64
import math

import cv2
import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from cocopfs.audit.contact_sheet import around
from cocopfs.audit.samples import Samples
from cocopfs.records import Box
from cocopfs.stages.jpeg import encode_jpeg


def face_box(samples: Samples, row: int) -> Box:
    """The face of a sample, as `select` found it. Raises ValueError where the row has none."""
    names = ("face_x", "face_y", "face_width", "face_height")
    values = [samples.table[name][row].as_py() for name in names]
    if any(value is None or not math.isfinite(value) for value in values):
        raise ValueError("the row has no face")
    return Box(*values)


def tile(picture: NDArray[np.uint8], face: Box, sides: float, side: int) -> NDArray[np.uint8]:
    """The square of `sides` face sides around a face, cut by the frame, at most `side` pixels wide
    and high; never enlarged, since a browser does that.

    Raises ValueError where the face lies outside the picture.
    """
    height, width = picture.shape[:2]
    if min(face.x + face.width, face.y + face.height) <= 0 or face.x >= width or face.y >= height:
        raise ValueError("the face lies outside the picture")
    found = around(picture, face, sides)
    scale = min(1.0, side / max(found.shape[:2]))
    size = max(round(found.shape[1] * scale), 1), max(round(found.shape[0] * scale), 1)
    return cv2.resize(found, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def data_uri(picture: NDArray[np.uint8], quality: int) -> Markup:
    """(h, w, 3) BGR as a `data:` address of a JPEG."""
    data = base64.b64encode(encode_jpeg(picture, quality)).decode("ascii")
    return Markup(f"data:image/jpeg;base64,{data}")
