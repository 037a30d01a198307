"""The pixels around a face that may change when another is laid over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cocopfs.faces.light import soften
from cocopfs.faces.shapes import face_outline, face_scale
from cocopfs.faces.swapped import FaceMask, FaceTooSmallToSwap, SwappedFace

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
Field = NDArray[np.float32]
_Value = TypeVar("_Value", np.uint8, np.float32)

_SKETCH_SCALE = 48  # mask and light are smooth: they are drawn at this scale or up to twice that
_SMALLEST_SCALE = 4.0
_SMALLEST_AREA = 32.0  # pixels that a mask must cover


@dataclass(frozen=True)
class Grid:
    """The pixels around a face that may change. A small face's are cut into `up` x `up` each, or
    its mask would be steps; a large face's mask and light are drawn on blocks of `down` x `down`.
    """

    x: int  # of the first pixel in the photo; may lie outside
    y: int
    width: int
    height: int
    up: int
    down: int
    points: Points  # the landmarks on the cut pixels
    inside: tuple[slice, slice]  # rows and columns that lie in the photo

    @classmethod
    def around(cls, points: Points, shape: tuple[int, ...]) -> Grid:
        """The grid of a face with these landmarks, (5, 2), in a photo of that shape.

        Raises FaceTooSmallToSwap for a face of a few pixels, or outside the frame.
        """
        # Everything is reckoned from whole pixels near the face, so its place does not matter.
        origin = np.floor(points[2])
        near = points - origin
        scale = face_scale(near)
        if not scale >= _SMALLEST_SCALE:
            raise FaceTooSmallToSwap(
                f"the face's scale is {scale:.1f} px, less than {_SMALLEST_SCALE:g}"
            )
        up, down = int(np.ceil(_SKETCH_SCALE / scale)), max(1, int(scale / _SKETCH_SCALE))
        outline = face_outline(near)
        first = np.floor(outline.min(axis=0)) - 2
        size = np.ceil(outline.max(axis=0)) + 3 - first
        width, height = (int(-(-side // down) * down) for side in size)
        x, y = (int(v) for v in origin + first)
        rows = slice(max(0, -y), min(height, shape[0] - y))
        columns = slice(max(0, -x), min(width, shape[1] - x))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            raise FaceTooSmallToSwap("the face lies outside the frame")
        # A pixel's centre is at whole numbers, its first part's half a pixel less half a part.
        cut = (near - first + 0.5) * up - 0.5
        return cls(x, y, width, height, up, down, cut, (rows, columns))

    def take(self, picture: Picture) -> Picture:
        """The photo on the cut pixels; its edge is repeated outside the frame."""
        rows, columns = self.inside
        part = cv2.copyMakeBorder(
            picture[self._place],
            rows.start,
            self.height - rows.stop,
            columns.start,
            self.width - columns.stop,
            cv2.BORDER_REPLICATE,
        )
        return resized(np.asarray(part, np.uint8), self._cut_size, cv2.INTER_CUBIC)

    def sketch(self, picture: Picture) -> Picture:
        """A picture on the cut pixels, reduced to what mask and light are drawn on."""
        size = self.width * self.up // self.down, self.height * self.up // self.down
        return resized(picture, size, cv2.INTER_AREA)

    def in_frame(self) -> Picture:
        """1 on cut pixels that lie in the photo, else 0."""
        mask = np.zeros((self.height, self.width), np.uint8)
        mask[self.inside] = 1
        return resized(mask, self._cut_size, cv2.INTER_NEAREST)

    def put(self, picture: Picture, swapped: Picture, opacity: Field) -> SwappedFace:
        """A copy of the picture, the swapped face laid over it.

        swapped, opacity: on the cut pixels, (h, w, 3) uint8 BGR and (h, w) float32 in [0, 1].
        Raises FaceTooSmallToSwap when next to nothing of the frame is covered.
        """
        size = self.width, self.height
        mask = resized(opacity, size, cv2.INTER_AREA)[self.inside]
        mask[mask < 1 / 512] = 0
        area = float(mask.sum())
        if area < _SMALLEST_AREA:
            raise FaceTooSmallToSwap(
                f"the mask covers {area:.1f} pixels of the frame, less than {_SMALLEST_AREA:g}"
            )
        result = picture.copy()
        part = result[self._place]
        over = resized(swapped, size, cv2.INTER_AREA)[self.inside]
        over = soften(over, part, mask >= 0.5 * mask.max())
        mixed = part + (over.astype(np.float32) - part) * mask[..., None]
        part[:] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
        rows, columns = self.inside
        return SwappedFace(result, FaceMask(self.x + columns.start, self.y + rows.start, mask))

    @property
    def _cut_size(self) -> tuple[int, int]:
        return self.width * self.up, self.height * self.up

    @property
    def _place(self) -> tuple[slice, slice]:
        rows, columns = self.inside
        return (
            slice(self.y + rows.start, self.y + rows.stop),
            slice(self.x + columns.start, self.x + columns.stop),
        )


def resized(field: NDArray[_Value], size: tuple[int, int], how: int) -> NDArray[_Value]:
    """A picture or field at another size, (width, height); how: OpenCV's way to interpolate."""
    return np.asarray(cv2.resize(field, size, interpolation=how), field.dtype)
