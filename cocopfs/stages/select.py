"""select: COCO annotations → photographs of exactly one adult with one usable face."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

from cocopfs.captions.minors import mentions_minor
from cocopfs.captions.template import load_template
from cocopfs.engine.pipeline import read_ahead
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.faces.models import Models
from cocopfs.publish.tombstones import NOBODY, Tombstones
from cocopfs.recipe import SelectPart, settings_of
from cocopfs.records import (
    AnnotatedPhoto,
    Box,
    Face,
    ItemKind,
    Photo,
    Reason,
    Rejection,
)
from cocopfs.sources.coco import Coco, read_coco
from cocopfs.sources.pictures import Picture, PictureError, upright_box
from cocopfs.stages.contract import (
    AHEAD,
    FACE_LIBRARIES,
    chunks,
    lost_file,
    one_thread_in_opencv,
    raw_file,
    threads_beside,
    too_young,
    usable_picture,
)

_LONGEST_CAPTION: Final = 10_000  # characters; COCO's longest has some 250


@dataclass(frozen=True)
class Select:
    """Every rule that needs no picture comes first; the first rule that fails is the reason."""

    part: SelectPart
    template: str  # its list of words tells minors
    template_digest: str
    model_digests: Mapping[str, str]
    coco: Path
    limit: int | None
    tombstones: Tombstones = NOBODY

    name: ClassVar[str] = "select"
    version: ClassVar[int] = 2
    gives: ClassVar[type] = Photo
    reads: ClassVar[tuple[str, ...]] = ()
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = FACE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("select", self.part)

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {**self.model_digests, f"captions/{self.template}": self.template_digest}

    def size(self, upstream: Upstream) -> int:
        return len(self._photos())

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        for rows in chunks(self._photos(), self.part.shard_photos):
            files = tuple(
                raw_file(self.coco, f"{photo.subset}/{photo.file_name}") for photo in rows
            )
            yield Shard(f"{rows[0].photo_id:012d}", rows, files=files)

    @one_thread_in_opencv()
    def process(self, shard: Shard, models: Models) -> Result:
        result = Result([], [])
        sizes = {file.path: file.size for file in shard.files}
        threads = threads_beside(gpu=models.on_gpu)
        with closing(read_ahead(shard.rows, self._read, threads=threads, ahead=AHEAD)) as photos:
            for photo, read in photos:
                try:
                    result.rows.append(self._select(photo, *read(), models))
                except _Refused as refused:
                    path = f"{photo.subset}/{photo.file_name}"
                    if refused.reason is Reason.MISSING_FILE and sizes[path] >= 0:
                        raise lost_file(path, refused.detail) from refused
                    why = refused.reason, refused.detail
                    result.rejections.append(Rejection(ItemKind.PHOTO, photo.item, self.name, *why))
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Photo, rows)

    def refuse(self, row: AnnotatedPhoto, reason: Reason, detail: str) -> list[Rejection]:
        return [Rejection(ItemKind.PHOTO, row.item, self.name, reason, detail)]

    def _photos(self) -> list[AnnotatedPhoto]:
        """Without those that were taken out: nobody looks at them again."""
        photos = annotated_photos(self.coco, self.part.subsets, self.limit)
        return [photo for photo in photos if not self.tombstones.photo(photo.photo_id)]

    def _read(self, annotated: AnnotatedPhoto) -> tuple[Picture, Box]:
        """The photo and the box of its person. Raises _Refused."""
        self._check_annotations(annotated)
        path = f"{annotated.subset}/{annotated.file_name}"
        try:
            picture = usable_picture(self.coco, path, self.part.max_pixels)
            person = upright_box(
                annotated.person_boxes[0], picture, annotated.width, annotated.height
            )
        except PictureError as error:
            raise _Refused(error.reason, error.detail) from error
        height, width = picture.pixels.shape[:2]
        if not _is_possible(person, width, height):
            raise _Refused(
                Reason.BAD_ANNOTATION,
                f"person box {person.x:g}, {person.y:g}, {person.width:g} x {person.height:g} in "
                f"a picture of {width} x {height}",
            )
        return picture, person

    def _select(
        self, annotated: AnnotatedPhoto, picture: Picture, person: Box, models: Models
    ) -> Photo:
        face = self._only_face(
            models.detector.detect(picture.pixels, self.part.min_face_score), person
        )
        young = too_young(picture.pixels, face, self.part.min_age, models)
        if young is not None:
            raise _Refused(Reason.LOOKS_TOO_YOUNG, young)
        height, width = picture.pixels.shape[:2]
        return Photo(
            photo_id=annotated.photo_id,
            subset=annotated.subset,
            file_name=annotated.file_name,
            file_digest=picture.digest,
            width=width,
            height=height,
            grey=picture.grey,
            licence=annotated.licence,
            coco_url=annotated.coco_url,
            flickr_url=annotated.flickr_url,
            captions=annotated.captions,
            person_box=person,
            face=face,
        )

    def _check_annotations(self, photo: AnnotatedPhoto) -> None:
        if photo.crowd:
            raise _Refused(Reason.CROWD, "a person annotation is a crowd")
        if len(photo.person_boxes) != 1:
            reason = Reason.SEVERAL_PEOPLE if photo.person_boxes else Reason.NO_PERSON
            raise _Refused(reason, f"{len(photo.person_boxes)} person annotations")
        box = photo.person_boxes[0]
        if not (box.width > 0 and box.height > 0):
            raise _Refused(Reason.BAD_ANNOTATION, f"person box {box.width:g} x {box.height:g}")
        if photo.licence.licence_id in self.part.exclude_licences:
            raise _Refused(Reason.LICENCE, f"{photo.licence.licence_id}: {photo.licence.name}")
        if not photo.captions:
            raise _Refused(Reason.NO_CAPTION, "no caption, so nobody can tell a minor")
        template = load_template(self.template)
        for caption in photo.captions:
            fault = _caption_fault(caption.text)
            if fault is not None:
                raise _Refused(Reason.BAD_ANNOTATION, f"caption {caption.caption_id} {fault}")
            word = mentions_minor(caption.text, template)
            if word is not None:
                raise _Refused(Reason.MINOR, f"caption {caption.caption_id} says {word!r}")

    def _only_face(self, faces: list[Face], person: Box) -> Face:
        """The one face of which enough lies in the person's box; detections elsewhere do not count:
        posters, reflections, people whom nobody annotated."""
        inside = [
            face for face in faces if share_inside(face.box, person) >= self.part.min_face_in_person
        ]
        if len(inside) != 1:
            reason = Reason.SEVERAL_FACES if inside else Reason.NO_FACE
            raise _Refused(reason, f"{len(inside)} faces in the person's box, {len(faces)} in all")
        face = inside[0]
        if face.inter_ocular < self.part.min_inter_ocular:
            raise _Refused(
                Reason.FACE_TOO_SMALL,
                f"{face.inter_ocular:.1f} px between the eyes, "
                f"{self.part.min_inter_ocular:g} are needed",
            )
        return face


def _is_possible(box: Box, width: int, height: int) -> bool:
    """In the picture at least in part, and no further out of it than it is large: what people draw
    may stick out, what lies elsewhere was never drawn."""
    return (
        -width < box.x < width
        and -height < box.y < height
        and 0 < box.x + box.width < 2 * width
        and 0 < box.y + box.height < 2 * height
    )


def _caption_fault(text: str) -> str | None:
    """What keeps a text from being a caption. Line breaks and tabs count as blanks."""
    if len(text) > _LONGEST_CAPTION:
        return f"has {len(text)} characters"
    strange = next((c for c in text if unicodedata.category(c) == "Cc" and not c.isspace()), None)
    return None if strange is None else f"has the control character {strange!r} in it"


class _Refused(Exception):
    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@lru_cache(maxsize=1)
def index(coco: Path, subsets: tuple[str, ...] | None) -> Coco:
    """The annotations, read once a process: it takes seconds for all of COCO."""
    return read_coco(coco, subsets)


def annotated_photos(
    coco: Path, subsets: tuple[str, ...] | None, limit: int | None
) -> list[AnnotatedPhoto]:
    """The photographs that a build looks at, those that were taken out among them."""
    photos = list(index(coco, subsets).photos)
    return photos if limit is None or limit >= len(photos) else limited(photos, limit)


def limited(photos: list[AnnotatedPhoto], count: int) -> list[AnnotatedPhoto]:
    """A stable subset: the same photos whatever else is there, and a larger limit adds to them."""

    def order(photo: AnnotatedPhoto) -> bytes:
        return hashlib.sha256(f"limit:{photo.photo_id}".encode()).digest()

    chosen = sorted(photos, key=order)[:count]
    return sorted(chosen, key=lambda photo: photo.photo_id)


def share_inside(inner: Box, outer: Box) -> float:
    """The share of a box's area that lies in another box, 0 for an empty one."""
    width = min(inner.x + inner.width, outer.x + outer.width) - max(inner.x, outer.x)
    height = min(inner.y + inner.height, outer.y + outer.height) - max(inner.y, outer.y)
    area = inner.width * inner.height
    return max(width, 0.0) * max(height, 0.0) / area if area > 0 else 0.0
