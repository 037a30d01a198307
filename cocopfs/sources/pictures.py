"""A picture file as upright pixels, or the reason why there are none."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from cocopfs.records import Box, Reason
from cocopfs.sources.containers import Container, ContainerError, open_container
from cocopfs.sources.paths import UnsafePathError, inside

# A grey picture's channels come out of a JPEG equal; where an earlier conversion of colours had
# rounded them a level or two apart, up to five apart (measured, qualities 50 to 95). The palest
# colour photographs of COCO have pixels with fifty.
_GREY_SPREAD = 5

# No picture of n pixels needs more bytes than this: 16-bit RGBA without any compression.
_BYTES_PER_PIXEL = 8
_METADATA_BYTES = 64 * 2**20


class PictureError(Exception):
    """A picture that cannot be used. `detail` names it by its path below the root."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`pixels` are (h, w, 3) uint8 BGR, upright: turned as the file's EXIF orientation says."""

    pixels: NDArray[np.uint8]
    digest: str  # sha256 of the file's bytes
    grey: bool  # no pixel has a colour
    stored_width: int  # before it was turned
    stored_height: int
    orientation: int  # 1..8, as EXIF counts


def read_picture(root: Path, relative: str, max_pixels: int) -> Picture:
    """Read and decode a JPEG or PNG file.

    relative: its path below root, parts divided by "/". max_pixels: checked before decoding.
    CMYK is read as Adobe writes it (inverted), 16 bits are cut to 8, and what is transparent shows
    white. Colour profiles are ignored.
    Raises PictureError for whatever is wrong with this one file: UNSAFE_PATH, MISSING_FILE,
    UNREADABLE (empty, cut short, damaged, neither JPEG nor PNG, forbidden), TOO_MANY_PIXELS.
    Raises OSError where the disk or the whole root fails, and where root is empty: a mount that was
    lost must not look like a thousand missing pictures.
    """
    data = _read(root, relative, max_pixels)
    try:
        container = open_container(data)
        with _opened(container) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise PictureError(
                    Reason.TOO_MANY_PIXELS,
                    f"{relative!r} has {width} x {height} pixels, more than {max_pixels}",
                )
            stored = _to_bgr(image)
    except ContainerError as error:
        raise PictureError(Reason.UNREADABLE, f"{relative!r} {error}") from error
    except (OSError, SyntaxError, ValueError) as error:  # Pillow's ways to say "damaged"
        raise PictureError(Reason.UNREADABLE, f"{relative!r} cannot be decoded: {error}") from error
    return Picture(
        pixels=_turn(stored, container.orientation),
        digest=hashlib.sha256(data).hexdigest(),
        grey=_is_grey(stored),
        stored_width=width,
        stored_height=height,
        orientation=container.orientation,
    )


def stored_size(data: bytes) -> tuple[int, int]:
    """Width and height that the bytes of a JPEG or PNG file announce; nothing is decoded.

    Raises ValueError, which says what is wrong, where they are no whole file of those kinds.
    """
    container = open_container(data)
    try:
        with _opened(container) as image:
            return image.size
    except (OSError, SyntaxError, ValueError) as error:
        raise ValueError(f"has a damaged header: {error}") from error


def upright_box(box: Box, picture: Picture, width: int, height: int) -> Box:
    """A box of the annotation file in the coordinates of the upright picture.

    width, height: the picture's size as the annotation file gives it. COCO's annotations lie in
    the stored picture, before EXIF turned it, so a box is turned where that size is the stored one,
    and left alone where it is only the upright one. Box coordinates are edges, not pixel centres:
    x runs from 0 to the width.
    Raises PictureError (SIZE_MISMATCH) where the size is neither.
    """
    stored = picture.stored_width, picture.stored_height
    upright = picture.pixels.shape[1], picture.pixels.shape[0]
    if (width, height) == stored:
        return _turn_box(box, picture.orientation, width, height)
    if (width, height) == upright:
        return box
    raise PictureError(
        Reason.SIZE_MISMATCH,
        f"the annotations say {width} x {height}, the file has {stored[0]} x {stored[1]}",
    )


# --- reading --------------------------------------------------------------------------------------


def _read(root: Path, relative: str, max_pixels: int) -> bytes:
    try:
        path = inside(root, relative)
    except UnsafePathError as error:
        raise PictureError(Reason.UNSAFE_PATH, f"{relative!r} is {error}") from error
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            raise PictureError(Reason.UNREADABLE, f"{relative!r} is not a file")
        if status.st_size > max_pixels * _BYTES_PER_PIXEL + _METADATA_BYTES:
            raise PictureError(
                Reason.TOO_MANY_PIXELS,
                f"{relative!r} has {status.st_size} bytes, too many for {max_pixels} pixels",
            )
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        _require_filled(root)
        raise PictureError(Reason.MISSING_FILE, f"{relative!r} does not exist") from error
    except OSError as error:
        if error.errno not in _FAULTS_OF_ONE_FILE:
            raise
        _require_filled(root)
        raise PictureError(Reason.UNREADABLE, f"{relative!r}: {error.strerror}") from error


_FAULTS_OF_ONE_FILE = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG}


def _require_filled(root: Path) -> None:
    """Raises the OSError that keeps root from being read, or one that says that it is empty."""
    with os.scandir(root) as entries:
        if next(entries, None) is None:
            raise FileNotFoundError(
                errno.ENOENT, "the folder is empty; is its disk mounted?", str(root)
            )


# --- pixels ---------------------------------------------------------------------------------------


def _opened(container: Container) -> JpegImageFile | PngImageFile:
    """Its header alone is read. Not Image.open: that warns of sizes by a limit of its own."""
    kind = JpegImageFile if container.kind == "JPEG" else PngImageFile
    return kind(io.BytesIO(container.essence))


def _to_bgr(image: Image.Image) -> NDArray[np.uint8]:
    image.load()
    if image.mode == "P" and image.palette is None:
        raise ValueError("its palette is missing")
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow's own conversion would clip
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        alpha = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.alpha_composite(alpha)
    rgb = image if image.mode == "RGB" else image.convert("RGB")  # which would copy it
    return np.asarray(cv2.cvtColor(np.asarray(rgb), cv2.COLOR_RGB2BGR), np.uint8)


def _is_grey(bgr: NDArray[np.uint8]) -> bool:
    # a few pixels tell nearly every colour photograph
    return _spread(bgr[::16, ::16]) <= _GREY_SPREAD and _spread(bgr) <= _GREY_SPREAD


def _spread(bgr: NDArray[np.uint8]) -> int:
    """How far a pixel's channels are apart at most."""
    blue, green, red = cv2.split(bgr)
    highest = cv2.max(cv2.max(blue, green), red)
    lowest = cv2.min(cv2.min(blue, green), red)
    return int((highest - lowest).max())


# How an orientation of EXIF is undone: exchange x and y, then mirror across, then mirror down.
_TURNS = {
    # exchange, across, down
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),  # a quarter turn clockwise
    7: (True, True, True),
    8: (True, False, True),  # a quarter turn back
}


def _turn(stored: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    exchange, across, down = _TURNS[orientation]
    turned = stored.transpose(1, 0, 2) if exchange else stored
    return np.ascontiguousarray(turned[:: -1 if down else 1, :: -1 if across else 1])


def _turn_box(box: Box, orientation: int, width: int, height: int) -> Box:
    exchange, across, down = _TURNS[orientation]
    if exchange:
        box = Box(box.y, box.x, box.height, box.width)
        width, height = height, width
    return Box(
        width - box.x - box.width if across else box.x,
        height - box.y - box.height if down else box.y,
        box.width,
        box.height,
    )
