"""`consent.csv` comes from outside: what is wrong with it is named, with its line."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.sources.consent import FILE, Consent, needs_consent, read_consent
from cocopfs.sources.origin import VGGFACE2, Origin

GOOD = "identity,basis,date\nanna,written consent,2026-01-02\nBjörn, contract ,2025-12-31\n"


def test_who_needs_it() -> None:
    assert needs_consent(Origin("own", "own"))
    assert not needs_consent(Origin("drawn", "free", people="invented"))
    assert not needs_consent(VGGFACE2)


def test_what_it_covers(tmp_path: Path) -> None:
    assert read_consent(tmp_path, ["anna"]) == Consent(None, 0, 1)
    (tmp_path / FILE).write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    digest = hashlib.sha256((tmp_path / FILE).read_bytes()).hexdigest()
    assert read_consent(tmp_path, ["anna", "Bjo\u0308rn", "carla"]) == Consent(digest, 1, 2)
    assert read_consent(tmp_path, ["anna", "Björn"]) == Consent(digest, 2, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,basis,date\n", "header"),
        ("identity,basis,date\nanna,,2026-01-02\n", "line 2 has no basis"),
        ("identity,basis,date\n,consent,2026-01-02\n", "line 2 has no identity"),
        ("identity,basis,date\nanna,consent,yesterday\n", "the date 'yesterday'"),
        ("identity,basis,date\nanna,consent\n", "the date ''"),
        (GOOD + "anna,contract,2026-01-03\n", "line 4 names an identity a second time"),
        ('identity,basis,date\nanna,"consent\n', "cannot be used"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(UsageError, match=told):
        read_consent(tmp_path, ["anna"])


def test_bytes_that_are_no_text_and_links_that_lead_out_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "gallery"
    root.mkdir()
    (root / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError):
        read_consent(root, ["anna"])
    (root / FILE).unlink()
    (tmp_path / FILE).write_text(GOOD)
    (root / FILE).symlink_to(tmp_path / FILE)
    with pytest.raises(UsageError, match="leads out"):
        read_consent(root, ["anna"])
