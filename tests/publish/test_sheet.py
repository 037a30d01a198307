"""Sheets of swapped pictures carry the mark, and no pixel of them changes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cocopfs.publish.mark import DIGITAL_SOURCE_TYPE, Mark, opaque_id, read_mark, write_png_mark
from cocopfs.publish.sheet import encode_sheet


def sheet() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg"])
def test_no_pixel_changes_and_the_bytes_are_the_same_again(suffix: str) -> None:
    data = encode_sheet(sheet(), suffix)
    bare = cv2.imencode(suffix, sheet())[1]
    for flag in (cv2.IMREAD_COLOR, cv2.IMREAD_UNCHANGED):
        found = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
        np.testing.assert_array_equal(found, cv2.imdecode(bare, flag))
    assert encode_sheet(sheet(), suffix) == data


def test_pillow_reads_the_pngs_chunk_and_checks_it() -> None:
    with Image.open(io.BytesIO(encode_sheet(sheet(), ".png"))) as opened:
        opened.verify()
    with Image.open(io.BytesIO(encode_sheet(sheet(), ".png"))) as opened:
        opened.load()
        packet = opened.info["XML:com.adobe.xmp"]
    assert DIGITAL_SOURCE_TYPE in packet
    assert read_mark(encode_sheet(sheet(), ".jpg")) is not None


def test_exiftool_finds_the_mark(tmp_path: Path) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (apt-get install libimage-exiftool-perl)")
    paths = [tmp_path / f"sheet{suffix}" for suffix in (".png", ".jpg")]
    for path in paths:
        path.write_bytes(encode_sheet(sheet(), path.suffix))
    command = ["exiftool", "-json", "-G1", "-XMP:all", "-validate", "-warning", *map(str, paths)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for each in found:
        assert each["XMP-iptcExt:DigitalSourceType"] == DIGITAL_SOURCE_TYPE
        assert "ExifTool:Warning" not in each
    assert len({each["XMP-dc:Identifier"] for each in found}) == 1, "the same pixels"


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        write_png_mark(data, Mark(opaque_id("salt", "1"), "cocopfs"))
