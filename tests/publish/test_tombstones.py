"""Tombstones tell whether somebody left, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.errors import UsageError
from cocopfs.publish.tombstones import (
    KEY,
    NOBODY,
    TOMBSTONES,
    Removals,
    Tombstones,
    changelog,
    keep_key,
    plain_name,
    read_removals,
    removed_rows,
    tombstones_of,
    write_removals,
)
from cocopfs.records import Reason

ONE, OTHER = b"1" * 32, b"2" * 32


def marked(key: bytes) -> Tombstones:
    mark = Tombstones(key).mark
    return Tombstones(
        key,
        frozenset({mark("identity", "n000001")}),
        frozenset({mark("photo", "785")}),
        frozenset({mark("name", plain_name("Zélia Duncan"))}),
    )


def test_ids_and_names_are_known_again() -> None:
    stones = marked(ONE)
    assert stones.identity("n000001")
    assert stones.identity("n000009", "ZÉLIA_DUNCAN")
    assert stones.identity("n000009", "Ze\u0301lia  Duncan")
    assert stones.photo(785)
    assert stones.photo("785")
    assert not stones.identity("n000002", "Zélia Dunca")
    assert not stones.photo(78)
    assert not stones.identity("785"), "a photograph's mark is no identity's"
    assert not NOBODY.identity("n000001", "Zélia Duncan")
    assert not NOBODY.photo(785)


def test_another_key_gives_other_marks() -> None:
    assert not marked(ONE).identities & marked(OTHER).identities


def test_what_is_written_is_read_back_and_tells_nobody(tmp_path: Path) -> None:
    assert read_removals(tmp_path) is None
    assert tombstones_of(tmp_path, None) is NOBODY
    key = keep_key(tmp_path)
    assert keep_key(tmp_path) == key, "drawn once"
    assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    stones = marked(key)
    removals = Removals(tuple(stones.identities), tuple(stones.photos), tuple(stones.names))
    write_removals(tmp_path, removals)
    assert read_removals(tmp_path) == removals
    assert tombstones_of(tmp_path, removals) == stones
    written = (tmp_path / TOMBSTONES).read_text()
    assert not any(word in written for word in ("n000001", '785"', "lia"))


def test_a_lost_key_is_not_drawn_again(tmp_path: Path) -> None:
    keep_key(tmp_path)
    write_removals(tmp_path, Removals(identities=("0",)))
    (tmp_path / KEY).unlink()
    for again in (lambda: keep_key(tmp_path), lambda: tombstones_of(tmp_path, Removals(("0",)))):
        with pytest.raises(UsageError, match="gone or broken"):
            again()
    (tmp_path / KEY).write_text("abcd")
    with pytest.raises(UsageError, match="2 bytes"):
        keep_key(tmp_path)


def test_a_rejection_shows_a_mark_and_no_more() -> None:
    (person, photo) = removed_rows(["a" * 64], ["b" * 64])
    assert (person.item, person.reason, person.stage) == ("a" * 16, Reason.REMOVED, "enroll")
    assert (photo.item, photo.stage) == ("b" * 16, "select")
    assert not Reason.REMOVED.is_fault


def test_the_changelog_counts() -> None:
    change = {"version": 2, "date": "2026-01-02", "identities": 2, "photos": 1, "rows": 1}
    text = changelog([change, {**change, "version": 3, "identities": 0, "photos": 0, "rows": 0}])
    assert "2 identities and 1 photograph left the dataset on request, with 1 row." in text
    assert text.index("Version 3") < text.index("Version 2") < text.index("Version 1")
