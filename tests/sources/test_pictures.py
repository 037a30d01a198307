"""A picture file becomes upright pixels, or a reason."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cocopfs.records import Box, Reason
from cocopfs.sources.pictures import Picture, PictureError, read_picture, upright_box

LIMIT = 50_000_000


def scene(width: int = 60, height: int = 40) -> Image.Image:
    """A smooth picture without symmetry, in RGB."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([x, y, (x + 3 * y) / 4], axis=2).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read(root: Path, data: bytes, max_pixels: int = LIMIT) -> Picture:
    (root / "picture").write_bytes(data)
    return read_picture(root, "picture", max_pixels)


def reason(root: Path, data: bytes, max_pixels: int = LIMIT) -> Reason:
    with pytest.raises(PictureError) as refused:
        read(root, data, max_pixels)
    assert str(root) not in refused.value.detail
    return refused.value.reason


def opencv(file: Path) -> NDArray[np.uint8]:
    pixels = cv2.imread(str(file))
    assert pixels is not None
    return pixels.astype(np.uint8, copy=False)


def bgr(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(image.convert("RGB"))[..., ::-1]


# --- pixels ---------------------------------------------------------------------------------------


def test_real_photographs_are_decoded_as_opencv_decodes_them(coco_mini: Path) -> None:
    files = sorted(coco_mini.glob("*2017/*.jpg"))[::5]
    for file in files:
        picture = read_picture(coco_mini, file.relative_to(coco_mini).as_posix(), LIMIT)
        height, width = picture.pixels.shape[:2]
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.flags.c_contiguous
        assert np.array_equal(picture.pixels, opencv(file))
        assert (picture.stored_width, picture.stored_height) == (width, height)
        assert picture.digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_public_domain_portraits(photos: Path) -> None:
    for name in ("astronaut.png", "grace_hopper.jpg"):
        picture = read_picture(photos, name, LIMIT)
        assert np.array_equal(picture.pixels, opencv(photos / name))
        assert not picture.grey


def sixteen_bit(channels: int) -> bytes:
    """A 16-bit PNG of `scene`, which Pillow cannot write: the high bytes hold the picture."""
    high = np.asarray(scene())[..., :channels].astype(np.uint16)
    pixels = (high << 8) + 77
    return cv2.imencode(".png", pixels[..., ::-1] if channels == 3 else pixels)[1].tobytes()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (encoded(scene(), "PNG"), scene()),
        (encoded(scene().convert("L"), "PNG"), scene().convert("L")),
        (encoded(scene().convert("1"), "PNG"), scene().convert("1")),
        (encoded(scene().quantize(16), "PNG"), scene().quantize(16)),
        (sixteen_bit(3), scene()),
        (sixteen_bit(1), scene().getchannel("R")),
    ],
    ids=["RGB", "grey", "1 bit", "palette", "16 bits", "16 bits grey"],
)
def test_every_kind_of_png_gives_its_own_pixels(
    tmp_path: Path, data: bytes, expected: Image.Image
) -> None:
    assert np.array_equal(read(tmp_path, data).pixels, bgr(expected))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_kind_of_jpeg_is_decoded(tmp_path: Path, mode: str, options: dict[str, Any]) -> None:
    data = encoded(scene().convert(mode), quality=90, subsampling=0, **options)
    pixels = read(tmp_path, data).pixels
    assert np.array_equal(pixels, bgr(Image.open(io.BytesIO(data))))
    assert np.abs(pixels.astype(int) - bgr(scene().convert(mode))).mean() < 2


def test_cmyk_is_read_as_adobe_writes_it(tmp_path: Path) -> None:
    data = encoded(scene().convert("CMYK"), quality=95, subsampling=0)
    assert b"Adobe" in data
    pixels = read(tmp_path, data).pixels.astype(int)
    assert np.abs(pixels - bgr(scene())).mean() < 3
    assert np.abs(pixels - opencv(tmp_path / "picture")).max() <= 2


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_shows_white(tmp_path: Path, mode: str) -> None:
    image = scene().convert(mode)
    alpha = np.zeros((40, 60), np.uint8)
    alpha[:20] = 255
    alpha[20:30] = 128
    image.putalpha(Image.fromarray(alpha))
    pixels = read(tmp_path, encoded(image, "PNG")).pixels.astype(float)
    solid = bgr(scene() if mode == "RGBA" else scene().convert("L")).astype(float)
    assert np.array_equal(pixels[:20], solid[:20])
    assert np.abs(pixels[20:30] - (solid[20:30] * 128 + 255 * 127) / 255).max() <= 1
    assert (pixels[30:] == 255).all()


@pytest.mark.parametrize(("mode", "colour"), [("P", 3), ("L", 100), ("RGB", (100, 150, 200))])
def test_a_colour_that_counts_as_transparent_shows_white(
    tmp_path: Path, mode: str, colour: Any
) -> None:
    image = scene().quantize(16) if mode == "P" else scene().convert(mode)
    image.paste(colour, (10, 10, 20, 30))
    pixels = read(tmp_path, encoded(image, "PNG", transparency=colour)).pixels
    hidden = (bgr(image) == bgr(image)[10, 10]).all(axis=2)
    assert (pixels[hidden] == 255).all()
    assert np.array_equal(pixels[~hidden], bgr(image)[~hidden])


# --- grey -----------------------------------------------------------------------------------------


def grain(seed: int) -> NDArray[np.uint8]:
    """A noisy picture in grey, (48, 64) uint8."""
    noise = np.random.default_rng(seed).normal(0, 30, (48, 64))
    return np.clip(np.asarray(scene(64, 48).convert("L")) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("quality", [50, 75, 85, 95])
def test_grey_pictures_are_told_even_where_rounding_left_a_level(
    tmp_path: Path, quality: int
) -> None:
    rounding = np.random.default_rng(1).integers(0, 2, (48, 64, 3), np.uint8)
    rounded = np.minimum(grain(0), 254)[..., None] + rounding
    for image in (Image.fromarray(grain(0)), Image.fromarray(rounded)):
        assert read(tmp_path, encoded(image, quality=quality)).grey
        assert read(tmp_path, encoded(image.convert("RGB"), quality=quality)).grey


def test_one_coloured_spot_makes_a_picture_coloured(tmp_path: Path) -> None:
    pixels = np.repeat(grain(0)[..., None], 3, axis=2)
    pixels[20:24, 30:34] = (120, 100, 100)
    assert not read(tmp_path, encoded(Image.fromarray(pixels), "PNG")).grey


def test_the_grey_photographs_among_real_ones(coco_mini: Path) -> None:
    grey = {
        file.stem.lstrip("0")
        for file in coco_mini.glob("*2017/*.jpg")
        if read_picture(coco_mini, file.relative_to(coco_mini).as_posix(), LIMIT).grey
    }
    assert grey == {"113488", "205401", "570448"}


# --- orientation ----------------------------------------------------------------------------------


def with_orientation(image: Image.Image, value: int, kind: str = "PNG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return encoded(image, kind, exif=exif, **({"quality": 95} if kind == "JPEG" else {}))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_applied_as_pillow_applies_it(tmp_path: Path, value: int, kind: str) -> None:
    data = with_orientation(scene(), value, kind)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    picture = read(tmp_path, data)
    assert np.array_equal(picture.pixels, bgr(expected))
    assert picture.pixels.flags.c_contiguous
    assert (picture.stored_width, picture.stored_height) == (60, 40)
    assert picture.orientation == value


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_is_applied_as_opencv_applies_it(tmp_path: Path, value: int) -> None:
    data = with_orientation(scene(), value, "JPEG")
    picture = read(tmp_path, data)
    assert np.array_equal(picture.pixels, opencv(tmp_path / "picture"))


@pytest.mark.parametrize("filling", [1, 2, 7])
def test_bytes_that_fill_up_between_segments_are_skipped(tmp_path: Path, filling: int) -> None:
    """Any marker may have more FF in front of it (ITU-T T.81, B.1.1.2)."""
    data = with_orientation(scene(), 6, "JPEG")
    start = data.index(b"\xff\xe1")
    comment = b"\xff\xfe\x00\x05ab\xff"  # its content ends like the beginning of a marker
    extra = b"\xff" * filling
    filled = data[:start] + extra + comment + extra + data[start:]
    assert np.array_equal(read(tmp_path, filled).pixels, read(tmp_path, data).pixels)


def tiff(order: str, *entries: bytes, first: int = 8) -> bytes:
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", first)
    return head + struct.pack(f"{order}H", len(entries)) + b"".join(entries)


def entry(order: str, tag: int, value: int, kind: int = 3, count: int = 1) -> bytes:
    return struct.pack(f"{order}HHIHH", tag, kind, count, value, 0)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_of_exif_are_read(tmp_path: Path, order: str) -> None:
    exif = tiff(order, entry(order, 0x0100, 60), entry(order, 0x0112, 6))
    assert read(tmp_path, encoded(scene(), exif=b"Exif\0\0" + exif)).orientation == 6


@pytest.mark.parametrize(
    "exif",
    [
        b"",
        b"II*\0",
        b"XX*\0" + bytes(30),
        tiff("<"),
        tiff("<", entry("<", 0x0112, 9)),
        tiff("<", entry("<", 0x0112, 0)),
        tiff("<", entry("<", 0x0112, 6, kind=2)),
        tiff("<", entry("<", 0x0112, 6), first=2**32 - 1),
        tiff("<", entry("<", 0x0112, 6))[:-8],
        tiff("<")[:8] + b"\xff\xff" + bytes(24),
    ],
)
def test_damaged_exif_leaves_a_picture_as_it_is_stored(tmp_path: Path, exif: bytes) -> None:
    picture = read(tmp_path, encoded(scene(), exif=b"Exif\0\0" + exif))
    assert picture.orientation == 1
    assert np.abs(picture.pixels.astype(int) - bgr(scene())).mean() < 3


# --- boxes ----------------------------------------------------------------------------------------


def extent(pixels: NDArray[np.uint8]) -> Box:
    """The box around what is red."""
    rows, columns = np.nonzero((pixels == (0, 0, 255)).all(axis=2))
    top, left = int(rows.min()), int(columns.min())
    return Box(left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)


@pytest.fixture(scope="module")
def rectangle() -> tuple[Image.Image, Box]:
    """A red rectangle and the box that annotations of the stored picture give it."""
    image = Image.new("RGB", (60, 40), "white")
    image.paste((255, 0, 0), (7, 3, 27, 16))
    return image, Box(7, 3, 20, 13)


@pytest.mark.parametrize("value", range(1, 9))
def test_a_box_of_the_stored_picture_follows_its_orientation(
    tmp_path: Path, rectangle: tuple[Image.Image, Box], value: int
) -> None:
    image, box = rectangle
    picture = read(tmp_path, with_orientation(image, value))
    assert upright_box(box, picture, 60, 40) == extent(picture.pixels)


@pytest.mark.parametrize("value", range(5, 9))
def test_a_box_of_the_upright_picture_stays(
    tmp_path: Path, rectangle: tuple[Image.Image, Box], value: int
) -> None:
    picture = read(tmp_path, with_orientation(rectangle[0], value))
    box = extent(picture.pixels)
    assert upright_box(box, picture, 40, 60) == box


def test_a_box_between_pixels_keeps_its_edges(tmp_path: Path) -> None:
    picture = read(tmp_path, with_orientation(scene(), 3))
    assert upright_box(Box(0, 0, 60, 40), picture, 60, 40) == Box(0, 0, 60, 40)
    assert upright_box(Box(1.25, 2.5, 10.5, 20), picture, 60, 40) == Box(48.25, 17.5, 10.5, 20)


@pytest.mark.parametrize(
    ("value", "size"), [(1, (40, 60)), (1, (61, 40)), (6, (40, 61)), (6, (0, 0))]
)
def test_annotations_of_another_size_are_refused(
    tmp_path: Path, value: int, size: tuple[int, int]
) -> None:
    picture = read(tmp_path, with_orientation(scene(), value))
    with pytest.raises(PictureError) as refused:
        upright_box(Box(1, 1, 2, 2), picture, *size)
    assert refused.value.reason is Reason.SIZE_MISMATCH


# --- files that are no picture --------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"\x89PNG\r\n\x1a\n",
        b"<html>404</html>",
        b"GIF89a" + bytes(100),
        bytes(5000),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        encoded(scene(), "BMP"),
        encoded(scene(), "TIFF"),
        b"garbage" + encoded(scene()),
        np.random.default_rng(0).bytes(5000),
        b"\xff\xd8" + np.random.default_rng(1).bytes(5000) + b"\xff\xd9",
    ],
)
def test_what_is_no_picture_is_unreadable(tmp_path: Path, data: bytes) -> None:
    assert reason(tmp_path, data) is Reason.UNREADABLE


@pytest.mark.parametrize(
    "data",
    [
        encoded(scene(), quality=95),
        encoded(scene(), progressive=True),
        encoded(scene().convert("L"), restart_marker_blocks=1),
        encoded(scene(), "PNG"),
        encoded(scene().convert("P"), "PNG"),
    ],
    ids=["JPEG", "progressive", "restarts", "PNG", "palette"],
)
def test_a_picture_cut_anywhere_is_unreadable(tmp_path: Path, data: bytes) -> None:
    for end in range(0, len(data), 7):
        assert reason(tmp_path, data[:end]) is Reason.UNREADABLE
    assert reason(tmp_path, data[:-1]) is Reason.UNREADABLE
    # A download that reserved its space before it broke off.
    assert reason(tmp_path, data[: len(data) // 2].ljust(len(data), b"\0")) is Reason.UNREADABLE


def test_a_real_photograph_cut_short_is_unreadable(coco_mini: Path, tmp_path: Path) -> None:
    data = min(coco_mini.glob("val2017/*.jpg")).read_bytes()
    for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999):
        assert reason(tmp_path, data[: int(len(data) * share)]) is Reason.UNREADABLE


def test_an_embedded_preview_is_not_taken_for_the_end(tmp_path: Path) -> None:
    preview = encoded(scene(16, 12))
    exif = tiff("<", entry("<", 0x0112, 1)) + preview
    data = encoded(scene(), exif=b"Exif\0\0" + exif)
    assert data.count(b"\xff\xd9") == 2
    assert read(tmp_path, data).stored_width == 60
    assert reason(tmp_path, data[: data.index(b"\xff\xd9") + 200]) is Reason.UNREADABLE


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_follows_a_whole_picture_does_not_matter(tmp_path: Path, kind: str) -> None:
    data = encoded(scene(), kind)
    archive = b"PK\x03\x04" + bytes(300)
    assert np.array_equal(read(tmp_path, data + archive).pixels, read(tmp_path, data).pixels)
    assert read(tmp_path, data + archive).digest != read(tmp_path, data).digest


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_palette_picture_without_its_palette_is_unreadable(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 3, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    assert reason(tmp_path, png(header, pixel, chunk(b"IEND", b""))) is Reason.UNREADABLE


def test_a_flipped_bit_in_a_png_is_noticed(tmp_path: Path) -> None:
    data = bytearray(encoded(scene(), "PNG"))
    data[len(data) // 2] ^= 1
    assert reason(tmp_path, bytes(data)) is Reason.UNREADABLE


def test_metadata_is_not_even_looked_at(tmp_path: Path) -> None:
    header, rest = encoded(scene(), "PNG")[8:33], encoded(scene(), "PNG")[33:]
    bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(200 * 2**20), 9))
    frames = chunk(b"acTL", b"")
    plain = read(tmp_path, encoded(scene(), "PNG"))
    assert np.array_equal(read(tmp_path, png(header, bomb, frames, rest)).pixels, plain.pixels)


# --- too large ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_limit_is_checked_before_decoding(tmp_path: Path, kind: str) -> None:
    data = encoded(scene(), kind)
    assert read(tmp_path, data, 60 * 40).pixels.shape == (40, 60, 3)
    assert reason(tmp_path, data, 60 * 40 - 1) is Reason.TOO_MANY_PIXELS


def test_a_small_file_of_a_huge_picture_is_refused(tmp_path: Path) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    data = png(header, chunk(b"IDAT", zlib.compress(bytes(1000))), chunk(b"IEND", b""))
    assert reason(tmp_path, data) is Reason.TOO_MANY_PIXELS


def test_a_file_too_large_for_its_pixels_is_not_even_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.write(encoded(scene()))
        file.truncate(2**40)
    with pytest.raises(PictureError) as refused:
        read_picture(tmp_path, "huge.jpg", LIMIT)
    assert refused.value.reason is Reason.TOO_MANY_PIXELS


# --- paths and disks ------------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one picture, beside a picture that is none of its business."""
    (tmp_path / "outside.jpg").write_bytes(encoded(scene()))
    folder = tmp_path / "root"
    (folder / "val2017").mkdir(parents=True)
    (folder / "val2017" / "1.jpg").write_bytes(encoded(scene()))
    return folder


def refused_path(root: Path, relative: str) -> Reason:
    with pytest.raises(PictureError) as refused:
        read_picture(root, relative, LIMIT)
    assert str(root) not in refused.value.detail
    return refused.value.reason


def test_paths_that_leave_the_root_are_unsafe(root: Path) -> None:
    (root / "link.jpg").symlink_to("../outside.jpg")
    absolute = str(root / "val2017" / "1.jpg")
    for relative in (
        "../outside.jpg",
        "val2017/../../outside.jpg",
        "val2017/../val2017/1.jpg",
        "val2017\\1.jpg",
        "link.jpg",
        "1.jpg\0",
        "",
        "/etc/hostname",
    ):
        assert refused_path(root, relative) is Reason.UNSAFE_PATH, relative
    with pytest.raises(PictureError) as refused:
        read_picture(root, absolute, LIMIT)
    assert refused.value.reason is Reason.UNSAFE_PATH


def test_a_symlink_inside_the_root_is_followed(root: Path) -> None:
    (root / "link.jpg").symlink_to("val2017/1.jpg")
    assert read_picture(root, "link.jpg", LIMIT).stored_width == 60


@pytest.mark.parametrize("relative", ["val2017/2.jpg", "train2017/1.jpg", "val2017/1.jpg/1.jpg"])
def test_a_picture_that_is_not_there_is_missing(root: Path, relative: str) -> None:
    assert refused_path(root, relative) is Reason.MISSING_FILE


def test_what_is_no_file_is_unreadable(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    (root / "loop.jpg").symlink_to("loop.jpg")
    for relative in ("val2017", "pipe.jpg", "loop.jpg", "x" * 300 + ".jpg"):
        assert refused_path(root, relative) is Reason.UNREADABLE, relative


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_forbidden_file_is_unreadable_but_a_forbidden_root_is_an_error(root: Path) -> None:
    (root / "val2017" / "1.jpg").chmod(0)
    assert refused_path(root, "val2017/1.jpg") is Reason.UNREADABLE
    root.chmod(0)
    try:
        with pytest.raises(PermissionError):
            read_picture(root, "val2017/1.jpg", LIMIT)
    finally:
        root.chmod(0o700)


def test_a_root_that_is_gone_or_empty_is_an_error_not_a_missing_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "unmounted", "val2017/1.jpg", LIMIT)
    (tmp_path / "mount point").mkdir()
    with pytest.raises(FileNotFoundError, match="is its disk mounted"):
        read_picture(tmp_path / "mount point", "val2017/1.jpg", LIMIT)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has such a file")
def test_a_failing_disk_is_an_error() -> None:
    # A process's memory is a file that truly answers EIO where nothing is mapped.
    with pytest.raises(OSError, match="Input/output error"):
        read_picture(Path("/proc/self"), "mem", LIMIT)


def test_a_picture_error_crosses_process_borders() -> None:
    error = pickle.loads(pickle.dumps(PictureError(Reason.UNREADABLE, "'1.jpg' is empty")))
    assert (error.reason, error.detail) == (Reason.UNREADABLE, "'1.jpg' is empty")
