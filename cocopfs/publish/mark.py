"""The provenance mark: XMP that says that a picture is synthetic.

Every swapped JPEG has one, and so have sheets that show some, which may be PNG.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn
from xml.etree import ElementTree
from xml.sax.saxutils import escape

# IPTC NewsCodes: a composite of which some part was made by a trained model.
DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """`sample`: an id from `opaque_id`, never a name or a class id. `tool`: "cocopfs 0.1.0".

    Raises ValueError where `sample` is not such an id or `tool` not one short line of ASCII.
    """

    sample: str
    tool: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{32}", self.sample):
            raise ValueError(f"a mark carries an opaque id of 32 hex digits, not {self.sample!r}")
        if not re.fullmatch(r"[!-~]([ -~]{0,98}[!-~])?", self.tool):
            raise ValueError(f"a mark names its tool in 1 to 100 ASCII characters: {self.tool!r}")


def opaque_id(salt: str, sample_id: str) -> str:
    """32 hex digits that stand for a sample; opaque to whoever does not know the salt."""
    return hashlib.sha256(f"cocopfs provenance mark\0{salt}\0{sample_id}".encode()).hexdigest()[:32]


def write_mark(jpeg: bytes, mark: Mark) -> bytes:
    """The JPEG with one XMP segment (APP1) more, after its JFIF segments; no other byte changes.

    Raises ValueError for what is not a JPEG and for a JPEG that has XMP already, of whomever.
    """
    end_of_jfif = len(_START)
    for segment in _segments(jpeg):
        if segment.is_xmp:
            raise ValueError("the JPEG has an XMP packet already")
        if segment.marker == _APP0 and segment.start == end_of_jfif:
            end_of_jfif = segment.end
    content = _XMP + _packet(mark)
    size = (len(content) + 2).to_bytes(2)
    return jpeg[:end_of_jfif] + bytes((0xFF, _APP1)) + size + content + jpeg[end_of_jfif:]


def write_png_mark(png: bytes, mark: Mark) -> bytes:
    """The PNG with one chunk of XMP more, after its header; no other byte changes.

    The chunk is an uncompressed iTXt of the keyword that the XMP specification gives (ISO 16684-1
    and its part 3; PNG, third edition, 11.3.3.4). Raises ValueError for what is not a PNG.
    """
    if not (png.startswith(_PNG) and png[12:16] == b"IHDR"):
        raise ValueError("not a PNG: it does not begin with a header")
    # Keyword, no compression of method 0, no language, no translated keyword.
    content = b"iTXt" + b"XML:com.adobe.xmp" + bytes(5) + _packet(mark)
    chunk = (len(content) - 4).to_bytes(4) + content + zlib.crc32(content).to_bytes(4)
    return png[:_END_OF_IHDR] + chunk + png[_END_OF_IHDR:]


def read_mark(jpeg: bytes) -> Mark | None:
    """The mark of a JPEG; None where there is no XMP, or XMP that does not say what a mark says.

    Also reads what another tool has made of the packet: properties as attributes or as elements.
    Raises ValueError for what is not a JPEG, and for XMP that is damaged, has a document type
    declaration (so no entity is ever expanded), or is there twice.
    """
    packets = [segment.content for segment in _segments(jpeg) if segment.is_xmp]
    if len(packets) > 1:
        raise ValueError("the JPEG has more than one XMP packet")
    if not packets:
        return None
    found = _properties(packets[0].removeprefix(_XMP))
    if found.get(_SOURCE_TYPE) != DIGITAL_SOURCE_TYPE:
        return None
    try:
        return Mark(found.get(_IDENTIFIER, ""), found.get(_CREATOR_TOOL, ""))
    except ValueError:  # somebody else's synthetic picture
        return None


# --- JPEG -----------------------------------------------------------------------------------------

_START = b"\xff\xd8"
_APP0, _APP1, _SCAN = 0xE0, 0xE1, 0xDA
_XMP = b"http://ns.adobe.com/xap/1.0/\0"


_PNG = b"\x89PNG\r\n\x1a\n"
_END_OF_IHDR = len(_PNG) + 25  # length, type, 13 bytes, checksum


@dataclass(frozen=True, slots=True)
class _Segment:
    marker: int
    start: int  # of the marker
    end: int
    content: bytes  # without its length

    @property
    def is_xmp(self) -> bool:
        return self.marker == _APP1 and self.content.startswith(_XMP)


def _segments(jpeg: bytes) -> Iterator[_Segment]:
    """The segments before the first scan. Raises ValueError where there are none."""
    if not jpeg.startswith(_START):
        raise ValueError("not a JPEG: it does not begin with FF D8")
    position = len(_START)
    while True:
        head = re.compile(rb"\xff+([^\xff\x00])(..)", re.DOTALL).match(jpeg, position)
        if head is None:
            raise ValueError(f"not a JPEG: no segment at byte {position}")
        marker, length = head[1][0], int.from_bytes(head[2])
        if marker == _SCAN:
            return
        end = head.start(2) + length
        if length < 2 or end > len(jpeg):
            raise ValueError(f"not a JPEG: the segment at byte {position} is cut short")
        yield _Segment(marker, position, end, jpeg[head.end() : end])
        position = end


# --- XMP ------------------------------------------------------------------------------------------

_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_DESCRIPTION = f"{{{_NAMESPACES['rdf']}}}Description"
_IDENTIFIER = f"{{{_NAMESPACES['dc']}}}identifier"
_CREATOR_TOOL = f"{{{_NAMESPACES['xmp']}}}CreatorTool"
_SOURCE_TYPE = f"{{{_NAMESPACES['Iptc4xmpExt']}}}DigitalSourceType"


def _packet(mark: Mark) -> bytes:
    """ISO 16684-1, 7.3: the wrapper's id is the standard's; "r" for no room to edit in place."""
    spaces = "".join(f'\n    xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF{spaces}>
  <rdf:Description rdf:about="">
   <Iptc4xmpExt:DigitalSourceType>{DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>
   <xmp:CreatorTool>{escape(mark.tool)}</xmp:CreatorTool>
   <dc:identifier>{mark.sample}</dc:identifier>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>""".encode()


class _NoDoctype(ElementTree.TreeBuilder):
    """Entities can only be declared in a document type declaration: without one, none expand."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> NoReturn:
        raise ValueError("the XMP packet has a document type declaration")


def _properties(packet: bytes) -> dict[str, str]:
    """The simple properties of all descriptions, by `{namespace}name`."""
    try:
        parser = ElementTree.XMLParser(target=_NoDoctype())
        parser.feed(packet.decode("utf-8"))
        root = parser.close()
    except (ElementTree.ParseError, UnicodeDecodeError) as error:
        raise ValueError(f"the XMP packet is damaged: {error}") from error
    found: dict[str, str] = {}
    for description in root.iter(_DESCRIPTION):
        found.update(description.attrib)
        found.update({child.tag: (child.text or "").strip() for child in description})
    return found
