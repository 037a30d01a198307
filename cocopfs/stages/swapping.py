"""Photos with other people's faces, each photo read and aligned once for all its identities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from cocopfs.engine.pipeline import run_pipeline
from cocopfs.faces.blend import blend
from cocopfs.faces.inswapper import Inswapper, Target, cut_out, paste_back
from cocopfs.faces.poses import choose
from cocopfs.faces.swapped import FaceTooSmallToSwap, SwappedFace
from cocopfs.records import Portrait, SwapTarget, unpack_vector
from cocopfs.sources.pictures import Picture
from cocopfs.stages.contract import AHEAD, same_picture, threads_beside

_KEPT_BYTES: Final = 256 * 2**20

Finished = TypeVar("Finished")


@dataclass(frozen=True)
class SwapJob:
    """Photos, and the portraits of each of their identities, the best first."""

    targets: Sequence[SwapTarget]
    sources: Mapping[str, tuple[Portrait, ...]]
    coco: Path
    gallery: Path
    max_pixels: int

    def read(self, target: SwapTarget) -> Picture:
        return same_picture(
            self.coco, f"{target.subset}/{target.file_name}", target.file_digest, self.max_pixels
        )


@dataclass(frozen=True, slots=True, eq=False)
class IdentitySwap:
    """The photo with an identity's face, and the portrait that drove the swap."""

    class_id: str
    portrait: Portrait
    swapped: SwappedFace


@dataclass(frozen=True, slots=True, eq=False)
class SwappedPhoto:
    """A photo and its swaps.

    swaps: gives them in the identities' order, as often as it is called; each swap's picture may be
    overwritten by the next one's. To paste a face again costs less than to keep a picture.
    refused: the identities of which there is no swap, and why.
    """

    target: SwapTarget
    original: Picture
    swaps: Callable[[], Iterator[IdentitySwap]]
    refused: Mapping[str, FaceTooSmallToSwap]


def swap_photos(
    job: SwapJob, inswapper: Inswapper, batch: int, finish: Callable[[SwappedPhoto], Finished]
) -> Iterator[Finished]:
    """What `finish` makes of each photo, in order. Each identity's best source drives its swap.

    The network runs in this thread; other threads read and align photos ahead of it, paste the
    faces behind it, and call `finish`, which may be called by several at once.
    batch: swaps in one call of the network.
    """

    def prepare(target: SwapTarget) -> _Aligned:
        picture = job.read(target)
        latents = inswapper.latents(unpack_vector(one.embedding) for one in _best(job, target))
        try:
            cut = cut_out(picture.pixels, target.face.points)
        except FaceTooSmallToSwap as error:
            return _Aligned(target, picture, latents, None, error)
        return _Aligned(target, picture, latents, cut, None)

    def run_model(photos: list[_Aligned]) -> list[_Made]:
        cut = [photo.cut for photo in photos if photo.cut is not None]
        latents = [photo.latents for photo in photos if photo.cut is not None]
        made = iter(inswapper.make(cut, latents, batch, filled_to) if cut else ())
        return [_Made(photo, next(made) if photo.cut is not None else None) for photo in photos]

    def paste(made: _Made) -> Finished:
        return finish(_pasted(job, made))

    counts = [len(target.class_ids) for target in job.targets]
    together = list(inswapper.groups(counts, batch))
    groups = ([job.targets[place] for place in places] for places in together)
    # The largest of this job, not of the process: bits must not hang on what was done before.
    filled_to = (0, 0)
    if inswapper.network.gathers and together:
        largest = max(sum(counts[place] for place in places) for places in together)
        filled_to = max(map(len, together)), min(largest, batch)
    threads = threads_beside(gpu=inswapper.network.gathers)
    yield from run_pipeline(groups, prepare, run_model, paste, threads=threads, ahead=AHEAD)


def blend_photos(
    job: SwapJob, finish: Callable[[SwappedPhoto], Finished], *, poisson: bool
) -> Iterator[Finished]:
    """What `finish` makes of each photo, in order. The source in the pose nearest to the photo's is
    laid over the face. No network has to be kept busy, so this thread does it all."""
    portraits = _Portraits(job)
    for target in job.targets:
        picture = job.read(target)
        swaps, refused = [], {}
        for class_id in target.class_ids:
            sources = job.sources[class_id]
            choice = choose(target.face, [portrait.face for portrait in sources])
            portrait = sources[choice.index]
            try:
                swapped = blend(
                    picture.pixels,
                    target.face,
                    portraits.pixels(portrait),
                    portrait.face,
                    mirrored=choice.mirrored,
                    grey=picture.grey,
                    poisson=poisson,
                )
            except FaceTooSmallToSwap as error:
                refused[class_id] = error
            else:
                swaps.append(IdentitySwap(class_id, portrait, swapped))
        yield finish(SwappedPhoto(target, picture, partial(iter, swaps), refused))


@dataclass(frozen=True, slots=True, eq=False)
class _Aligned:
    target: SwapTarget
    picture: Picture
    latents: NDArray[np.float32]
    cut: Target | None
    why: FaceTooSmallToSwap | None


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    photo: _Aligned
    faces: NDArray[np.float32] | None


def _best(job: SwapJob, target: SwapTarget) -> list[Portrait]:
    return [job.sources[class_id][0] for class_id in target.class_ids]


def _pasted(job: SwapJob, made: _Made) -> SwappedPhoto:
    photo, target, faces = made.photo, made.photo.target, made.faces
    cut, original = photo.cut, photo.picture.pixels
    if cut is None or faces is None:
        assert photo.why is not None
        refused = dict.fromkeys(target.class_ids, photo.why)
        return SwappedPhoto(target, photo.picture, partial(iter, ()), refused)
    buffer = original.copy()

    def swaps() -> Iterator[IdentitySwap]:
        best = _best(job, target)
        for class_id, portrait, face in zip(target.class_ids, best, faces, strict=True):
            swapped = paste_back(original, cut, face, buffer, grey=photo.picture.grey)
            yield IdentitySwap(class_id, portrait, swapped)

    return SwappedPhoto(target, photo.picture, swaps, {})


@dataclass
class _Portraits:
    """The portrait pictures used last, up to _KEPT_BYTES of them."""

    job: SwapJob
    decoded: dict[str, NDArray[np.uint8]] = field(default_factory=dict)

    def pixels(self, portrait: Portrait) -> NDArray[np.uint8]:
        pixels = self.decoded.pop(portrait.portrait_id, None)
        if pixels is None:
            pixels = same_picture(
                self.job.gallery, portrait.path, portrait.file_digest, self.job.max_pixels
            ).pixels
        self.decoded[portrait.portrait_id] = pixels  # the newest stands last
        while len(self.decoded) > 1 and sum(p.nbytes for p in self.decoded.values()) > _KEPT_BYTES:
            del self.decoded[next(iter(self.decoded))]
        return pixels
