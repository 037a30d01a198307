"""The pictures as the image tower takes them, cropped once and kept in a file of pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.materials import Materials
from cocopfs.audit.samples import pictures
from cocopfs.baseline.collection import Collection
from cocopfs.baseline.faces import originals
from cocopfs.baseline.kept import header, read_kept
from cocopfs.engine.commit import commit
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.publish.decoding import decode

Pixels = NDArray[np.uint8]
Crop = Callable[[Pixels], Pixels]
"""From a picture, (h, w, 3) uint8 BGR, to the (s, s, 3) uint8 RGB that the tower's preprocessing
makes of it before it scales numbers."""


def cropped_pictures(
    collection: Collection, crop: Crop, side: int, path: Path, progress: Progress
) -> Pixels:
    """(n, side, side, 3) uint8 RGB, the published pictures in the order of the rows: a file mapped
    into memory, made unless `path` is there and whole. Its name must stand for the dataset and the
    crop.

    Raises UsageError that names a picture that cannot be decoded."""

    def crops() -> Iterator[Pixels]:
        samples = collection.texts("sample_id")
        for row, jpeg in pictures(collection.dataset, collection.samples, range(len(collection))):
            try:
                pixels = decode(jpeg, f"the picture of {samples[row]}")
            except ValueError as error:
                raise UsageError(str(error), hint="build the dataset again") from error
            yield crop(pixels)

    return _kept(path, len(collection), side, crops, progress)


def cropped_originals(
    collection: Collection, materials: Materials, rows: NDArray[np.int64], crop: Crop
) -> Iterator[Pixels]:
    """The same of the unswapped photographs of some rows, in their order: one of each row.

    Raises UsageError that names a photograph that cannot be read."""
    read = originals(collection, materials, rows.tolist())
    for row in rows.tolist():
        found = next(read, None)
        if found is None or found[0] != row:
            raise UsageError(
                f"{collection.texts('file_name')[row]} can no longer be read from {materials.coco}",
                expected="the photographs to stay where they are while the baseline is made",
                hint="put it back and run the same command again",
            )
        yield crop(found[1])


def _kept(
    path: Path,
    count: int,
    side: int,
    crops: Callable[[], Iterator[Pixels]],
    progress: Progress,
) -> Pixels:
    shape = (count, side, side, 3)

    def write(file: BinaryIO) -> None:
        file.write(header(shape, np.uint8))
        progress.start("pictures", count)
        written = 0
        for pixels in crops():
            if pixels.shape != shape[1:] or pixels.dtype != np.uint8:
                raise ValueError(f"a crop is {pixels.shape} {pixels.dtype}, not {shape[1:]} uint8")
            file.write(np.ascontiguousarray(pixels).tobytes())
            progress.advance(1, 0)
            written += 1
        progress.finish()
        if written != count:
            raise UsageError(f"only {written} of {count} pictures are in the dataset's files")

    found = read_kept(path, shape, np.uint8)
    if found is None:
        commit(path, write)
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    return np.asarray(found)
