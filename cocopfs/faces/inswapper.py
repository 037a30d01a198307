"""Swapped faces from a network of inswapper_128's interface.

A swap has three parts, so that they can be done by different threads: a face is cut out of its
picture (`cut_out`), the network makes faces of it (`Inswapper.make`), and each is laid over the
picture (`paste_back`). `swap_each` does all of it for one face.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.graph import Graph, read_graph, read_last_initializer, refuse_interface
from cocopfs.faces.mask import SIDE, inswapper_mask
from cocopfs.faces.paste import lay_over
from cocopfs.faces.session import Device
from cocopfs.faces.swap_network import Precision, SwapNetwork
from cocopfs.faces.swapped import FaceMask, SwappedFace

DIMENSION = 512
"""Length of the embedding that inswapper takes."""

Rows = TypeVar("Rows", bound=np.generic)

_EXPECTED = (
    f"inputs [1, 3, {SIDE}, {SIDE}] and [1, {DIMENSION}], output [1, 3, {SIDE}, {SIDE}], "
    f"and the {DIMENSION}x{DIMENSION} emap as the last initializer"
)


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A face that is to be replaced: what all its swaps share.

    aligned: (3, 128, 128) float32 RGB in [0, 1], what the network takes.
    matrix: (2, 3), maps the picture's coordinates to the aligned face's.
    mask: where the picture will change.
    """

    aligned: NDArray[np.float32]
    matrix: NDArray[np.float64]
    mask: FaceMask


def cut_out(picture: NDArray[np.uint8], points: NDArray[np.float32]) -> Target:
    """The face to replace, from its picture.

    picture: (H, W, 3) uint8 BGR. points: (5, 2) float32 landmarks of the face.
    Raises FaceTooSmallToSwap when next to nothing would be replaced, and what `align` raises.
    """
    crop, matrix = align(picture, points, SIDE)
    mask = inswapper_mask(picture.shape[0], picture.shape[1], matrix)
    blob = cv2.dnn.blobFromImage(crop, 1 / 255, (SIDE, SIDE), swapRB=True)
    return Target(np.asarray(blob[0], np.float32), matrix, mask)


def paste_back(
    picture: NDArray[np.uint8],
    target: Target,
    made: NDArray[np.float32],
    onto: NDArray[np.uint8] | None = None,
    *,
    grey: bool = False,
) -> SwappedFace:
    """The picture with a face that the network made in place of the target's.

    picture: (H, W, 3) uint8 BGR, that `target` was cut out of; left as it is.
    made: (3, 128, 128) float32 RGB, see `Inswapper.make`.
    onto: the picture of an earlier result for the same target, which will be overwritten: saves
    copying the whole picture again.
    grey: of the face only its lightness is laid over, since the picture has no colour;
    INSwapper.get would tint it.
    """
    blue, green, red = np.clip(255 * made[::-1], 0, 255).astype(np.uint8)
    crop = np.asarray(cv2.merge([blue, green, red]), np.uint8)
    if grey:
        lightness = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
        crop = np.asarray(cv2.merge([lightness] * 3), np.uint8)
    return lay_over(picture, crop, target.matrix, target.mask, onto)


class FaceMaker(Protocol):
    """What an Inswapper needs of a network: as much of `SwapNetwork`."""

    @property
    def batched(self) -> bool:
        """Whether it takes many faces in one call; otherwise they go through it one by one."""

    @property
    def gathers(self) -> bool:
        """Whether calls with several targets are any faster than calls with one each."""

    def run(
        self,
        targets: NDArray[np.float32],
        sources: NDArray[np.float32],
        target_of: NDArray[np.int64],
        /,
    ) -> NDArray[np.float32]:
        """See `SwapNetwork.run`: (n, 3, 128, 128) float32."""


def open_inswapper(
    path: Path,
    device: Device,
    threads: int,
    dimension: int,
    precision: Precision = "float32",
    digest: str | None = None,
) -> Inswapper:
    """The swapper of a file.

    dimension: length of the embeddings that shall drive the swaps, `Recogniser.dimension`.
    digest: the file's sha256, where it is known already.
    Raises UsageError when the file has another interface, or takes other embeddings.
    """
    graph = read_graph(path)
    if not _is_inswapper(graph):
        raise refuse_interface(path, "swapper", graph, _EXPECTED)
    if dimension != DIMENSION:
        raise UsageError(
            f"the swapper {path} takes embeddings of {DIMENSION} numbers, "
            f"but the pack's recogniser gives {dimension}",
            expected="the recogniser that it was trained with: w600k_r50 of buffalo_l",
            hint="another pack, or a swapper without weights: --set swap.swapper=blend",
        )
    emap = read_last_initializer(path)
    if emap.shape != (DIMENSION, DIMENSION) or emap.dtype.kind != "f":
        raise UsageError(
            f"{path} cannot be the swapper: its last initializer is "
            f"{emap.dtype} {list(emap.shape)}",
            expected=_EXPECTED,
            hint="take the file as it was published; rewriting it can move the emap",
        )
    return Inswapper(SwapNetwork(path, device, threads, precision, digest), emap)


class Inswapper:
    """A swapper of inswapper_128's interface. May be used by several threads at once.

    network: what it runs.
    """

    def __init__(self, network: FaceMaker, emap: NDArray[np.floating]) -> None:
        """emap: (512, 512), maps an embedding to what the network takes, but for its length."""
        self.network = network
        self._emap = emap

    def latent(self, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network takes for a source: (1, 512) float32 of unit length.

        embedding: (512,) float32 of unit length.
        """
        latent = embedding.reshape(1, -1) @ self._emap
        return np.asarray(latent / np.linalg.norm(latent), np.float32)

    def latents(self, embeddings: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
        """`latent` of each: (n, 512) float32."""
        found = [self.latent(embedding) for embedding in embeddings]
        return np.concatenate([np.empty((0, DIMENSION), np.float32), *found])

    def make(
        self,
        targets: Sequence[Target],
        latents: Sequence[NDArray[np.float32]],
        batch: int,
        filled_to: tuple[int, int] = (0, 0),
    ) -> list[NDArray[np.float32]]:
        """For each target (n, 3, 128, 128) float32 RGB in [0, 1]: a face for each of its sources.

        latents: for each target those of its sources, (n, 512) float32, n at least 1.
        batch: faces in one call of the network. A target's sources are in one call where they fit,
        and share the work that depends on the target alone.
        filled_to: targets and sources that a call has at least; repeated ones fill it up. On CUDA
        another shape costs cuDNN a new plan for each convolution, and may get other bits.
        Raises MemoryError when the device has no room for so many.
        """
        aligned = np.stack([target.aligned for target in targets])
        sources = np.concatenate(latents)
        target_of = np.repeat(np.arange(len(targets)), [len(rows) for rows in latents])
        made = []
        for start in range(0, len(sources), batch):
            part = slice(start, start + batch)
            first, last = target_of[part][0], target_of[part][-1]
            found = self.network.run(
                _filled(aligned[first : last + 1], filled_to[0]),
                _filled(sources[part], filled_to[1]),
                _filled(target_of[part] - first, filled_to[1]),
            )
            made.append(found[: len(sources[part])])
        ends = np.cumsum([len(rows) for rows in latents])[:-1]
        return np.split(np.concatenate(made), ends)

    def groups(self, counts: Sequence[int], batch: int) -> Iterator[range]:
        """Which targets go into `make` together, given how many sources each of them has.

        On CUDA as many in a row as have no more than `batch` sources together; on a CPU each alone,
        for more in one call would take memory and save no time.
        """
        start = filled = 0
        for place, count in enumerate(counts):
            if place > start and not (self.network.gathers and filled + count <= batch):
                yield range(start, place)
                start, filled = place, 0
            filled += count
        if start < len(counts):
            yield range(start, len(counts))

    def swap(
        self,
        picture: NDArray[np.uint8],
        points: NDArray[np.float32],
        embedding: NDArray[np.float32],
    ) -> SwappedFace:
        """The picture with one face swapped, as insightface's `INSwapper.get` gives it.

        picture: (H, W, 3) uint8 BGR, left as it is.
        points: (5, 2) float32 landmarks of the face to replace.
        embedding: (512,) float32 of unit length, of the face to put there.
        Raises FaceTooSmallToSwap when next to nothing would be replaced, and what `align` raises.
        """
        return next(self.swap_each(picture, points, embedding[np.newaxis]))

    def swap_each(
        self,
        picture: NDArray[np.uint8],
        points: NDArray[np.float32],
        embeddings: NDArray[np.float32],
    ) -> Iterator[SwappedFace]:
        """`swap` of one face for each of (n, 512) embeddings: aligned and masked once, and all
        through the network in one call."""
        target = cut_out(picture, points)
        if not len(embeddings):
            return
        (made,) = self.make([target], [self.latents(embeddings)], len(embeddings))
        for one in made:
            yield paste_back(picture, target, one)


def _filled(rows: NDArray[Rows], count: int) -> NDArray[Rows]:
    """The rows, and the last one again until they are so many."""
    missing = count - len(rows)
    return np.concatenate([rows, np.repeat(rows[-1:], missing, axis=0)]) if missing > 0 else rows


def _is_inswapper(graph: Graph) -> bool:
    picture = (1, 3, SIDE, SIDE)
    return (
        len(graph.inputs) == 2
        and len(graph.outputs) == 1
        and graph.inputs[0].fits(*picture)
        and graph.inputs[1].fits(1, DIMENSION)
        and graph.outputs[0].fits(*picture)
    )
