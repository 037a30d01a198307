"""Which photographs may go out, by their licences' addresses."""

from __future__ import annotations

import pytest

from cocopfs.publish.redistribution import Refusal, left_out, refusal

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
