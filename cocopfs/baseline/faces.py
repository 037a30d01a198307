"""Face features of the rows' pictures: of the swapped ones, and of the originals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cocopfs.audit.materials import UNUSABLE, Materials
from cocopfs.audit.samples import LANDMARKS, pictures
from cocopfs.baseline.collection import Collection
from cocopfs.engine.progress import Progress
from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Device
from cocopfs.publish.decoding import decode

Vectors = NDArray[np.float32]
_BATCH = 32
_SIDE: Final = 112


def open_recogniser(collection: Collection, pack: Path, device: Device) -> Recogniser:
    """The recogniser that made the gallery's embeddings. Raises UsageError where it is another."""
    dataset = collection.dataset
    opened = open_pack(pack, [Role.RECOGNISER])
    driver = dataset.manifest.pack.files.get(Role.RECOGNISER)
    if driver is None or driver.sha256 != opened.digest_of(Role.RECOGNISER):
        raise UsageError(
            f"the recogniser in {pack} is not the one that made the embeddings",
            expected=f"sha256 {driver.sha256 if driver else 'unknown'}",
            hint="give the pack that the dataset was built with: --pack DIR",
        )
    threads = int(dataset.manifest.recipe.get("runtime", {}).get("threads", 1))
    return Recogniser(opened.path(Role.RECOGNISER), device, threads)


def swapped_faces(collection: Collection, recogniser: Recogniser, progress: Progress) -> Vectors:
    """(n, f): the embedding of each row's face as its published picture shows it, at the original
    face's landmarks."""
    points = landmarks(collection)

    def crops() -> Iterator[NDArray[np.uint8]]:
        samples = collection.samples
        for row, jpeg in pictures(collection.dataset, samples, range(len(samples))):
            yield align(decode(jpeg), points[row], _SIDE)[0]

    return _embedded(recogniser, crops(), "faces", len(collection), progress)


def original_faces(
    collection: Collection,
    materials: Materials,
    recogniser: Recogniser,
    rows: NDArray[np.int64],
    progress: Progress,
) -> tuple[NDArray[np.int64], Vectors]:
    """Of the photographs of these rows whose original can be read: a row each, (m,), and the
    embedding of the original face, (m, f)."""
    points = landmarks(collection)
    _, places = np.unique(collection.photos[rows], return_index=True)
    firsts = rows[places]
    seen: list[int] = []

    def crops() -> Iterator[NDArray[np.uint8]]:
        for row, pixels in originals(collection, materials, firsts.tolist()):
            seen.append(row)
            yield align(pixels, points[row], _SIDE)[0]

    vectors = _embedded(recogniser, crops(), "originals", len(firsts), progress)
    return np.asarray(seen, np.int64), vectors


def originals(
    collection: Collection, materials: Materials, rows: Iterable[int]
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The unswapped photographs of some rows, upright, (h, w, 3) uint8 BGR; those that cannot be
    read are passed over."""
    files = collection.texts("file_name")
    widths, heights = (collection.samples.values(side) for side in ("width", "height"))
    for row in rows:
        try:
            yield row, materials.photo(files[row], int(widths[row]), int(heights[row]))
        except UNUSABLE:
            continue


def landmarks(collection: Collection) -> NDArray[np.float32]:
    """(n, 5, 2)."""
    columns = [collection.samples.values(name) for name in LANDMARKS]
    return np.stack(columns, axis=1).astype(np.float32).reshape(-1, 5, 2)


def _embedded(
    recogniser: Recogniser,
    crops: Iterator[NDArray[np.uint8]],
    what: str,
    total: int,
    progress: Progress,
) -> Vectors:
    found = [np.empty((0, recogniser.dimension), np.float32)]
    progress.start(what, total)
    while batch := list(islice(crops, _BATCH)):
        found.append(recogniser.embed(batch, _BATCH))
        progress.advance(len(batch), 0)
    progress.finish()
    return np.concatenate(found)
