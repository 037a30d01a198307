"""The engine loses nothing, doubles nothing and does nothing twice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest

from cocopfs.engine.executors import Executor
from cocopfs.engine.plan import State, plan
from cocopfs.engine.stage import Result, Shard
from cocopfs.engine.store import AccountError, Store, Upstream
from cocopfs.errors import IncompleteError, UsageError
from tests.engine.toy import Doubled, Number, Summed, run, total
from tests.killing import finishes, folder_bytes


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(str(n) for n in range(10)))
    return path


def test_every_item_comes_out_as_a_row_or_a_rejection(tmp_path: Path, numbers: Path) -> None:
    runs = run(tmp_path / "work", Doubled(numbers), Summed())
    double = runs["double"].manifest
    assert (double.items, double.rows, double.rejected, double.faults) == (10, 5, 5, 5)
    assert total(tmp_path / "work") == 2 * (0 + 2 + 4 + 6 + 8)


def test_a_stage_that_loses_an_item_is_stopped(tmp_path: Path, numbers: Path) -> None:
    with pytest.raises(AccountError, match=r"1 items were lost \(4\)"):
        run(tmp_path / "work", Doubled(numbers, lose=4))
    assert Store(tmp_path / "work").stage("double") is None


def test_the_same_run_again_does_nothing(tmp_path: Path, numbers: Path) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers), Summed())
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*")}
    runs = run(work, Doubled(numbers), Summed())
    assert [r.shards_done for r in runs.values()] == [0, 0]
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*")} == before


def test_a_changed_setting_redoes_its_stage_and_what_depends_on_it(
    tmp_path: Path, numbers: Path
) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers), Summed())
    runs = run(work, Doubled(numbers, factor=3), Summed())
    assert [r.shards_done for r in runs.values()] == [4, 1]
    assert total(work) == 3 * 20


def test_equal_output_stops_the_change_there(tmp_path: Path, numbers: Path) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers), Summed())
    os.utime(numbers, ns=(0, 1))  # touched, not changed
    runs = run(work, Doubled(numbers), Summed())
    assert [r.shards_done for r in runs.values()] == [4, 0]


def test_nothing_of_an_older_plan_is_left_or_read(tmp_path: Path, numbers: Path) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers), Summed())
    numbers.write_text("2 4")
    run(work, Doubled(numbers), Summed())
    assert total(work) == 12
    names = sorted(path.name for path in (work / "double").iterdir())
    assert len(names) == 4
    assert names[-1] == "stage.json"


def test_a_lost_file_of_a_commit_is_made_again(tmp_path: Path, numbers: Path) -> None:
    work = tmp_path / "work"
    run(work, Doubled(numbers), Summed())
    expected = folder_bytes(work)
    next((work / "double").glob("0003-*.rejections.parquet")).unlink()
    (work / "double" / "0006.json").write_text("{")
    runs = run(work, Doubled(numbers), Summed())
    assert [r.shards_done for r in runs.values()] == [2, 0]
    assert folder_bytes(work) == expected


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("workers", [2, 5])
def test_the_same_bytes_for_any_number_of_workers(
    tmp_path: Path, numbers: Path, workers: int, backend: Literal["loky", "threading"]
) -> None:
    run(tmp_path / "one", Doubled(numbers), Summed())
    run(tmp_path / "many", Doubled(numbers), Summed(), executor=Executor(workers, backend))
    assert folder_bytes(tmp_path / "many") == folder_bytes(tmp_path / "one")


def test_the_same_bytes_after_sigkill_at_every_step(tmp_path: Path, numbers: Path) -> None:
    def work(folder: Path) -> None:
        run(folder, Doubled(numbers), Summed())

    work(tmp_path / "expected")
    expected = folder_bytes(tmp_path / "expected")
    for step in range(1, 200):
        folder = tmp_path / f"killed-{step}"
        if finishes(partial(work, folder), kill_at=step):
            break
        work(folder)
        assert folder_bytes(folder) == expected, f"killed at step {step}"
    assert step > 40, "the kill did not hit the commits"


def test_a_kill_between_two_recipes_never_mixes_them(tmp_path: Path, numbers: Path) -> None:
    def work(folder: Path, factor: int) -> None:
        run(folder, Doubled(numbers, factor=factor), Summed())

    work(tmp_path / "expected", 2)
    expected = folder_bytes(tmp_path / "expected")
    for step in range(1, 60, 5):
        folder = tmp_path / f"killed-{step}"
        work(folder, 2)
        finishes(partial(work, folder, 3), kill_at=step)
        work(folder, 2)
        assert folder_bytes(folder) == expected, f"killed at step {step}"


@dataclass(frozen=True)
class _Fails(Doubled):
    """Fails on the shard of number 3, always or until the marker file is there."""

    marker: Path | None = None
    error: type[Exception] = RuntimeError

    def process(self, shard: Shard, models: Any) -> Result:
        failed_before = self.marker is not None and self.marker.exists()
        if any(row.value == 3 for row in shard.rows) and not failed_before:
            if self.marker is not None:
                self.marker.touch()
            raise self.error("CUDA failure 2: out of memory")
        return super().process(shard, models)


def test_a_failure_of_the_machine_is_tried_again(tmp_path: Path, numbers: Path) -> None:
    run(tmp_path / "work", _Fails(numbers, marker=tmp_path / "failed-once"), Summed())
    assert total(tmp_path / "work") == 40
    run(tmp_path / "plain", Doubled(numbers), Summed())
    assert folder_bytes(tmp_path / "work") == folder_bytes(tmp_path / "plain")


def test_a_failure_that_stays_ends_the_run_as_incomplete(tmp_path: Path, numbers: Path) -> None:
    with pytest.raises(IncompleteError) as caught:
        run(tmp_path / "work", _Fails(numbers))
    assert "shard" in str(caught.value)
    assert "double.batch" in str(caught.value), "the setting to change is named"
    assert caught.value.exit_code == 4
    committed = list((tmp_path / "work" / "double").glob("*.json"))
    assert len(committed) == 3, "everything else is committed"


def test_an_error_for_the_user_is_not_retried(tmp_path: Path, numbers: Path) -> None:
    marker = tmp_path / "seen"
    with pytest.raises(UsageError):
        run(tmp_path / "work", _Fails(numbers, marker=marker, error=UsageError))


@dataclass(frozen=True)
class _Dies(Doubled):
    marker: Path = Path()

    def process(self, shard: Shard, models: Any) -> Result:
        if any(row.value == 3 for row in shard.rows) and not self.marker.exists():
            self.marker.touch()
            os._exit(9)
        return super().process(shard, models)


def test_a_worker_that_dies_once_costs_nothing(tmp_path: Path, numbers: Path) -> None:
    stage = _Dies(numbers, marker=tmp_path / "died")
    run(tmp_path / "work", stage, Summed(), executor=Executor(2))
    assert (tmp_path / "died").exists()
    assert total(tmp_path / "work") == 40


def test_the_plan_says_what_is_stale_and_why(tmp_path: Path, numbers: Path) -> None:
    store = Store(tmp_path / "work")
    first = plan([Doubled(numbers), Summed()], store)
    assert [(p.state, p.shards) for p in first] == [(State.STALE, 4), (State.WAITS, None)]
    run(tmp_path / "work", Doubled(numbers), Summed())
    assert {p.state for p in plan([Doubled(numbers), Summed()], store)} == {State.FRESH}
    changed = plan([Doubled(numbers, factor=3), Summed()], store)
    assert changed[0].reasons == ("double.factor: 2 → 3",)
    assert (changed[0].shards, changed[0].shards_fresh) == (4, 0)
    assert changed[1].reasons == ("after double",)
    assert not (tmp_path / "work" / "sum" / "other").exists()


def test_an_error_while_planning_is_raised_not_swallowed(tmp_path: Path, numbers: Path) -> None:
    numbers.write_text("1 2 3 four")
    for executor in (Executor(), Executor(2), Executor(2, "threading")):
        with pytest.raises(ValueError, match="four"):
            run(tmp_path / "work", Doubled(numbers), executor=executor)


def test_rows_can_be_read_by_fewer_columns(tmp_path: Path, numbers: Path) -> None:
    @dataclass(frozen=True, slots=True)
    class OnlyValue:
        value: int

    run(tmp_path / "work", Doubled(numbers))
    store = Store(tmp_path / "work")
    manifest = store.stage("double")
    assert manifest is not None
    upstream = Upstream(store, {"double": manifest})
    assert [row.value for row in upstream.read("double", OnlyValue)] == [0, 2, 4, 6, 8]
    assert next(upstream.read("double", Number)).box is not None
