"""What was found stays found, on this machine, and a broken note is as good as none."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from cocopfs.faces.trials import recall, remember

TRIAL: dict[str, str | int | bool] = {"file": "ab" * 32, "rewriting": 1, "batched": True}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "cocopfs" / "trials"


def test_a_trial_is_remembered_by_all_of_its_conditions() -> None:
    assert recall(TRIAL) is None
    remember(TRIAL, 0.25)
    assert recall(TRIAL) == 0.25
    assert recall(dict(sorted(TRIAL.items(), reverse=True))) == 0.25
    others: list[tuple[str, str | int | bool]] = [("rewriting", 2), ("batched", False), ("x", "y")]
    for key, value in others:
        assert recall({**TRIAL, key: value}) is None


def test_a_failure_is_remembered_too() -> None:
    remember(TRIAL, math.inf)
    assert recall(TRIAL) == math.inf


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def _other(path: Path) -> None:
    path.write_text('{"trial": {"file": "another"}, "found": 0.0}')


def _deep(path: Path) -> None:
    path.write_text("[" * 100_000)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BREAKS: tuple[Callable[[Path], object], ...] = (
    _cut,
    _other,
    _deep,
    _folder,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"\xff\xfe"),
    lambda path: path.write_text('{"found": "soon"}'),
    lambda path: path.write_text("[]"),
)


@pytest.mark.parametrize("damage", BREAKS)
def test_a_broken_note_is_ignored(folder: Path, damage: Callable[[Path], object]) -> None:
    remember(TRIAL, 0.25)
    (note,) = folder.iterdir()
    damage(note)
    assert recall(TRIAL) is None
    remember(TRIAL, 0.5)
    assert recall(TRIAL) in (0.5, None)  # a folder cannot be replaced


def test_a_cache_that_cannot_be_written_is_done_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parents[1] / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parents[1] / "file"))
    remember(TRIAL, 0.25)
    assert recall(TRIAL) is None


def test_it_lies_in_the_users_cache_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where XDG_CACHE_HOME is relative, which the specification calls invalid."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for given in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        remember({**TRIAL, "given": given}, 1)
    monkeypatch.delenv("XDG_CACHE_HOME")
    remember(TRIAL, 1)
    assert len(list((tmp_path / "home/.cache/cocopfs/trials").iterdir())) == 3


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    remember(TRIAL, 1)
    assert recall(TRIAL) is None
