"""Which photographs may go out, by their licences' addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.publish.dataset import Published
from cocopfs.publish.licences import render_licences
from cocopfs.publish.redistribution import Refusal, left_out, redistributable_part, refusal
from cocopfs.sources.origin import Origin
from tests.publish.published import as_dict, manifest

CC = "http://creativecommons.org/licenses"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{CC}/by-nc-sa/2.0/", Refusal.NON_COMMERCIAL),
        (f"{CC}/by-nc/2.0/", Refusal.NON_COMMERCIAL),
        (f"{CC}/by-nc-nd/2.0/", Refusal.NO_DERIVATIVES),
        (f"{CC}/by/2.0/", None),
        (f"{CC}/by-sa/2.0/", None),
        (f"{CC}/by-nd/2.0/", Refusal.NO_DERIVATIVES),
        ("http://flickr.com/commons/usage/", None),
        ("http://www.usa.gov/copyright.shtml", None),
    ],
)
def test_the_eight_licences_of_coco(url: str, expected: Refusal | None) -> None:
    assert refusal(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://creativecommons.org/licenses/by-nd/4.0/deed.en", Refusal.NO_DERIVATIVES),
        ("HTTPS://CREATIVECOMMONS.ORG/LICENSES/BY-NC/4.0/", Refusal.NON_COMMERCIAL),
        ("https://creativecommons.org/publicdomain/zero/1.0/", None),
        ("", Refusal.UNKNOWN),
        ("https://example.org/?creativecommons.org/licenses/by/4.0/", Refusal.UNKNOWN),
        ("https://creativecommons.org.example.org/licenses/by/4.0/", Refusal.UNKNOWN),
        ("all rights reserved", Refusal.UNKNOWN),
    ],
)
def test_other_addresses(url: str, expected: Refusal | None) -> None:
    assert refusal(url) == expected


def test_what_was_left_out_is_told() -> None:
    assert left_out({}) is None
    assert "all of them may" in (left_out({"redistributable": []}) or "")
    told = left_out({"redistributable": [{"reason": "NoDerivs", "rows": 9, "photos": 2}]})
    assert told is not None
    assert "2 (9 rows) for NoDerivs" in told


def invented(licence: str) -> Published:
    """A dataset of drawn people in which everything is under one licence."""
    origin = as_dict(Origin("drawn", licence, people="invented"))
    facts = manifest(sources={name: {"origin": origin} for name in ("coco", "gallery")})
    for file in facts["pack"]["files"].values():
        file["licence"] = licence
    return Published(Path(), {**facts, "splits": {}}, "", {})


def test_invented_licences_leave_nothing_out() -> None:
    part = redistributable_part(invented("Apache-2.0"))
    assert part.facts["redistributable"] == []
    assert part.keeps is None
    assert redistributable_part(invented("CC BY-NC 4.0")).keeps is not None, "no free licence"


def test_the_licences_of_the_drawn_do_not_contradict_each_other() -> None:
    told = render_licences(invented("Apache-2.0").facts)
    assert "under one licence: Apache-2.0. The photographs' licences below are invented" in told
    assert "where the photograph and its owner are found" not in told
    assert "invented" not in render_licences(manifest())
