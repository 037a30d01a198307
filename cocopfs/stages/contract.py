"""What the stages share: how rows are cut into shards, how raw files enter a plan, and how pictures
are worked on beside a network."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.stage import RawFile
from cocopfs.errors import IncompleteError
from cocopfs.faces.align import MAX_SIDE
from cocopfs.faces.models import Models
from cocopfs.records import Face, Reason
from cocopfs.sources.paths import UnsafePathError, stat_inside
from cocopfs.sources.pictures import Picture, PictureError, read_picture


class HasItem(Protocol):
    @property
    def item(self) -> str: ...


T = TypeVar("T", bound=HasItem)
V = TypeVar("V", bound=StrEnum)

AHEAD: Final = 3
"""Pictures, or groups of them, that are read ahead of a network; more would take memory and keep it
no busier."""

TABLE_LIBRARIES = ("pyarrow",)
PICTURE_LIBRARIES = (
    *TABLE_LIBRARIES,
    "numpy",
    "opencv-python",
    "opencv-contrib-python-headless",
    "pillow",
)
FACE_LIBRARIES = (*PICTURE_LIBRARIES, "insightface", "onnxruntime", "onnxruntime-gpu")
ATTRIBUTE_LIBRARIES = (*FACE_LIBRARIES, "deepface")


def chunks(rows: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Rows in runs of about `size`, at most four times as many, their order kept.

    A run ends after a row whose item's hash says so, not at a count: one row more or less changes
    the run that it falls into and leaves the others, and what was made of them, as they are.
    """
    run: list[T] = []
    for row in rows:
        run.append(row)
        lot = hashlib.sha256(f"cut:{row.item}".encode()).digest()
        if int.from_bytes(lot[:8], "big") % size == 0 or len(run) == 4 * size:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def raw_file(root: Path, relative: str) -> RawFile:
    """A raw file as the plan sees it; one that cannot be read has size -1: `process` says why."""
    try:
        stat = stat_inside(root, relative)
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
    """A picture that an earlier stage has read.

    Raises IncompleteError when it cannot be read any more or its bytes are others: that is the
    machine's trouble and passes, so it must not become a rejection, which stays.
    """
    try:
        picture = usable_picture(root, relative, max_pixels)
    except PictureError as error:
        raise lost_file(relative, error.detail) from error
    if picture.digest != digest:
        raise lost_file(relative, "it is not the file that was read before")
    return picture


def lost_file(relative: str, why: str) -> IncompleteError:
    """A raw file that was there a moment ago."""
    return IncompleteError(
        f"{relative} changed while the build ran: {why}",
        hint="bring the file back or touch it, then give the same command again: it goes on",
    )


def threads_beside(*, gpu: bool) -> int:
    """How many threads shall read, paste and encode while a network runs.

    One on the CPU is slow: one thread keeps it busy, and a second one costs more. One on a GPU
    needs several, of which more than eight would only wait for Python's lock; the machine may have
    other GPUs, too.
    """
    return max(2, min(len(os.sched_getaffinity(0)) - 1, 8)) if gpu else 1


_OPENCV = threading.Lock()
_alone = _before = 0  # who wants OpenCV to have one thread; how many it had before


@contextmanager
def one_thread_in_opencv() -> Iterator[None]:
    """Its own threads would wait for one another where several threads or processes call it."""
    global _alone, _before  # noqa: PLW0603  # as OpenCV's setting, the process has one
    with _OPENCV:
        if not _alone:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _alone += 1
    try:
        yield
    finally:
        with _OPENCV:
            _alone -= 1
            if not _alone:
                cv2.setNumThreads(_before)


def too_young(
    picture: NDArray[np.uint8], face: Face, floor: int | None, models: Models
) -> str | None:
    """Why a face is under the recipe's age floor, by the pack's guess; None where it is not, and
    where there is no floor: then nobody guesses.

    picture: (H, W, 3) uint8 BGR. floor: years.
    """
    if floor is None:
        return None
    age = models.age.guess(picture, face)
    return f"looks {age}, {floor} is the floor" if age < floor else None


def sure(kind: type[V], probabilities: NDArray[np.float64], floor: float) -> V | None:
    """The most likely value of an enum when its probability reaches the floor, else null.

    probabilities: (len(kind),) in the enum's order.
    """
    best = int(np.argmax(probabilities))
    return list(kind)[best] if probabilities[best] >= floor else None
