"""What `world` says ends in a command that runs as it stands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from cocopfs.terminal.world import world_lines
from cocopfs.world.disk import World
from tests.command import cocopfs


def test_a_large_world_needs_no_settings() -> None:
    world = World(Path("W/coco"), Path("W/vggface2"))
    _, following = world_lines(world, Path("W"), 300, 100, 12)
    assert following == (
        "next: cocopfs build drawn-world --coco W/coco --vggface2 W/vggface2 --out W-dataset"
    )


def test_the_command_builds_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a world"
    options = ("--photos", 4, "--identities", 4, "--portraits", 3)
    ended = cocopfs(capsys, "world", folder, *options)
    assert ended.code == 0
    program, *words = shlex.split(ended.output.partition("next: ")[2])
    assert program == "cocopfs"
    built = cocopfs(capsys, *words, "--device", "cpu")
    assert built.code == 0, built.error
    assert list((tmp_path / "a world-dataset" / "data").glob("*.parquet"))
    assert "No sample was made" not in built.output


def test_a_folder_inside_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    ended = cocopfs(capsys, "world", tmp_path / "file" / "w", "--photos", 2, "--identities", 2)
    assert ended.code == 2
    assert "cannot be made, or is no folder: Not a directory" in ended.error


def test_a_folder_with_something_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    ended = cocopfs(capsys, "world", tmp_path, "--photos", 2, "--identities", 2)
    assert ended.code == 2
    assert "is not empty" in ended.error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
