"""The world that a build draws for itself: once, whole, and the same again."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from rich.console import Console

from cocopfs.engine.progress import Progress, progress_for
from cocopfs.recipe import WorldPart
from cocopfs.world.embedded import EmbeddedWorld

PART = WorldPart(photos=3, identities=2, portraits_per_identity=2)


@pytest.fixture
def progress() -> Progress:
    return progress_for(Console(file=io.StringIO()))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_is_drawn_once(tmp_path: Path, progress: Progress) -> None:
    embedded = EmbeddedWorld(tmp_path, PART, 0)
    assert not embedded.is_drawn
    embedded.draw(1, progress)
    assert EmbeddedWorld(tmp_path, PART, 0).is_drawn
    assert len(list(embedded.world.vggface2.rglob("*.jpg"))) == 4
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    embedded.draw(1, progress)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")} == times


def test_half_a_world_is_drawn_over(tmp_path: Path, progress: Progress) -> None:
    embedded = EmbeddedWorld(tmp_path, PART, 0)
    embedded.draw(1, progress)
    whole = digests(tmp_path)
    next(tmp_path.rglob("world.json")).unlink()
    broken, gone, *_ = sorted(tmp_path.rglob("*.jpg"))
    broken.write_bytes(b"half")
    gone.unlink()
    assert not embedded.is_drawn
    embedded.draw(1, progress)
    assert digests(tmp_path) == whole


def test_other_numbers_and_seeds_are_other_worlds(tmp_path: Path) -> None:
    more = WorldPart(photos=4, identities=2, portraits_per_identity=2)
    worlds = [EmbeddedWorld(tmp_path, *key).world for key in ((PART, 0), (PART, 1), (more, 0))]
    assert len({world.coco for world in worlds}) == 3
