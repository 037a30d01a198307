"""swap: pairings → swapped pictures with their figures and their mark."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final

import pyarrow.parquet as pq

from cocopfs.arrow import schema, to_table
from cocopfs.engine.stage import Result, Scope, Shard
from cocopfs.engine.store import Upstream
from cocopfs.faces.align import similarity, warp
from cocopfs.faces.models import Models
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
    Reason,
    Rejection,
    Swap,
    SwapSource,
    SwapTarget,
    unpack_vector,
)
from cocopfs.stages.contract import FACE_LIBRARIES, chunks, one_thread_in_opencv
from cocopfs.stages.jpeg import AlikeJpegs
from cocopfs.stages.swapping import (
    IdentitySwap,
    SwapJob,
    SwappedPhoto,
    blend_photos,
    swap_photos,
)

_FACE_PIXELS: Final = 112
_ROWS_A_GROUP: Final = 50


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
    version: ClassVar[int] = 3
    gives: ClassVar[type] = Swap
    reads: ClassVar[tuple[str, ...]] = ("select", "enroll", "match")
    scope: ClassVar[Scope] = "shard"
    aggregates: ClassVar[bool] = False
    uses_models: ClassVar[bool] = True
    libraries: ClassVar[tuple[str, ...]] = FACE_LIBRARIES

    @property
    def batch_setting(self) -> str | None:
        return "swap.max_batch" if self.part.swapper == "inswapper" else None

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
        for targets in cut(_targets(upstream, photos), self.part.shard_photos):
            wanted = sorted({class_id for target in targets for class_id in target.class_ids})
            name = f"{targets[0].photo_id:012d}"
            yield Shard(name, targets, tuple(sources[class_id] for class_id in wanted))

    @one_thread_in_opencv()
    def process(self, shard: Shard, models: Models) -> Result:
        sources = {source.class_id: source.sources for source in shard.context}
        job = SwapJob(shard.rows, sources, self.coco, self.gallery, self.max_pixels)
        finish = partial(self._finish, models=models)
        if self.part.swapper == "inswapper":
            photos = swap_photos(job, models.inswapper, self.part.max_batch, finish)
        else:
            photos = blend_photos(job, finish, poisson=self.part.poisson)
        result = Result([], [])
        for swaps, rejections in photos:
            result.rows.extend(swaps)
            result.rejections.extend(rejections)
        return result

    def write(self, file: BinaryIO, rows: list[Any]) -> None:
        """A few pictures at a time, for a copy of all of them would take as much memory again."""
        with pq.ParquetWriter(
            file, schema(Swap), compression="none", use_dictionary=False, write_statistics=False
        ) as writer:
            for start in range(0, max(len(rows), 1), _ROWS_A_GROUP):
                writer.write_table(to_table(Swap, rows[start : start + _ROWS_A_GROUP]))

    def refuse(self, row: SwapTarget, reason: Reason, detail: str) -> list[Rejection]:
        """The photo, and each of its pairings."""
        samples = [f"{row.photo_id}_{class_id}" for class_id in row.class_ids]
        items = [(ItemKind.SAMPLE, sample) for sample in samples] + [(ItemKind.PHOTO, row.item)]
        return [Rejection(kind, item, self.name, reason, detail) for kind, item in items]

    def _finish(self, photo: SwappedPhoto, models: Models) -> tuple[list[Swap], list[Rejection]]:
        """Called by several threads at once."""
        target, original = photo.target, photo.original
        rejections = [
            Rejection(
                ItemKind.SAMPLE,
                f"{target.photo_id}_{class_id}",
                self.name,
                Reason.TOO_SMALL_TO_SWAP,
                str(error),
            )
            for class_id, error in photo.refused.items()
        ]
        pictures = chain([original.pixels], (one.swapped.picture for one in photo.swaps()))
        matrix = similarity(target.face.points, _FACE_PIXELS)
        crops = [warp(pixels, matrix, _FACE_PIXELS) for pixels in pictures]
        if len(crops) == 1:
            whole = replace(rejections[0], kind=ItemKind.PHOTO, item=target.item)
            return [], [*rejections, whole]
        before, *embeddings = models.recogniser.embed(crops, batch=len(crops))
        inswapper = self.part.swapper == "inswapper"
        batched = models.inswapper.network.batched if inswapper else None
        swaps = []
        jpegs = AlikeJpegs(self.part.jpeg_quality)
        for one, embedding in zip(photo.swaps(), embeddings, strict=True):
            # As `select` looked at the original: another crop would give another scale, and then
            # the landmarks of small faces move without any swap.
            found = models.detector.detect(one.swapped.picture, MIN_SCORE)
            figures = measure(
                original.pixels,
                target.face,
                one.swapped,
                redetected(target.face, found),
                grey=original.grey,
                similarity=cosine(embedding, unpack_vector(one.portrait.embedding)),
                residual=cosine(embedding, before),
            )
            jpeg = jpegs.encode(one.swapped.picture, one.swapped.mask.rows)
            swaps.append(self._marked(target, one, jpeg, figures, batched))
        return swaps, rejections

    def _marked(
        self,
        target: SwapTarget,
        done: IdentitySwap,
        jpeg: bytes,
        figures: Figures,
        batched: bool | None,
    ) -> Swap:
        sample_id = f"{target.photo_id}_{done.class_id}"
        # Without the version: a release that changes no pixel must not redo every swap.
        mark = Mark(opaque_id(self.salt, sample_id), "cocopfs")
        jpeg = write_mark(jpeg, mark)
        return Swap(
            sample_id=sample_id,
            photo_id=target.photo_id,
            class_id=done.class_id,
            picture=jpeg,
            picture_digest=hashlib.sha256(jpeg).hexdigest(),
            source_portrait=done.portrait.portrait_id,
            figures=figures,
            batched=batched,
        )


def cut(targets: Iterable[SwapTarget], size: int) -> Iterator[tuple[SwapTarget, ...]]:
    """`chunks` of no more than `size`: a shard's pictures are in memory until it is committed."""
    for run in chunks(targets, size):
        for start in range(0, len(run), size):
            yield run[start : start + size]


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
