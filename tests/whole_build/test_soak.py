"""SIGKILL at random instants: the dataset is the one of an undisturbed build, in every byte.

The long form is `pytest -m full tests/whole_build/test_soak.py`.
"""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cocopfs.engine.lock import LOCK
from cocopfs.stages.pipeline import STAGE_NAMES
from tests.material import Material
from tests.whole_build.test_drawn_world import SMALL
from tests.whole_build.trial import published

# The builds are shared, so these tests stay on one worker.
pytestmark = pytest.mark.xdist_group("trial")

SHARDS = ("select.shard_photos=8", "enroll.shard_identities=4", "swap.shard_photos=2")


def command(*words: object) -> list[str]:
    """A build by two processes, in many small shards."""
    small = [word for field in SHARDS for word in ("--set", field)]
    return [sys.executable, "-m", "cocopfs", "build", *map(str, words), *small, "--workers", "2"]


def dataset(out: Path) -> dict[str, bytes]:
    """What must be the same. The contact sheet is the command's, not the build's."""
    return {name: data for name, data in published(out).items() if name != "private/preview.png"}


def kill_again_and_again(
    build: list[str], kills: int, instants: tuple[float, float], lots: random.Random
) -> int:
    """Run a build that is killed at random instants, so many times unless it ends before, then
    once in peace; how often it was killed.

    instants: the earliest and the latest, in seconds.

    Its workers are left to themselves: they must go with it.
    """
    for done in range(kills):
        process = subprocess.Popen(build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(lots.uniform(*instants))
        except subprocess.TimeoutExpired:
            process.kill()
        if process.wait() != -signal.SIGKILL:
            assert process.returncode == 0
            return done
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return kills


def undisturbed(build: list[str]) -> float:
    """The seconds that a build takes."""
    started = time.monotonic()
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def test_the_same_bytes_after_a_few_kills(material: Material, tmp_path: Path) -> None:
    def build(name: str) -> list[str]:
        return command("trial", *material.options(tmp_path / name, "--limit", 30))

    seconds = undisturbed(build("expected"))
    kills = kill_again_and_again(build("out"), 4, (0, 0.7 * seconds), random.Random(1))
    assert kills >= 2
    assert dataset(tmp_path / "out") == dataset(tmp_path / "expected")


@pytest.mark.full
def test_the_same_bytes_after_a_hundred_kills(tmp_path: Path) -> None:
    """Of the drawn world, once it is drawn; a kill costs about a hundredth of the build. If it ends
    before, it is compared, and another one begun, until all hundred have struck."""

    def build(name: str) -> list[str]:
        return command("--out", tmp_path / name, "--device", "cpu", *SMALL)

    undisturbed(build("expected"))
    start = undisturbed(build("expected"))
    for stage in STAGE_NAMES:
        shutil.rmtree(tmp_path / "expected" / "work" / stage)
    whole = undisturbed(build("expected"))
    instants = (start / 2, start + 0.04 * (whole - start))
    expected, lots = dataset(tmp_path / "expected"), random.Random(2)
    kills = builds = 0
    while kills < 100:
        out = f"out-{builds}"
        # Drawing is not resumed: a world is drawn again from its beginning.
        (world,) = (tmp_path / "expected" / "work").glob("world-*")
        shutil.copytree(world, tmp_path / out / "work" / world.name)
        (tmp_path / out / "work" / LOCK).touch()
        kills += kill_again_and_again(build(out), 100 - kills, instants, lots)
        builds += 1
        assert dataset(tmp_path / out) == expected, f"after {kills} kills"
