"""Buffers are used again, and nobody's result changes when they are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cocopfs.faces.binding import BoundSession
from cocopfs.faces.session import open_session
from tests.faces.graphs import write_doubling


@pytest.fixture(scope="module")
def doubling(tmp_path_factory: pytest.TempPathFactory) -> BoundSession:
    """Of x [n, 3] the double, plus a place's number."""
    path = tmp_path_factory.mktemp("models") / "double.onnx"
    write_doubling(path)
    return BoundSession(open_session(path, "cpu", 1), "cpu")


def _call(bound: BoundSession, size: int, value: float) -> bool:
    x = np.full((size, 3), value, np.float32)
    place = np.arange(size).reshape(-1, 1)
    found = bound.run({"x": x, "place": place}, (size, 3))
    return bool((found == 2 * value + place).all())


def test_results_outlive_the_next_call(doubling: BoundSession) -> None:
    x, place = np.ones((2, 3), np.float32), np.zeros((2, 1), np.int64)
    first = doubling.run({"x": x, "place": place}, (2, 3))
    doubling.run({"x": 5 * x, "place": place}, (2, 3))
    assert (first == 2).all()
    x[:] = 7
    assert (first == 2).all()


def test_shapes_may_change_from_call_to_call(doubling: BoundSession) -> None:
    for size in (1, 5, 5, 2, 2, 1, 7, 5):
        assert _call(doubling, size, size)


def test_arrays_need_not_lie_in_one_piece(doubling: BoundSession) -> None:
    x = np.arange(24, dtype=np.float32).reshape(4, 6)[::2, ::2]
    found = doubling.run({"x": x, "place": np.zeros((2, 1), np.int64)}, (2, 3))
    assert (found == 2 * x).all()


def test_threads_do_not_share_their_buffers(doubling: BoundSession) -> None:
    together = threading.Barrier(4)

    def work(number: int) -> bool:
        together.wait()
        return all(_call(doubling, 1 + (number + turn) % 3, number) for turn in range(200))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))
