"""JPEG and PNG files as containers: what the decoder needs, and whether all of it is there.

Decoders are lenient: they fill what is missing with grey, warn of odd metadata, unpack text that
nobody asked for. So a file is first reduced to the parts that make its pixels, and one that ends
before its own end mark is refused.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass


class ContainerError(ValueError):
    """Not a whole JPEG or PNG file; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Container:
    """`essence`: the file without metadata; it decodes to the same pixels. `orientation`: 1..8 as
    EXIF counts; 1 where there is none."""

    kind: str  # "JPEG" or "PNG"
    essence: bytes
    orientation: int


def open_container(data: bytes) -> Container:
    """The container that the bytes of a file are, whatever the file is called.

    Raises ContainerError.
    """
    if data.startswith(_JPEG_START):
        return _jpeg(data)
    if data.startswith(_PNG_START):
        return _png(data)
    raise ContainerError("is neither a JPEG nor a PNG file" if data else "is empty")


# --- JPEG -----------------------------------------------------------------------------------------

_JPEG_START = b"\xff\xd8"
# Inside entropy-coded data FF is followed by 00, so this finds markers only. As libjpeg does, it
# skips whatever lies between two segments.
# (Of several FF it finds the last: a search for a byte is much faster than one for a run.)
_MARKER = re.compile(rb"\xff([\x01-\xfe])")
_END = 0xD9
_STANDALONE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
_SCAN = 0xDA
# Each goes over the whole picture, however few bytes it has; progressive files have about ten.
_MOST_SCANS = 100
_EXIF = 0xE1
# Application data and comments. E0 (JFIF) and EE (Adobe) stay: they tell the colour space.
_METADATA = {*range(0xE1, 0xEE), 0xEF, 0xFE}


def _jpeg(data: bytes) -> Container:
    kept = []
    start = 0
    position = len(_JPEG_START)
    exif = b""
    scans = 0
    while found := _MARKER.search(data, position):
        marker, position = found[1][0], found.end()
        if marker == _END:
            kept.append(data[start:position])
            return Container("JPEG", b"".join(kept), exif_orientation(exif))
        if marker in _STANDALONE:
            continue
        scans += marker == _SCAN
        if scans > _MOST_SCANS:
            raise ContainerError(f"has more than {_MOST_SCANS} scans")
        segment = data[position : position + int.from_bytes(data[position : position + 2])]
        position += max(len(segment), 2)
        if marker == _EXIF and segment[2:8] == b"Exif\0\0":
            exif = exif or segment[8:]
        if marker in _METADATA:
            kept.append(data[start : found.start()])  # FFs that fill up stay, and are skipped too
            start = position
    raise ContainerError("ends before the JPEG's end mark")


# --- PNG ------------------------------------------------------------------------------------------

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}


def _png(data: bytes) -> Container:
    kept = [_PNG_START]
    position = len(_PNG_START)
    exif = b""
    while position + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if end > len(data):
            break
        if kind == b"eXIf":
            exif = exif or data[position + 8 : end - 4]
        if kind in _PIXEL_CHUNKS:
            (checksum,) = struct.unpack_from(">I", data, end - 4)
            if zlib.crc32(memoryview(data)[position + 4 : end - 4]) != checksum:
                raise ContainerError(f"has a damaged {kind.decode()} chunk")
            kept.append(data[position:end])
        if kind == b"IEND":
            return Container("PNG", b"".join(kept), exif_orientation(exif))
        position = end
    raise ContainerError("ends before the PNG's end mark")


# --- EXIF -----------------------------------------------------------------------------------------

_ORIENTATION_TAG = 0x0112
_SHORT = 3


def exif_orientation(tiff: bytes) -> int:
    """The orientation, 1..8, that EXIF data gives; 1 where it is damaged or gives none.

    tiff: the TIFF header and what follows it. (EXIF 2.32, section 4.6.)
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for number in range(entries):
            tag, kind, count, value = struct.unpack_from(
                f"{order}HHIH", tiff, directory + 2 + 12 * number
            )
            if tag == _ORIENTATION_TAG and kind == _SHORT and count == 1:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
