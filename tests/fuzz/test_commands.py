"""A build's folder with a corrupted file in it: every command that reads it says so in words."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import cocopfs
from tests.fuzz.mutate import corrupted
from tests.verify.damage import enter, manifest

pytestmark = pytest.mark.xdist_group("trial")

# By the file that is corrupted; `listed`: the manifest is made to say that it is the right one.
_FILES = {
    "manifest.json": False,
    "run.json": False,
    "README.md": True,
    "rejections.parquet": True,
    "private/identities.parquet": True,
    "data/train-00000-of-00001.parquet": True,
    "work/build.json": False,
    "work/select/stage.json": False,
    "work/swap/*.json": False,
}
_COMMANDS = ("status", "verify", "preview", "audit")
_QUICK, _LONG = 18, 300


def _try(folder: Path, trial: Path, capsys: pytest.CaptureFixture[str], seeds: range) -> None:
    for seed in seeds:
        draw = random.Random(f"command:{seed}")
        # An audit takes seconds, so it is tried less often.
        command = draw.choice(("status", "verify", "verify", "preview"))
        command = "audit" if seed % 12 == 0 else command
        out = folder / f"{seed}"
        shutil.copytree(trial, out, copy_function=shutil.copy2)
        pattern = draw.choice(sorted(_FILES))
        path = sorted(out.glob(pattern))[0]
        data = corrupted(path.read_bytes(), seed, text=path.suffix == ".json")
        path.unlink()  # the other name of a hard link keeps its bytes
        path.write_bytes(data)
        if _FILES[pattern]:
            rows = manifest(out)["files"][pattern].get("rows")
            enter(out, pattern, rows)
        try:
            ended = cocopfs(capsys, command, out)
        except Exception as error:
            what = f"{type(error).__name__}: {str(error)[:300]}"
            raise AssertionError(f"seed {seed}: {command} with {pattern}: {what}") from error
        assert ended.code in (0, 2, 3, 4), f"seed {seed}"
        assert ended.code == 0 or ended.error, f"seed {seed}"
        shutil.rmtree(out)


def test_a_corrupted_file_ends_no_command_with_a_traceback(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _try(tmp_path, trial, capsys, range(_QUICK))


@pytest.mark.full
def test_hundreds_of_corrupted_files(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _try(tmp_path, trial, capsys, range(_QUICK, _LONG))


def test_a_manifest_of_another_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"[]", b"{}", b'{"recipe": []}', b"\xff", b"[" * 100_000, b""):
        (tmp_path / "manifest.json").write_bytes(content)
        for command in _COMMANDS:
            ended: Any = cocopfs(capsys, command, tmp_path)
            assert ended.code == 2, command
