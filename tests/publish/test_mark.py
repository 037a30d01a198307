"""The provenance mark says what it must, to everybody, and changes nothing else."""

from __future__ import annotations

import contextlib
import io
import struct
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cocopfs.publish.mark import DIGITAL_SOURCE_TYPE, Mark, opaque_id, read_mark, write_mark

MARK = Mark(opaque_id("salt", "139_n000106"), "cocopfs 0.1.0")
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def picture(quality: int = 95) -> bytes:
    random = np.random.default_rng(0)
    pixels = cv2.resize(random.integers(0, 256, (9, 12, 3), np.uint8), (160, 120))
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    done, jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality, *sampling])
    assert done
    return jpeg.tobytes()


def without_jfif() -> bytes:
    jpeg = picture()
    (size,) = struct.unpack(">H", jpeg[4:6])
    return jpeg[:2] + jpeg[4 + size :]


def with_xmp(packet: bytes, jpeg: bytes | None = None) -> bytes:
    """A JPEG with any packet, as another tool might leave it."""
    jpeg = picture() if jpeg is None else jpeg
    content = XMP + packet
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def description(inside: str, attributes: str = "") -> bytes:
    return f"""<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/' x:xmptk='Image::ExifTool 12.76'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/'
 xmlns:i='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'
 xmlns:dc='http://purl.org/dc/elements/1.1/' {attributes}>{inside}</rdf:Description>
</rdf:RDF></x:xmpmeta>{" " * 200}
<?xpacket end='w'?>""".encode()


@pytest.mark.parametrize("jpeg", [picture(), picture(50), without_jfif()])
def test_a_mark_is_read_back_and_the_pixels_stay(jpeg: bytes) -> None:
    marked = write_mark(jpeg, MARK)
    assert read_mark(jpeg) is None
    assert read_mark(marked) == MARK
    before, after = (
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) for data in (jpeg, marked)
    )
    np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(
        np.asarray(Image.open(io.BytesIO(marked))), np.asarray(Image.open(io.BytesIO(jpeg)))
    )


@pytest.mark.parametrize("jpeg", [picture(), without_jfif()])
def test_one_segment_is_added_and_no_other_byte_changes(jpeg: bytes) -> None:
    marked = write_mark(jpeg, MARK)
    start = marked.index(b"\xff\xe1")
    (size,) = struct.unpack(">H", marked[start + 2 : start + 4])
    assert marked[:start] + marked[start + 2 + size :] == jpeg
    head = marked[:start]
    assert head == b"\xff\xd8" or (head[2:4] == b"\xff\xe0" and head[6:11] == b"JFIF\0")


def test_pillow_finds_the_standard_properties() -> None:
    with Image.open(io.BytesIO(write_mark(picture(), MARK))) as image:
        assert image.info["jfif"] == 0x0101
        packet = image.info["xmp"]
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'.encode())
    properties = {
        child.tag: child.text
        for child in ElementTree.fromstring(packet).iterfind(".//{*}Description/*")
    }
    assert properties == {
        "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType": (
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
        ),
        "{http://ns.adobe.com/xap/1.0/}CreatorTool": "cocopfs 0.1.0",
        "{http://purl.org/dc/elements/1.1/}identifier": MARK.sample,
    }


def test_the_sample_cannot_be_read_from_its_id() -> None:
    assert opaque_id("salt", "139_n000106") == opaque_id("salt", "139_n000106")
    ids = {opaque_id(*parts) for parts in [("a", "bc"), ("ab", "c"), ("a", "b"), ("b", "bc")]}
    assert len(ids) == 4
    assert b"n000106" not in write_mark(picture(), MARK)


@pytest.mark.parametrize("sample", ["139_n000106", "Zélia Duncan", "", "A" * 32, "a" * 31])
def test_a_mark_takes_nothing_but_an_opaque_id(sample: str) -> None:
    with pytest.raises(ValueError, match="opaque id"):
        Mark(sample, "cocopfs 0.1.0")


@pytest.mark.parametrize("tool", ["", "a\nb", "x" * 101, "cocopfs ", "é"])
def test_a_tool_is_one_short_line(tool: str) -> None:
    with pytest.raises(ValueError, match="tool"):
        Mark(MARK.sample, tool)


def test_a_tool_with_markup_in_its_name_is_written_as_text() -> None:
    mark = Mark(MARK.sample, "a <b> & </xmp:CreatorTool> c")
    assert read_mark(write_mark(picture(), mark)) == mark


def test_no_second_mark_beside_xmp_that_is_there() -> None:
    for jpeg in (write_mark(picture(), MARK), with_xmp(description(""))):
        with pytest.raises(ValueError, match="already"):
            write_mark(jpeg, MARK)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", picture()[:15], b"\xff\xd8\xff\xd9", b"\xff\xd8junk"]
)
def test_what_is_not_a_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a JPEG"):
        write_mark(data, MARK)
    with pytest.raises(ValueError, match="not a JPEG"):
        read_mark(data)


def test_a_mark_that_another_tool_has_rewritten_is_still_read() -> None:
    elements = (
        f"<i:DigitalSourceType> {DIGITAL_SOURCE_TYPE} </i:DigitalSourceType>"
        f"<dc:identifier>{MARK.sample}</dc:identifier>"
    )
    assert read_mark(with_xmp(description(elements, f"xmp:CreatorTool='{MARK.tool}'"))) == MARK


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<dc:title>a photograph</dc:title>",
        f"<i:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</i:DigitalSourceType>",
        "<i:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
        f"</i:DigitalSourceType><dc:identifier>{MARK.sample}</dc:identifier>"
        "<xmp:CreatorTool>camera</xmp:CreatorTool>",
    ],
)
def test_xmp_of_others_is_no_mark(inside: str) -> None:
    assert read_mark(with_xmp(description(inside))) is None


LAUGHS = "".join(f"<!ENTITY l{n + 1} '{f'&l{n};' * 10}'>" for n in range(9))


@pytest.mark.parametrize(
    ("packet", "complaint"),
    [
        (b"", "damaged"),
        (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>", "damaged"),
        (description("<dc:title>&nobody;</dc:title>"), "damaged"),
        (description("<dc:title>x</dc:title>").decode().encode("utf-16"), "damaged"),
        (b"<!DOCTYPE x><x/>", "document type"),
        (f"<!DOCTYPE x [<!ENTITY l0 'ha'>{LAUGHS}]><x>&l9;</x>".encode(), "document type"),
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", "document type"),
    ],
)
def test_damaged_or_hostile_xmp_is_an_error(packet: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read_mark(with_xmp(packet))


def test_two_packets_are_an_error() -> None:
    with pytest.raises(ValueError, match="more than one"):
        read_mark(with_xmp(description(""), write_mark(picture(), MARK)))


def test_deep_nesting_is_read_through() -> None:
    assert read_mark(with_xmp(b"<a>" * 8000 + b"</a>" * 8000)) is None


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 600))
def test_damage_ends_as_a_mark_as_no_mark_or_as_an_error(noise: bytes, where: int) -> None:
    marked = write_mark(picture(), MARK)
    damaged = marked[:where] + noise + marked[where + len(noise) :]
    found: Mark | None = MARK
    with contextlib.suppress(ValueError):  # and nothing else
        found = read_mark(damaged)
    assert noise or found == MARK
