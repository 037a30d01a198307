"""Swapped faces from a network of inswapper_128's interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.graph import Graph, read_graph, read_last_initializer, refuse_interface
from cocopfs.faces.paste import SIDE, SwappedFace, inswapper_mask, lay_over
from cocopfs.faces.session import Device, open_session

DIMENSION = 512
"""Length of the embedding that inswapper takes."""

_EXPECTED = (
    f"inputs [1, 3, {SIDE}, {SIDE}] and [1, {DIMENSION}], output [1, 3, {SIDE}, {SIDE}], "
    f"and the {DIMENSION}x{DIMENSION} emap as the last initializer"
)


class Inswapper:
    """A swapper of inswapper_128's interface. May be used by several threads at once."""

    def __init__(self, path: Path, device: Device, threads: int, dimension: int) -> None:
        """dimension: length of the embeddings that shall drive the swaps, `Recogniser.dimension`.

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
        self._session = open_session(path, device, threads)
        self._target, self._source = (port.name for port in graph.inputs)
        self._emap = read_last_initializer(path)
        if self._emap.shape != (DIMENSION, DIMENSION) or self._emap.dtype.kind != "f":
            found = f"{self._emap.dtype} {list(self._emap.shape)}"
            raise UsageError(
                f"{path} cannot be the swapper: its last initializer is {found}",
                expected=_EXPECTED,
                hint="take the file as it was published; rewriting it can move the emap",
            )

    def latent(self, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the network takes for a source: (1, 512) float32 of unit length.

        embedding: (512,) float32 of unit length.
        """
        latent = embedding.reshape(1, -1) @ self._emap
        return np.asarray(latent / np.linalg.norm(latent), np.float32)

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
        """`swap` of one face for each of (n, 512) embeddings; aligned and masked only once."""
        crop, matrix = align(picture, points, SIDE)
        mask = inswapper_mask(picture.shape[0], picture.shape[1], matrix)
        target = cv2.dnn.blobFromImage(crop, 1 / 255, (SIDE, SIDE), swapRB=True)
        for embedding in embeddings:
            feed = {self._target: target, self._source: self.latent(embedding)}
            (fake,) = self._session.run(None, feed)
            rgb = np.clip(255 * fake[0].transpose(1, 2, 0), 0, 255).astype(np.uint8)
            yield lay_over(picture, np.ascontiguousarray(rgb[:, :, ::-1]), matrix, mask)


def _is_inswapper(graph: Graph) -> bool:
    picture = (1, 3, SIDE, SIDE)
    return (
        len(graph.inputs) == 2
        and len(graph.outputs) == 1
        and graph.inputs[0].fits(*picture)
        and graph.inputs[1].fits(1, DIMENSION)
        and graph.outputs[0].fits(*picture)
    )
