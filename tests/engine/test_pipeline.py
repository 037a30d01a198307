"""A pipeline gives what one thread would give, only sooner, and never holds more than it may."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocopfs.engine.pipeline import read_ahead, run_pipeline

Group = Sequence[int]


class PartError(Exception):
    pass


@dataclass
class Work:
    """Three parts that note what happens, and fail where they are told to."""

    groups: list[list[int]]
    failing: frozenset[tuple[str, int]] = frozenset()
    slow: frozenset[tuple[str, int]] = frozenset()
    prepared: set[int] = field(default_factory=set)
    model_threads: set[int] = field(default_factory=set)
    other_threads: set[int] = field(default_factory=set)
    out: list[int] = field(default_factory=list)
    most_ahead: int = 0

    def source(self) -> Iterator[Group]:
        for number, group in enumerate(self.groups):
            self._at("source", number)
            yield group

    def prepare(self, item: int) -> int:
        self.other_threads.add(threading.get_ident())
        self._at("prepare", item)
        self.prepared.add(item)
        self.most_ahead = max(self.most_ahead, len(self.prepared) - len(self.out))
        return item + 1000

    def run_model(self, items: list[int]) -> list[int]:
        self.model_threads.add(threading.get_ident())
        for item in items:
            self._at("model", item - 1000)
        return [2 * item for item in items]

    def finish(self, made: int) -> int:
        self.other_threads.add(threading.get_ident())
        self._at("finish", made // 2 - 1000)
        return made // 2 - 1000

    def _at(self, part: str, item: int) -> None:
        if (part, item) in self.slow:
            time.sleep(0.002)
        if (part, item) in self.failing:
            raise PartError(part, item)

    def run(self, run: Callable[..., Iterator[int]], threads: int, ahead: int) -> object:
        """All that came out, and the error that ended it."""
        try:
            for item in run(
                self.source(),
                self.prepare,
                self.run_model,
                self.finish,
                threads=threads,
                ahead=ahead,
            ):
                self.out.append(item)
        except PartError as error:
            return self.out, error.args
        return self.out, None


def _serial(
    groups: Iterator[Group],
    prepare: Callable[[int], int],
    run_model: Callable[[list[int]], list[int]],
    finish: Callable[[int], int],
    threads: int,
    ahead: int,
) -> Iterator[int]:
    for group in groups:
        for made in run_model([prepare(item) for item in group]):
            yield finish(made)


def _numbered(sizes: Sequence[int]) -> list[list[int]]:
    numbers = iter(range(sum(sizes)))
    return [[next(numbers) for _ in range(size)] for size in sizes]


def _threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("pipeline")]


places = st.frozensets(
    st.tuples(st.sampled_from(["source", "prepare", "model", "finish"]), st.integers(0, 25)),
    max_size=4,
)


@settings(deadline=None, max_examples=150)
@given(
    sizes=st.lists(st.integers(0, 4), max_size=9),
    failing=places,
    slow=places,
    threads=st.integers(1, 4),
    ahead=st.integers(0, 4),
)
def test_results_and_errors_are_those_of_one_thread(
    sizes: list[int],
    failing: frozenset[tuple[str, int]],
    slow: frozenset[tuple[str, int]],
    threads: int,
    ahead: int,
) -> None:
    groups = _numbered(sizes)
    expected = Work(groups, failing).run(_serial, threads, ahead)
    assert Work(groups, failing, slow).run(run_pipeline, threads, ahead) == expected
    assert not _threads()


def test_no_more_is_in_hand_however_many_items_there_are() -> None:
    most = []
    for count in (50, 1500):
        work = Work(_numbered([2] * count), slow=frozenset({("finish", 10), ("model", 30)}))
        work.run(run_pipeline, 3, 2)
        assert len(work.out) == 2 * count
        most.append(work.most_ahead)
    # two groups wait for the model, two to be finished, and one more of either is in hand
    assert max(most) <= 2 * (2 * 2 + 2)


def test_the_source_is_drawn_only_as_far_as_needed() -> None:
    drawn = []

    def source() -> Iterator[Group]:
        for number in range(1000):
            drawn.append(number)
            yield [number]

    results = run_pipeline(source(), int, list, int, threads=2, ahead=3)
    assert next(results) == 0
    assert len(drawn) < 12
    results.close()
    assert not _threads()


def test_the_model_runs_in_the_callers_thread_and_nothing_else_does() -> None:
    work = Work(_numbered([1] * 40))
    work.run(run_pipeline, 2, 2)
    assert work.model_threads == {threading.get_ident()}
    assert threading.get_ident() not in work.other_threads


def test_the_model_goes_on_while_others_work() -> None:
    """Its first call lasts until a later item is prepared, and finishing the first item until the
    model's second call: in one thread, either would wait for ever."""
    prepared, called = threading.Event(), threading.Event()

    def prepare(item: int) -> int:
        if item == 1:
            prepared.set()
        return item

    def model(items: list[int]) -> list[int]:
        if items == [0]:
            assert prepared.wait(60)
        else:
            called.set()
        return items

    def finish(item: int) -> int:
        assert item > 0 or called.wait(60)
        return item

    groups = _numbered([1] * 4)
    found = run_pipeline(groups, prepare, model, finish, threads=2, ahead=1)
    assert list(found) == [0, 1, 2, 3]


def test_an_abandoned_pipeline_leaves_no_thread() -> None:
    work = Work(_numbered([2] * 30), slow=frozenset(("finish", item) for item in range(60)))
    results = run_pipeline(
        work.source(), work.prepare, work.run_model, work.finish, threads=3, ahead=2
    )
    next(results)
    assert _threads()
    del results
    assert not _threads()


def test_an_interrupt_ends_it_at_once() -> None:
    def interrupted(items: list[int]) -> list[int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_pipeline([[1], [2]], int, interrupted, int, threads=2, ahead=1))
    assert not _threads()


@given(
    count=st.integers(0, 12),
    failing=st.frozensets(st.integers(0, 11), max_size=3),
    threads=st.integers(1, 4),
    ahead=st.integers(0, 4),
)
@settings(deadline=None, max_examples=50)
def test_what_is_read_ahead_comes_in_order_with_its_own_errors(
    count: int, failing: frozenset[int], threads: int, ahead: int
) -> None:
    drawn = given = most = 0
    readers = set()

    def items() -> Iterator[int]:
        nonlocal drawn
        for item in range(count):
            drawn += 1
            yield item

    def read(item: int) -> int:
        readers.add(threading.get_ident())
        if item in failing:
            raise PartError(item)
        return -item

    for item, result in read_ahead(items(), read, threads=threads, ahead=ahead):
        assert item == given
        given += 1
        most = max(most, drawn - given)
        if item in failing:
            with pytest.raises(PartError, match=str(item)):
                result()
        else:
            assert result() == -item
    assert given == count
    assert most == min(ahead, max(count - 1, 0))
    assert threading.get_ident() not in readers


def test_what_reads_ahead_ends_with_its_caller() -> None:
    release = threading.Event()
    reading = read_ahead(iter(range(100)), lambda _: release.wait(), threads=2, ahead=3)
    next(reading)
    assert sum(one.name.startswith("reading") for one in threading.enumerate()) == 2
    release.set()
    reading.close()
    assert not any(one.name.startswith("reading") for one in threading.enumerate())
