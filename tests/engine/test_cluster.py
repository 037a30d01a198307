"""A real Dask cluster of two processes gives the same bytes, and never hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest

from cocopfs.engine.cluster import facts
from cocopfs.engine.executors import Executor
from cocopfs.errors import IncompleteError, UsageError
from tests.engine.dask_cluster import dask_cluster
from tests.engine.poisoned import Hangs, LosesMount, Poisoned
from tests.engine.toy import Doubled, Summed, run, total
from tests.killing import folder_bytes

distributed: Any = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with dask_cluster() as started:
        yield started


@pytest.fixture
def on_dask(cluster: Any) -> Executor:
    return Executor(2, "dask", cluster.scheduler_address)


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(str(n) for n in range(10)))
    return path


def test_the_same_bytes_from_a_cluster(tmp_path: Path, numbers: Path, on_dask: Executor) -> None:
    run(tmp_path / "one", Doubled(numbers), Summed())
    run(tmp_path / "cluster", Doubled(numbers), Summed(), executor=on_dask)
    assert folder_bytes(tmp_path / "cluster") == folder_bytes(tmp_path / "one")


def test_the_build_completes_without_the_poison(
    tmp_path: Path, numbers: Path, on_dask: Executor
) -> None:
    stage = Poisoned(numbers, poison=(4,))
    runs = run(tmp_path / "work", stage, Summed(), executor=on_dask)
    assert runs["double"].manifest.faults == 5 + 1
    assert total(tmp_path / "work") == 2 * (0 + 2 + 6 + 8)


@pytest.mark.full
def test_a_cluster_that_gives_up_at_once_is_asked_again(
    tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """joblib would wait for ever for a task that Dask has given up."""
    monkeypatch.setattr("cocopfs.engine.cluster._LOST", 2.0)
    with dask_cluster(distributed__scheduler__allowed_failures=0) as cluster:
        executor = Executor(2, "dask", cluster.scheduler_address)
        run(tmp_path / "work", Poisoned(numbers, poison=(4,)), Summed(), executor=executor)
    assert total(tmp_path / "work") == 2 * (0 + 2 + 6 + 8)


def test_an_error_on_a_worker_ends_as_incomplete(
    tmp_path: Path, numbers: Path, on_dask: Executor
) -> None:
    with pytest.raises(IncompleteError, match="Input/output error"):
        run(tmp_path / "work", LosesMount(numbers), executor=on_dask)


def test_a_cluster_whose_workers_stay_away_is_given_up(
    tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.engine.cluster._WAIT_FOR_WORKERS", 2.0)
    with dask_cluster(1) as cluster:
        executor = Executor(1, "dask", cluster.scheduler_address)
        leave = threading.Timer(3, cluster.scale, [0])
        leave.start()
        started = time.monotonic()
        with pytest.raises(IncompleteError, match="no workers any more"):
            run(tmp_path / "work", Hangs(numbers), executor=executor)
        assert time.monotonic() - started < 40
        leave.join()


def test_a_scheduler_that_is_not_there_is_named(
    tmp_path: Path, numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocopfs.engine.cluster._CONNECT", 0.5)
    executor = Executor(1, "dask", "tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run(tmp_path / "work", Doubled(numbers), executor=executor)


def test_workers_without_gpus_are_named(tmp_path: Path, numbers: Path, cluster: Any) -> None:
    executor = Executor(2, "dask", cluster.scheduler_address, gpu_each=True)
    with pytest.raises(UsageError, match="2 Dask workers have no resource GPU"):
        run(tmp_path / "work", Doubled(numbers), executor=executor)


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path, cluster: Any) -> None:
    """As far as one machine can show it: the worker looks for a file of ours in the folder."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        found = client.run(facts, str(tmp_path / "not-there"), ("pyarrow",))
    assert [fact["sees"] for fact in found.values()] == [False, False]
    assert {fact["versions"]["pyarrow"] for fact in found.values()} == {pyarrow.__version__}
