"""`consent.csv` of a gallery of one's own: on what basis each identity's face may be used."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import msgspec

from cocopfs.errors import UsageError
from cocopfs.sources.origin import VGGFACE2, Origin
from cocopfs.sources.paths import UnsafePathError, inside

FILE = "consent.csv"
_COLUMNS = ("identity", "basis", "date")
_EXPECTED = (
    "UTF-8 text with a header and the columns identity (the folder's name), basis (consent, "
    "contract, public domain, ...) and date (YYYY-MM-DD)"
)
_MOST_BYTES = 50_000_000


class Consent(msgspec.Struct, frozen=True):
    """What a manifest tells of it: the file's sha256, null where there is none; how many of the
    gallery's identities it covers, and how many it leaves open. Never who."""

    sha256: str | None
    covered: int
    open: int


def needs_consent(origin: Origin) -> bool:
    """Portraits of real people, unless they are VGGFace2's, whose own terms are shown instead."""
    return origin.people == "real" and origin != VGGFACE2


def read_consent(root: Path, class_ids: Iterable[str]) -> Consent:
    """How far the gallery's `consent.csv` covers these identities.

    Raises UsageError that names the line of a broken file.
    """
    wanted = set(class_ids)
    if not (root / FILE).exists():
        return Consent(None, 0, len(wanted))
    try:
        path = inside(root, FILE)
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES} bytes")
        data = path.read_bytes()
        told = _identities(data.decode("utf-8-sig"))
    except (OSError, ValueError, UnsafePathError, csv.Error) as error:
        raise UsageError(f"{root / FILE} cannot be used: {error}", expected=_EXPECTED) from error
    covered = len(wanted & told)
    return Consent(hashlib.sha256(data).hexdigest(), covered, len(wanted) - covered)


def _identities(text: str) -> set[str]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True, skipinitialspace=True)
    header = [name.strip().lower() for name in rows.fieldnames or ()]
    if not set(_COLUMNS) <= set(header):
        raise ValueError(f"its header is {','.join(rows.fieldnames or ())!r}")
    rows.fieldnames = header
    told: set[str] = set()
    for row in rows:
        identity, basis, date = ((row[name] or "").strip() for name in _COLUMNS)
        where = f"line {rows.line_num}"
        if not identity or not basis:
            raise ValueError(f"{where} has no {'identity' if not identity else 'basis'}")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
            raise ValueError(f"{where} has the date {date!r}")
        identity = unicodedata.normalize("NFC", identity)
        if identity in told:
            raise ValueError(f"{where} names an identity a second time")
        told.add(identity)
    return told
