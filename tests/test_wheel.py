"""The wheel holds all that the package reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import cocopfs

ROOT = Path(cocopfs.__file__).parents[1]


def test_recipes_templates_and_cards_travel_inside_the_wheel(tmp_path: Path) -> None:
    package = Path(cocopfs.__file__).parent
    inside = {path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("pipelines", "templates", "data_cards"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        assert files
        for path in files:
            assert f"cocopfs/data/{path.relative_to(ROOT).as_posix()}" in names
    assert {package / "py.typed", package / "world" / "pack" / "pack.yaml"} <= inside
    # Networks and type marks, too.
    assert {path.relative_to(ROOT).as_posix() for path in inside} <= names
    assert not any(name.startswith("tests/") for name in names)
