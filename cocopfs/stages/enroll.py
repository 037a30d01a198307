"""enroll: folders of portraits → identities with embeddings, sources and a reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.pipeline import read_ahead
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.faces.align import align
from cocopfs.faces.attributes import face_crop
from cocopfs.faces.models import Models
from cocopfs.publish.tombstones import NOBODY, Tombstones
from cocopfs.recipe import EnrollPart, settings_of
from cocopfs.records import (
    Ethnicity,
    Face,
    GalleryIdentity,
    Identity,
    ItemKind,
    Reason,
    Rejection,
)
from cocopfs.sources.origin import Origin, portraits_origin
from cocopfs.sources.pictures import Picture, PictureError
from cocopfs.sources.vggface2 import Gallery, read_gallery
from cocopfs.stages.contract import (
    AHEAD,
    ATTRIBUTE_LIBRARIES,
    chunks,
    lost_file,
    one_thread_in_opencv,
    raw_file,
    sure,
    threads_beside,
    too_young,
    usable_picture,
)
from cocopfs.stages.gallery import Candidate, choose_portraits

_FACE_PIXELS: Final = 112

_Read = Callable[[], Picture]


@dataclass(frozen=True)
class Enroll:
    """Gender comes from the identity list, ethnicity by vote over the portraits."""

    part: EnrollPart
    needed: tuple[str, ...]  # match.by
    max_pixels: int
    model_digests: Mapping[str, str]
    gallery: Path
    tombstones: Tombstones = NOBODY

    name: ClassVar[str] = "enroll"
    version: ClassVar[int] = 1
    gives: ClassVar[type] = Identity
    reads: ClassVar[tuple[str, ...]] = ()
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = ATTRIBUTE_LIBRARIES
    batch_setting: ClassVar[str | None] = "enroll.batch"

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("enroll", self.part) | {
            "match.by": list(self.needed),
            "select.max_pixels": self.max_pixels,
        }

    @property
    def ingredients(self) -> Mapping[str, str]:
        return self.model_digests

    def size(self, upstream: Upstream) -> int:
        return len(self._identities())

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        for rows in chunks(self._identities(), self.part.shard_identities):
            files = tuple(raw_file(self.gallery, path) for row in rows for path in row.portraits)
            # A class id may be too long or too odd for a file's name.
            name = hashlib.sha256(rows[0].class_id.encode()).hexdigest()[:16]
            yield Shard(name, rows, files=files)

    @one_thread_in_opencv()
    def process(self, shard: Shard, models: Models) -> Result:
        result = Result([], [])
        there = {file.path for file in shard.files if file.size >= 0}
        with closing(self._read_ahead(shard.rows, gpu=models.on_gpu)) as pictures:
            for row in shard.rows:
                if not self._of_use(row):
                    result.rejections.append(
                        _rejection(row, Reason.GENDER_UNKNOWN, "the identity list does not tell it")
                    )
                    continue
                own = islice(pictures, len(row.portraits))
                portraits, rejections = self._usable(own, there, models)
                result.rejections.extend(rejections)
                identity = self._enroll(row, portraits, models)
                if identity is None:
                    detail = (
                        f"{len(portraits)} of {len(row.portraits)} portraits are usable; "
                        "one source and one reference of one person are needed"
                    )
                    result.rejections.append(_rejection(row, Reason.FEW_PORTRAITS, detail))
                else:
                    result.rows.append(identity)
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Identity, rows)

    def refuse(self, row: GalleryIdentity, reason: Reason, detail: str) -> list[Rejection]:
        return [_rejection(row, reason, detail)]

    def _identities(self) -> list[GalleryIdentity]:
        """Without those that were taken out: nobody looks at their portraits again."""
        gallery = gallery_index(self.gallery, self.part.portraits_per_identity)
        return [
            row
            for row in gallery.identities
            if not self.tombstones.identity(row.class_id, row.name)
        ]

    def _of_use(self, row: GalleryIdentity) -> bool:
        return row.gender is not None or "gender" not in self.needed

    def _read_ahead(
        self, rows: Iterable[GalleryIdentity], *, gpu: bool
    ) -> Generator[tuple[str, _Read], None, None]:
        """The paths and pictures of the portraits of all identities of use."""

        def read(path: str) -> Picture:
            return usable_picture(self.gallery, path, self.max_pixels)

        paths = (path for row in rows if self._of_use(row) for path in row.portraits)
        return read_ahead(paths, read, threads=threads_beside(gpu=gpu), ahead=AHEAD)

    def _usable(
        self, pictures: Iterable[tuple[str, _Read]], there: set[str], models: Models
    ) -> tuple[list[_Usable], list[Rejection]]:
        usable, rejections = [], []
        for path, read in pictures:
            portrait_id = "/".join(Path(path).with_suffix("").parts[-2:])
            try:
                picture = read()
                face = self._main_face(
                    models.detector.detect(picture.pixels, self.part.min_face_score), picture
                )
                young = too_young(picture.pixels, face, self.part.min_age, models)
                if young is not None:
                    raise PictureError(Reason.LOOKS_TOO_YOUNG, young)
            except PictureError as error:
                if error.reason is Reason.MISSING_FILE and path in there:
                    raise lost_file(path, error.detail) from error
                rejections.append(
                    Rejection(ItemKind.PORTRAIT, portrait_id, self.name, error.reason, error.detail)
                )
                continue
            aligned, _ = align(picture.pixels, face.points, _FACE_PIXELS)
            usable.append(
                _Usable(
                    portrait_id,
                    path,
                    picture.digest,
                    face,
                    aligned,
                    face_crop(picture.pixels, face),
                )
            )
        return usable, rejections

    def _main_face(self, faces: list[Face], picture: Picture) -> Face:
        """The face that the crop was made for: the one nearest the middle, in face widths.

        Raises PictureError when there is none, or it is too small.
        """
        if not faces:
            raise PictureError(
                Reason.NO_FACE, f"no face with a score of {self.part.min_face_score:g} or more"
            )
        height, width = picture.pixels.shape[:2]

        def from_middle(face: Face) -> float:
            x = face.box.x + face.box.width / 2 - width / 2
            y = face.box.y + face.box.height / 2 - height / 2
            return float(np.hypot(x, y)) / max(face.box.width, 1.0)

        face = min(faces, key=from_middle)
        if face.inter_ocular < self.part.min_inter_ocular:
            raise PictureError(
                Reason.FACE_TOO_SMALL,
                f"{face.inter_ocular:.1f} px between the eyes, "
                f"{self.part.min_inter_ocular:g} are needed",
            )
        return face

    def _enroll(
        self, row: GalleryIdentity, portraits: list[_Usable], models: Models
    ) -> Identity | None:
        if not portraits:
            return None
        embeddings = models.recogniser.embed([p.aligned for p in portraits], self.part.batch)
        chosen = choose_portraits(
            [
                Candidate(
                    p.portrait_id, p.path, p.file_digest, p.face, sharpness(p.aligned), embedding
                )
                for p, embedding in zip(portraits, embeddings, strict=True)
            ],
            self.part,
        )
        if chosen is None:
            return None
        crops = {p.portrait_id: p.crop for p in portraits}
        _, ethnicity = models.attributes.predict(
            [crops[portrait_id] for portrait_id in chosen.kept], self.part.batch
        )
        votes = ethnicity.mean(axis=0)
        return Identity(
            class_id=row.class_id,
            name=row.name,
            gender=row.gender,
            ethnicity=sure(Ethnicity, votes, self.part.min_ethnicity_share),
            ethnicity_votes=tuple(float(vote) for vote in votes),
            sources=chosen.sources,
            reference=chosen.reference,
            medoid=chosen.medoid,
        )


@dataclass(frozen=True, slots=True)
class _Usable:
    """A portrait with one good face, and the crops that the networks want."""

    portrait_id: str
    path: str
    file_digest: str
    face: Face
    aligned: NDArray[np.uint8]
    crop: NDArray[np.float32]


@lru_cache(maxsize=1)
def gallery_index(gallery: Path, portraits_per_identity: int) -> Gallery:
    """The gallery's folders, listed once a process."""
    return read_gallery(gallery, portraits_per_identity)


def gallery_origin(root: Path, gallery: Gallery) -> Origin:
    """Where the gallery's portraits come from."""
    list_name = gallery.list_file[0] if gallery.list_file else None
    return portraits_origin(root, list_name, (row.class_id for row in gallery.identities))


def sharpness(aligned: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of an aligned (112, 112, 3) BGR face, in squared grey levels."""
    grey = cv2.cvtColor(aligned, cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def _rejection(row: GalleryIdentity, reason: Reason, detail: str) -> Rejection:
    return Rejection(ItemKind.IDENTITY, row.item, Enroll.name, reason, detail)
