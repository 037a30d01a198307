"""A folder that cannot be written is found out before work is done for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cocopfs.engine.folder import require_writable
from cocopfs.errors import UsageError


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    require_writable(folder, "")
    require_writable(folder, "", mark="lock")
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_file_is_no_folder_nor_above_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "out"):
        with pytest.raises(UsageError, match="cannot be made, or is no folder") as caught:
            require_writable(folder, "name another")
        assert str(folder) in caught.value.what
        assert caught.value.hint == "name another"
    with pytest.raises(UsageError, match=r"^OUT cannot be made"):
        require_writable(tmp_path / "file" / "work", "", named=Path("OUT"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux has such a folder")
def test_a_folder_in_which_nothing_can_be_made() -> None:
    with pytest.raises(UsageError, match="/proc cannot be written"):
        require_writable(Path("/proc"), "")
    with pytest.raises(UsageError, match="/proc/out cannot be made"):
        require_writable(Path("/proc/out"), "")
