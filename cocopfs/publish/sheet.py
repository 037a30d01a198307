"""Sheets that show swapped pictures, as files that carry the provenance mark."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
from numpy.typing import NDArray

import cocopfs
from cocopfs.publish.mark import Mark, opaque_id, write_mark, write_png_mark


def encode_sheet(sheet: NDArray[np.uint8], suffix: str, quality: int = 95) -> bytes:
    """A sheet as a marked file.

    sheet: (h, w, 3) uint8 BGR. suffix: ".png", ".jpg" or ".jpeg"; quality: of a JPEG. The mark's
    id is of the pixels, since a sheet is no sample and shows several.
    """
    flags = [] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, quality]
    _, data = cv2.imencode(suffix, sheet, flags)
    pixels = hashlib.sha256(sheet.tobytes()).hexdigest()
    mark = Mark(opaque_id("sheet", pixels), f"cocopfs {cocopfs.__version__}")
    write = write_png_mark if suffix == ".png" else write_mark
    return write(data.tobytes(), mark)
