"""Slices work at the same time in one folder, and together they are the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cocopfs.engine.runner import SliceRun, run_slice
from cocopfs.engine.slices import Slice, parse_slice
from cocopfs.engine.store import Store, Upstream
from cocopfs.errors import UsageError
from tests.engine.poisoned import Poisoned
from tests.engine.toy import ALONE, Doubled, Summed, run, silent, total
from tests.killing import folder_bytes


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(str(n) for n in range(10)))
    return path


def one_slice(work: Path, stage: Doubled, number: int, count: int = 3) -> SliceRun:
    upstream = Upstream(Store(work), {})
    return run_slice(stage, upstream, ALONE, dict, silent(), Slice(number, count))


def test_three_slices_make_the_same_bytes_as_the_whole(tmp_path: Path, numbers: Path) -> None:
    work, stage = tmp_path / "work", Doubled(numbers)
    runs = [one_slice(work, stage, number) for number in (1, 2, 3)]
    assert [run.shards_done for run in runs] == [2, 1, 1]
    assert [run.missing for run in runs] == [2, 1, 0]
    assert [run.manifest is not None for run in runs] == [False, False, True]
    whole = run(work, stage, Summed())
    assert whole["double"].shards_done == 0
    run(tmp_path / "expected", stage, Summed())
    assert folder_bytes(work) == folder_bytes(tmp_path / "expected")


def test_the_unsliced_run_does_what_a_slice_has_not_done(tmp_path: Path, numbers: Path) -> None:
    work, stage = tmp_path / "work", Doubled(numbers)
    one_slice(work, stage, 2)
    runs = run(work, stage, Summed())
    assert runs["double"].shards_done == 3
    assert total(work) == 40


def test_slices_at_the_same_time_do_not_hurt_each_other(tmp_path: Path, numbers: Path) -> None:
    numbers.write_text(" ".join(str(n) for n in range(60)))
    work = tmp_path / "work"
    code = (
        "import sys; from pathlib import Path; from tests.engine.test_slices import *; "
        "one_slice(Path(sys.argv[1]), Doubled(Path(sys.argv[2])), int(sys.argv[3]), 2)"
    )
    # The last two are the same slice.
    commands = [
        [sys.executable, "-c", code, str(work), str(numbers), str(number)] for number in (1, 2, 2)
    ]
    processes = [subprocess.Popen(command) for command in commands]
    assert [process.wait() for process in processes] == [0, 0, 0]
    run(tmp_path / "expected", Doubled(numbers), Summed())
    assert run(work, Doubled(numbers), Summed())["double"].shards_done == 0
    assert folder_bytes(work) == folder_bytes(tmp_path / "expected")


def test_a_slice_knows_the_others_stale_shards(tmp_path: Path, numbers: Path) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers))
    run_of_one = one_slice(work, Doubled(numbers, factor=3), 1)
    assert (run_of_one.shards_done, run_of_one.missing, run_of_one.manifest) == (2, 2, None)


@pytest.mark.full
def test_an_item_that_another_slice_left_out_stays_out(tmp_path: Path, numbers: Path) -> None:
    work, stage = tmp_path / "work", Poisoned(numbers, poison=(4,))
    code = (
        "import sys; from pathlib import Path; from tests.engine.test_slices import *; "
        "one_slice(Path(sys.argv[1]), Poisoned(Path(sys.argv[2]), poison=(4,)), 2)"
    )
    command = [sys.executable, "-c", code, str(work), str(numbers)]
    assert [subprocess.run(command, check=False).returncode for _ in range(3)] == [9, 9, 0]
    assert [one_slice(work, stage, number).missing for number in (1, 3)] == [1, 0]
    assert run(work, stage, Summed())["double"].shards_done == 0
    assert total(work) == 40 - 2 * 4


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3", ""])
def test_what_is_no_slice_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no slice"):
        parse_slice(text)


def test_slices_share_the_shards_out() -> None:
    assert parse_slice("2/3") == Slice(2, 3)
    owners = [[Slice(n, 3).has(place) for n in (1, 2, 3)].count(True) for place in range(10)]
    assert owners == [1] * 10
