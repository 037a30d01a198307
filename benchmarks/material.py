"""What the benchmarks of the swap work on: drawn photographs and portraits, and what `select` and
`enroll` would have found in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.records import Box, Face, Portrait, SwapTarget, pack_vector
from cocopfs.world.kinds import Kind
from cocopfs.world.portrait import draw_portrait
from cocopfs.world.truth import identity, photo_scene

IDENTITIES_A_PHOTO = 5
PHOTO_SIDE = 640  # the longer one
PORTRAIT_SIDE = 320  # about VGGFace2's mean
_SEED = 5
_QUALITY = 94
_PLAIN = {Kind.PLAIN: 1.0}


@dataclass(frozen=True)
class Material:
    """Photos below `coco`, one portrait of each identity below `gallery`."""

    coco: Path
    gallery: Path
    targets: Sequence[SwapTarget]
    sources: Mapping[str, tuple[Portrait, ...]]

    def photo(self, target: SwapTarget) -> Path:
        return self.coco / target.subset / target.file_name

    def portrait(self, class_id: str) -> Path:
        return self.gallery / self.sources[class_id][0].path

    def repeated(self, photos: int) -> list[SwapTarget]:
        """As many targets, the same files again and again."""
        return [self.targets[number % len(self.targets)] for number in range(photos)]


def draw_material(folder: Path, photos: int, identities: int) -> Material:
    """Photos of COCO's size, with five of the identities each, as JPEG files."""
    coco, gallery = folder / "coco", folder / "gallery"
    rng = np.random.default_rng(_SEED)
    sources = {}
    for number in range(1, identities + 1):
        class_id = f"n{number:06d}"
        drawn = draw_portrait(identity(_SEED, number), number, PORTRAIT_SIDE)
        path = f"train/{class_id}/0001_01.jpg"
        digest = _write(gallery / path, drawn.picture)
        embedding = rng.standard_normal(512).astype(np.float32)
        face = _face(drawn.box, drawn.landmarks)
        packed = pack_vector(embedding / np.linalg.norm(embedding))
        sources[class_id] = (Portrait(f"{class_id}/0001_01", path, digest, face, 1.0, packed),)
    targets = []
    for photo_id in range(1, photos + 1):
        scene = photo_scene(_SEED, photo_id, _PLAIN)
        assert scene.landmarks is not None
        assert scene.face_box is not None
        name = f"{photo_id:012d}.jpg"
        scale = PHOTO_SIDE / max(scene.picture.shape)
        enlarged = cv2.resize(
            scene.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC
        )
        digest = _write(coco / "train2017" / name, np.asarray(enlarged, np.uint8))
        first = photo_id * IDENTITIES_A_PHOTO
        chosen = [list(sources)[(first + n) % identities] for n in range(IDENTITIES_A_PHOTO)]
        face = _face(scene.face_box, scene.landmarks, scale)
        targets.append(SwapTarget(photo_id, "train2017", name, digest, face, tuple(chosen)))
    return Material(coco, gallery, targets, sources)


def _write(path: Path, picture: NDArray[np.uint8]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _face(box: Box, landmarks: NDArray[np.float32], scale: float = 1) -> Face:
    """In a picture that was enlarged so many times: landmarks are at pixels' centres."""
    edges = (scale * side for side in (box.x, box.y, box.width, box.height))
    points = (landmarks + 0.5) * scale - 0.5
    return Face(Box(*edges), tuple(points.ravel().tolist()), 0.9)
