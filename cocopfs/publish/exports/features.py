"""The face feature of every sample, as identity-aware retrieval takes it for its query."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from cocopfs.errors import UsageError
from cocopfs.faces.align import align
from cocopfs.faces.pack import Role, open_pack
from cocopfs.faces.recogniser import Recogniser
from cocopfs.faces.session import Device, resolve_device
from cocopfs.publish.dataset import Published
from cocopfs.publish.decoding import decode
from cocopfs.publish.exports.view import View
from cocopfs.records import Sample, unpack_vector

_SIDE: Final = 112
BATCH = 32
"""Samples whose features are asked for together."""


class Features(Protocol):
    def of(self, rows: list[Sample]) -> NDArray[np.float32]:
        """(n, d) float32 of unit length."""


@dataclass(frozen=True, slots=True)
class ReferenceFeatures:
    """Of the identity's reference portrait, which never drove a swap. Ids are the dataset's own."""

    view: View

    def of(self, rows: list[Sample]) -> NDArray[np.float32]:
        """Raises UsageError where neither the rows nor `private/` hold embeddings."""
        return np.stack([self._of(row) for row in rows]).astype(np.float32)

    def _of(self, row: Sample) -> NDArray[np.float32]:
        if row.reference_embedding is not None:
            return np.asarray(row.reference_embedding, np.float32)
        enrolled = self.view.enrolled or {}
        if row.identity not in enrolled:
            raise UsageError(
                f"there is no embedding of {row.identity}'s reference portrait",
                expected="private/identities.parquet of this dataset, or rows with embeddings",
                hint="bring private/ back, or take --features swapped",
            )
        return unpack_vector(enrolled[row.identity].reference)


@dataclass(frozen=True, slots=True)
class SwappedFeatures:
    """Of the face in the swapped picture, aligned by the landmarks that the swap was made with: the
    paper's, which leak; see `layout.LEAK`."""

    recogniser: Recogniser

    def of(self, rows: list[Sample]) -> NDArray[np.float32]:
        return self.recogniser.embed([_crop(row) for row in rows], BATCH)


def open_recogniser(dataset: Published, pack: Path, device: Device) -> Recogniser:
    """The recogniser that drove the swaps. Raises UsageError where the pack has another one."""
    opened = open_pack(pack, (Role.RECOGNISER,))
    wanted = dataset.facts["pack"]["files"]["recogniser"]["sha256"]
    found = opened.digest_of(Role.RECOGNISER)
    if found != wanted:
        raise UsageError(
            f"the recogniser of {pack} has sha256 {found}",
            expected=f"{wanted}, which the dataset was made with",
            hint="give the dataset's own pack with --pack",
        )
    threads = int(dataset.facts["recipe"]["runtime"]["threads"])
    return Recogniser(opened.path(Role.RECOGNISER), resolve_device(device), threads)


def _crop(row: Sample) -> NDArray[np.uint8]:
    try:
        picture = decode(row.image.bytes, f"the picture of {row.sample_id}")
    except ValueError as error:
        raise UsageError(
            str(error),
            expected="the pictures of the dataset as it was built",
            hint="cocopfs verify DIR tells what else is damaged",
        ) from error
    points = np.array(
        [
            [row.left_eye_x, row.left_eye_y],
            [row.right_eye_x, row.right_eye_y],
            [row.nose_x, row.nose_y],
            [row.left_mouth_x, row.left_mouth_y],
            [row.right_mouth_x, row.right_mouth_y],
        ],
        np.float32,
    )
    return align(picture, points, _SIDE)[0]
