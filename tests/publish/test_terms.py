"""Terms are asked for where there are any, and once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocopfs.errors import UsageError
from cocopfs.publish.terms import (
    TERMS,
    accept_terms,
    open_terms,
    require_handing_on,
    terms_of,
    terms_of_dataset,
)
from cocopfs.sources.origin import VGGFACE2, Origin

DRAWN = Origin("the drawn world", "Apache-2.0", people="invented")
OWN = Origin("portraits of one's own", "with consent")


def facts(
    gallery: Origin, licence: str | None = "Apache-2.0", consent: dict[str, Any] | None = None
) -> dict[str, Any]:
    told: dict[str, Any] = {"origin": msgspec.to_builtins(gallery)}
    if consent is not None:
        told["consent"] = consent
    return {
        "sources": {"gallery": told},
        "pack": {"name": "p", "files": {"detector": {"licence": licence}}},
    }


def test_what_is_free_and_invented_has_no_terms(tmp_path: Path) -> None:
    assert terms_of_dataset(facts(DRAWN)) == []
    require_handing_on(tmp_path, facts(DRAWN))


def test_networks_of_one_licence_are_one_term() -> None:
    files = [("gender", None), ("detector", "research only"), ("recogniser", "research only")]
    told = terms_of(VGGFACE2, "paper", files)
    assert [term.subject.split(",")[0] for term in told] == [
        "VGGFace2",
        "the pack paper: gender",
        "the pack paper: detector",
    ]
    assert "research only" in told[2].text


def test_terms_are_acknowledged_once_and_again_when_they_change(tmp_path: Path) -> None:
    before = facts(VGGFACE2, None)
    with pytest.raises(UsageError, match="were not acknowledged") as caught:
        require_handing_on(tmp_path, before)
    assert "cocopfs models accept" in str(caught.value)
    assert len(accept_terms(tmp_path, before, "2026-01-02")) == 2
    require_handing_on(tmp_path, before)
    assert len(open_terms(tmp_path, facts(VGGFACE2, "research only"))) == 1
    (tmp_path / TERMS).write_text("{")
    assert len(open_terms(tmp_path, before)) == 2


def test_ones_own_gallery_needs_consent_for_everybody(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 identities of the gallery have no line"):
        require_handing_on(tmp_path, facts(OWN, consent={"sha256": None, "covered": 0, "open": 2}))
    require_handing_on(tmp_path, facts(OWN, consent={"sha256": "0", "covered": 2, "open": 0}))
