"""Whoever was taken out and came back is seen, by the tombstones alone."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from cocopfs.removal.remove import remove
from cocopfs.removal.request import Request
from tests.command import cocopfs

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")


def test_a_removal_is_verified(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "taken out" not in cocopfs(capsys, "verify", copied).output
    before = copied.parent / "before"
    shutil.copytree(copied, before)
    remove(copied, Request(("n005815",)), purge_too=False, today=date(2026, 1, 2))
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 0
    assert "--purge" in ended.output
    remove(copied, Request(), purge_too=True, today=date(2026, 1, 2))
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 0
    assert "--purge" not in ended.output
    # Somebody brings an old file back.
    shutil.copy(before / "private" / "identities.parquet", copied / "private")
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 3
    assert "somebody who was taken out" in ended.output


def test_a_removal_that_has_not_ended_is_seen(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remove(copied, Request(("n005815",)), purge_too=False, today=date(2026, 1, 2))
    told = copied / "private" / "tombstones.json"
    told.write_text(told.read_text().replace('"purge":false', '"purge":true'))
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 3
    assert "a removal has not ended" in ended.output


def test_what_a_report_still_tells_is_purged(
    copied: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To delete it and build again would be a long way to the same."""
    (copied / "audit").mkdir()
    shutil.copy(copied / "data" / "train-00000-of-00001.parquet", copied / "audit/audit.parquet")
    remove(copied, Request(("n005815",)), purge_too=False, today=date(2026, 1, 2))
    ended = cocopfs(capsys, "verify", copied)
    assert ended.code == 3
    assert "audit/audit.parquet" in ended.output
    assert f"next: cocopfs remove {copied} --purge" in ended.error
    assert "build again" not in ended.error
    assert cocopfs(capsys, "remove", copied, "--purge").code == 0
    assert cocopfs(capsys, "verify", copied).code == 0
