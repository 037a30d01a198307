"""Pictures as JPEG files. Of pictures that differ in a few rows only these are encoded.

A restart marker follows each row of blocks, after which a JPEG's encoder knows nothing of what came
before: rows can be put together from several files, and the result is in every byte what encoding
the whole picture would give. The markers are a tenth of a per cent of a file.
(ITU-T T.81, sections E.1.4 and F.1.2.1.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 8  # rows, without chroma subsampling
_RESTART, _RESTARTS = 0xD0, 8  # the first marker's code; how many follow each other in turn
_SCAN: Final = 0xDA
_END: Final = 2  # bytes of the mark at a file's end


def encode_jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """(h, w, 3) uint8 BGR as JPEG bytes at 4:4:4: chroma subsampling would change untouched pixels.

    A restart marker follows each row of blocks.
    """
    return _encoded(picture, quality).tobytes()


class AlikeJpegs:
    """JPEG files of pictures that are all alike but for some rows, each as `encode_jpeg` gives it.

    Not for several threads at once.
    """

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._first: _File | None = None
        self._changed = range(0)

    def encode(self, picture: NDArray[np.uint8], changed: range) -> bytes:
        """picture: (h, w, 3) uint8 BGR, of the same size each time.
        changed: rows in which this picture may differ from what they all are outside such rows."""
        if self._first is None:
            self._first = _File.of(picture, self._quality)
            self._changed = changed
            return self._first.data.tobytes()
        start = min(changed.start, self._changed.start) // _BLOCK
        stop = -(-max(changed.stop, self._changed.stop) // _BLOCK)
        part = _File.of(picture[start * _BLOCK : stop * _BLOCK], self._quality)
        return self._first.with_rows(start, part)


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """The bytes of a JPEG file, and where in them each row of blocks begins; one more for the end
    of the last. Two bytes of a marker stand before each but the first, and after the last."""

    data: NDArray[np.uint8]
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, picture: NDArray[np.uint8], quality: int) -> _File:
        data = _encoded(picture, quality)
        begin = _entropy_coded(data)
        found = begin + np.flatnonzero(data[begin:-_END] == 0xFF)
        markers = found[data[found + 1] != 0]  # FF 00 is the number FF
        if len(markers) != -(-len(picture) // _BLOCK) - 1:
            raise RuntimeError(f"OpenCV {cv2.__version__} wrote {len(markers)} restart markers")
        return cls(data, np.concatenate([[begin], markers + 2, [len(data)]]))

    def with_rows(self, start: int, part: _File) -> bytes:
        """This file with all rows of `part` in place of as many of its own, from that one on."""
        count = len(part.rows) - 1
        rows = part.data[part.rows[0] : -_END].copy()
        turns = (start + np.arange(count - 1)) % _RESTARTS
        rows[part.rows[1:-1] - part.rows[0] - 1] = _RESTART + turns
        before, after = self.data[: self.rows[start]], self.data[self.rows[start + count] - _END :]
        return b"".join((before.data, rows.data, after.data))


def _encoded(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    flags = [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        cv2.IMWRITE_JPEG_RST_INTERVAL,
        -(-picture.shape[1] // _BLOCK),
    ]
    _, data = cv2.imencode(".jpg", picture, flags)
    return np.asarray(data, np.uint8)


def _entropy_coded(data: NDArray[np.uint8]) -> int:
    """Where a JPEG file's entropy-coded part begins: after the header of its scan."""
    position = 2
    while True:
        marker = data[position + 1]
        position += 2 + int.from_bytes(data[position + 2 : position + 4].tobytes())
        if marker == _SCAN:
            return position
