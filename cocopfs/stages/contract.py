"""What the stages share: how rows are cut into shards, and how raw files enter a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.stage import RawFile
from cocopfs.faces.align import MAX_SIDE
from cocopfs.records import Reason
from cocopfs.sources.paths import UnsafePathError, inside
from cocopfs.sources.pictures import Picture, PictureError, read_picture

T = TypeVar("T")
V = TypeVar("V", bound=StrEnum)

TABLE_LIBRARIES = ("pyarrow",)
PICTURE_LIBRARIES = (*TABLE_LIBRARIES, "numpy", "opencv-python", "pillow")
FACE_LIBRARIES = (*PICTURE_LIBRARIES, "insightface", "onnxruntime", "onnxruntime-gpu")
ATTRIBUTE_LIBRARIES = (*FACE_LIBRARIES, "deepface")


def chunks(rows: Iterable[T], size: int) -> Iterator[tuple[str, tuple[T, ...]]]:
    """Rows in runs of `size`, each with its shard id."""
    iterator = iter(rows)
    number = 0
    while chunk := tuple(islice(iterator, size)):
        yield f"{number:06d}", chunk
        number += 1


def raw_file(root: Path, relative: str) -> RawFile:
    """A raw file as the plan sees it; one that cannot be read has size -1: `process` says why."""
    try:
        stat = inside(root, relative).stat()
    except (OSError, UnsafePathError):
        return RawFile(relative, -1, 0)
    return RawFile(relative, stat.st_size, stat.st_mtime_ns)


def usable_picture(root: Path, relative: str, max_pixels: int) -> Picture:
    """A picture that faces can be aligned in; PictureError otherwise."""
    picture = read_picture(root, relative, max_pixels)
    height, width = picture.pixels.shape[:2]
    if max(height, width) > MAX_SIDE:
        raise PictureError(
            Reason.TOO_MANY_PIXELS, f"{width} x {height} pixels, sides up to {MAX_SIDE} can be used"
        )
    return picture


def same_picture(root: Path, relative: str, digest: str, max_pixels: int) -> Picture:
    """A picture that an earlier stage has read; PictureError when its bytes are others now."""
    picture = usable_picture(root, relative, max_pixels)
    if picture.digest != digest:
        raise PictureError(
            Reason.FILE_CHANGED,
            f"{relative} is not the file that an earlier stage read "
            f"({picture.digest[:12]}, not {digest[:12]})",
        )
    return picture


def sure(kind: type[V], probabilities: NDArray[np.float64], floor: float) -> V | None:
    """The most likely value of an enum when its probability reaches the floor, else null.

    probabilities: (len(kind),) in the enum's order.
    """
    best = int(np.argmax(probabilities))
    return list(kind)[best] if probabilities[best] >= floor else None
