"""swap: pairings → swapped pictures with their figures and their mark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.stage import Result, Shard
from cocopfs.engine.store import Upstream, write_table
from cocopfs.faces.align import align
from cocopfs.faces.blend import blend
from cocopfs.faces.models import Models
from cocopfs.faces.paste import FaceTooSmallToSwap, SwappedFace
from cocopfs.faces.poses import choose
from cocopfs.publish.mark import Mark, opaque_id, write_mark
from cocopfs.quality.figures import MIN_SCORE, cosine, redetected
from cocopfs.quality.measure import measure
from cocopfs.recipe import SwapPart, settings_of
from cocopfs.records import (
    Figures,
    Identity,
    ItemKind,
    Pairing,
    Photo,
    Portrait,
    Reason,
    Rejection,
    Swap,
    SwapSource,
    SwapTarget,
    unpack_vector,
)
from cocopfs.sources.pictures import Picture
from cocopfs.stages.contract import FACE_LIBRARIES, chunks, same_picture

_FACE_PIXELS: Final = 112
_KEPT_BYTES = 256 * 2**20

Sources = Mapping[str, tuple[Portrait, ...]]


@dataclass(frozen=True)
class SwapFaces:
    """Each photo is decoded and aligned once, with `select`'s landmarks, for all its identities."""

    part: SwapPart
    max_pixels: int
    model_digests: Mapping[str, str]
    salt: str  # makes sample ids in the marks opaque
    coco: Path
    gallery: Path

    name: ClassVar[str] = "swap"
    version: ClassVar[int] = 2
    gives: ClassVar[type] = Swap
    reads: ClassVar[tuple[str, ...]] = ("select", "enroll", "match")
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = FACE_LIBRARIES
    batch_setting: ClassVar[str | None] = None

    @property
    def settings(self) -> Mapping[str, Any]:
        return settings_of("swap", self.part) | {"select.max_pixels": self.max_pixels}

    @property
    def ingredients(self) -> Mapping[str, str]:
        return {**self.model_digests, "salt": self.salt}

    def size(self, upstream: Upstream) -> int:
        return len({pairing.photo_id for pairing in upstream.read("match", Pairing)})

    def shards(self, upstream: Upstream) -> Iterator[Shard]:
        photos = {photo.photo_id: photo for photo in upstream.read("select", Photo)}
        sources = {
            identity.class_id: SwapSource(identity.class_id, identity.sources)
            for identity in upstream.read("enroll", Identity)
        }
        for targets in chunks(_targets(upstream, photos), self.part.shard_photos):
            wanted = sorted({class_id for target in targets for class_id in target.class_ids})
            name = f"{targets[0].photo_id:012d}"
            yield Shard(name, targets, tuple(sources[class_id] for class_id in wanted))

    def process(self, shard: Shard, models: Models) -> Result:
        result = Result([], [])
        sources = {source.class_id: source.sources for source in shard.context}
        portraits = _Portraits(self.gallery, self.max_pixels)
        for target in shard.rows:
            swaps, rejections = self._swap_photo(target, sources, portraits, models)
            if not swaps:
                whole = replace(rejections[0], kind=ItemKind.PHOTO, item=target.item)
                rejections.append(whole)
            result.rows.extend(swaps)
            result.rejections.extend(rejections)
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        write_table(file, Swap, rows)

    def _swap_photo(
        self,
        target: SwapTarget,
        sources: Sources,
        portraits: _Portraits,
        models: Models,
    ) -> tuple[list[Swap], list[Rejection]]:
        picture = same_picture(
            self.coco, f"{target.subset}/{target.file_name}", target.file_digest, self.max_pixels
        )
        swap_all = self._inswapper if self.part.swapper == "inswapper" else self._blend
        done: list[_Done] = []
        rejections = []
        for class_id, outcome in swap_all(picture, target, sources, portraits, models):
            if isinstance(outcome, FaceTooSmallToSwap):
                item = f"{target.photo_id}_{class_id}"
                reason = Reason.TOO_SMALL_TO_SWAP
                rejections.append(Rejection(ItemKind.SAMPLE, item, self.name, reason, str(outcome)))
            else:
                done.append(outcome)
        pictures = [picture.pixels, *(one.swapped.picture for one in done)]
        original, *embeddings = models.recogniser.embed(
            [align(pixels, target.face.points, _FACE_PIXELS)[0] for pixels in pictures],
            batch=len(pictures),
        )
        swaps = []
        for one, embedding in zip(done, embeddings, strict=True):
            # As `select` looked at the original: another crop would give another scale, and then
            # the landmarks of small faces move without any swap.
            found = models.detector.detect(one.swapped.picture, MIN_SCORE)
            figures = measure(
                picture.pixels,
                target.face,
                one.swapped,
                redetected(target.face, found),
                grey=picture.grey,
                similarity=cosine(embedding, unpack_vector(one.portrait.embedding)),
                residual=cosine(embedding, original),
            )
            swaps.append(self._encode(target, one, figures))
        return swaps, rejections

    def _inswapper(
        self,
        picture: Picture,
        target: SwapTarget,
        sources: Sources,
        portraits: _Portraits,
        models: Models,
    ) -> Iterator[_Outcome]:
        """The best source of each identity drives its swap; the face is aligned once for all."""
        best = [sources[class_id][0] for class_id in target.class_ids]
        embeddings = np.stack([unpack_vector(portrait.embedding) for portrait in best])
        try:
            swapped = list(
                models.inswapper.swap_each(picture.pixels, target.face.points, embeddings)
            )
        except FaceTooSmallToSwap as error:
            for class_id in target.class_ids:
                yield class_id, error
            return
        for portrait, class_id, face in zip(best, target.class_ids, swapped, strict=True):
            yield class_id, _Done(class_id, portrait, face)

    def _blend(
        self,
        picture: Picture,
        target: SwapTarget,
        sources: Sources,
        portraits: _Portraits,
        models: Models,
    ) -> Iterator[_Outcome]:
        """The source in the pose nearest to the photo's is laid over the face."""
        for class_id in target.class_ids:
            choice = choose(target.face, [portrait.face for portrait in sources[class_id]])
            portrait = sources[class_id][choice.index]
            try:
                swapped = blend(
                    picture.pixels,
                    target.face,
                    portraits.pixels(portrait),
                    portrait.face,
                    mirrored=choice.mirrored,
                    grey=picture.grey,
                    poisson=self.part.poisson,
                )
            except FaceTooSmallToSwap as error:
                yield class_id, error
            else:
                yield class_id, _Done(class_id, portrait, swapped)

    def _encode(self, target: SwapTarget, done: _Done, figures: Figures) -> Swap:
        sample_id = f"{target.photo_id}_{done.class_id}"
        # Without the version: a release that changes no pixel must not redo every swap.
        mark = Mark(opaque_id(self.salt, sample_id), "cocopfs")
        jpeg = write_mark(encode_jpeg(done.swapped.picture, self.part.jpeg_quality), mark)
        return Swap(
            sample_id=sample_id,
            photo_id=target.photo_id,
            class_id=done.class_id,
            picture=jpeg,
            picture_digest=hashlib.sha256(jpeg).hexdigest(),
            source_portrait=done.portrait.portrait_id,
            figures=figures,
        )


@dataclass(frozen=True, slots=True)
class _Done:
    class_id: str
    portrait: Portrait
    swapped: SwappedFace


# An identity and its swap, or why there is none.
_Outcome = tuple[str, _Done | FaceTooSmallToSwap]


@dataclass
class _Portraits:
    """The portrait pictures used last, up to _KEPT_BYTES of them."""

    gallery: Path
    max_pixels: int
    decoded: dict[str, NDArray[np.uint8]] = field(default_factory=dict)

    def pixels(self, portrait: Portrait) -> NDArray[np.uint8]:
        pixels = self.decoded.pop(portrait.portrait_id, None)
        if pixels is None:
            pixels = same_picture(
                self.gallery, portrait.path, portrait.file_digest, self.max_pixels
            ).pixels
        self.decoded[portrait.portrait_id] = pixels  # the newest stands last
        while len(self.decoded) > 1 and sum(p.nbytes for p in self.decoded.values()) > _KEPT_BYTES:
            del self.decoded[next(iter(self.decoded))]
        return pixels


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """(h, w, 3) BGR as JPEG bytes at 4:4:4: chroma subsampling would change untouched pixels."""
    flags = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    _, data = cv2.imencode(".jpg", picture, flags)
    return data.tobytes()


def _targets(upstream: Upstream, photos: Mapping[int, Photo]) -> Iterator[SwapTarget]:
    pairings = upstream.read("match", Pairing)
    for photo_id, group in groupby(pairings, key=lambda pairing: pairing.photo_id):
        photo = photos[photo_id]
        yield SwapTarget(
            photo_id=photo_id,
            subset=photo.subset,
            file_name=photo.file_name,
            file_digest=photo.file_digest,
            face=photo.face,
            class_ids=tuple(pairing.class_id for pairing in group),
        )
