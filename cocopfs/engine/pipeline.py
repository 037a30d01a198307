"""Work in parts, of which that of a model must not wait for the others.

A model runs in the caller's thread. What it needs is prepared ahead of it, and what it made is
finished behind it, both by other threads; results come out in order, as if one thread had done all
of it. However many items there are, only a few are in hand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Prepared = TypeVar("Prepared")
Made = TypeVar("Made")
Finished = TypeVar("Finished")


def run_pipeline(
    groups: Iterable[Sequence[Item]],
    prepare: Callable[[Item], Prepared],
    run_model: Callable[[list[Prepared]], Iterable[Made]],
    finish: Callable[[Made], Finished],
    *,
    threads: int,
    ahead: int,
) -> Generator[Finished, None, None]:
    """The finished items of all groups, in order.

    groups: items that go into the model together; drawn by the caller's thread as they are needed.
    prepare, finish: work on one item, in one of `threads` threads.
    run_model: makes things to be finished of a group's prepared items, in the caller's thread.
    ahead: how many groups are prepared in advance, and how many may wait to be finished.

    An exception of any part is raised when everything before it has come out: the same one, and at
    the same place, as if one thread had taken group after group. When this ends, for whatever
    reason, its threads have ended too.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="pipeline")
    behind: deque[list[Future[Finished]]] = deque()
    failure: Exception | None = None
    try:
        made = _made(_prepared(groups, prepare, pool, ahead), run_model)
        while True:
            try:
                group = next(made)
            except StopIteration:
                break
            except Exception as error:
                failure = error
                break
            behind.append([pool.submit(finish, one) for one in group])
            while behind and (len(behind) > ahead or all(one.done() for one in behind[0])):
                for finished in behind.popleft():
                    yield finished.result()
        while behind:
            for finished in behind.popleft():
                yield finished.result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read_ahead(
    items: Iterable[Item], read: Callable[[Item], Prepared], *, threads: int, ahead: int
) -> Generator[tuple[Item, Callable[[], Prepared]], None, None]:
    """Each item, in order, with a function that returns what `read` makes of it, or raises what it
    raises.

    read: works on one item, in one of `threads` threads, on `ahead` items beside the one that is
    given. When this ends, for whatever reason, its threads have ended too.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="reading")
    waiting: deque[tuple[Item, Callable[[], Prepared]]] = deque()
    try:
        for item in items:
            waiting.append((item, pool.submit(read, item).result))
            if len(waiting) > ahead:
                yield waiting.popleft()
        while waiting:
            yield waiting.popleft()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepared(
    groups: Iterable[Sequence[Item]],
    prepare: Callable[[Item], Prepared],
    pool: ThreadPoolExecutor,
    ahead: int,
) -> Iterator[list[Future[Prepared]]]:
    source = iter(groups)
    waiting: deque[list[Future[Prepared]]] = deque()
    end: Exception | None = None
    while True:
        while end is None and len(waiting) <= ahead:
            try:
                waiting.append([pool.submit(prepare, item) for item in next(source)])
            except Exception as error:  # StopIteration, or a fault that comes after what is waiting
                end = error
        if not waiting:
            break
        yield waiting.popleft()
    if end is not None and not isinstance(end, StopIteration):
        raise end


def _made(
    prepared: Iterator[list[Future[Prepared]]],
    run_model: Callable[[list[Prepared]], Iterable[Made]],
) -> Iterator[list[Made]]:
    for group in prepared:
        yield list(run_model([one.result() for one in group]))
