"""Faces in pictures from outside the dataset: a query's photo, a gallery of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cocopfs.baseline.collection import Collection
from cocopfs.baseline.faces import Vectors, open_recogniser
from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.detector import Detector
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Device
from cocopfs.sources.pictures import PictureError, read_picture

MAX_PIXELS = 50_000_000
_SIDE: Final = 112
_BATCH = 16


@dataclass(frozen=True, slots=True)
class Eyes:
    """The dataset's own detector and recogniser."""

    detector: Detector
    recogniser: Recogniser
    min_score: float

    def faces(self, picture: NDArray[np.uint8]) -> Vectors:
        """(k, f) the embeddings of the faces in (h, w, 3) uint8 BGR, the largest first."""
        found = self.detector.detect(picture, self.min_score)
        found.sort(key=lambda face: -face.box.width * face.box.height)
        crops = [align(picture, face.points, _SIDE)[0] for face in found]
        return self.recogniser.embed(crops, _BATCH)

    def portrait(self, path: Path) -> NDArray[np.float32]:
        """(f,) the embedding of the largest face in a file. Raises UsageError where it shows
        none."""
        found = self.faces(read_own(path.parent, path.name))
        if not len(found):
            raise UsageError(f"no face was found in {path}", expected="a picture of one person")
        return np.asarray(found[0])


def open_eyes(collection: Collection, pack: Path, device: Device) -> Eyes:
    """Raises UsageError where the pack is another than the dataset's."""
    recipe = collection.dataset.manifest.recipe
    threads = int(recipe.get("runtime", {}).get("threads", 1))
    select = recipe.get("select", {})
    path = open_pack(pack, [Role.DETECTOR]).path(Role.DETECTOR)
    return Eyes(
        Detector(path, device, threads, int(select.get("detector_size", 640))),
        open_recogniser(collection, pack, device),
        float(select.get("min_face_score", 0.5)),
    )


def read_own(root: Path, relative: str) -> NDArray[np.uint8]:
    """A picture of the user's, (h, w, 3) uint8 BGR, upright. Raises UsageError that names it."""
    try:
        return read_picture(root, relative, MAX_PIXELS).pixels
    except (PictureError, OSError) as error:
        why = error.detail if isinstance(error, PictureError) else str(error)
        raise UsageError(
            f"{root / relative} cannot be read: {why}", expected="a JPEG or PNG file"
        ) from error
