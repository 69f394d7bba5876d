"""Lets reading, drawing and writing overlap: each in its own thread, with few frames between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

ROOM = 2
"""Frames that are read ahead at most."""
NAME = "animegan-clip"
"""How the names of all these threads begin."""


@contextmanager
def ahead(items: Generator[T, None, None]) -> Iterator[Iterator[T]]:
    """Go through a generator in another thread, a little ahead of whoever goes through what this yields. What it raises
    is raised here. At the end of the ``with`` block the thread has ended, and the generator is closed.
    """
    end: Any = object()
    with closing(items), _pool(1) as pool:
        waiting = deque(pool.submit(next, items, end) for _ in range(ROOM))

        def results() -> Iterator[T]:
            while (item := waiting.popleft().result()) is not end:
                waiting.append(pool.submit(next, items, end))
                yield item

        yield results()


@contextmanager
def at_once(work: Callable[[T], R], items: Iterator[T], count: int) -> Iterator[Iterator[tuple[T, R]]]:
    """Hand items to a function on ``count`` threads, and yield each with its result, in their order. No more than
    ``count`` + 1 are on their way. What the function raises is raised here, in its turn. At the end of the ``with``
    block the threads have ended.
    """
    with _pool(count) as pool:

        def results() -> Iterator[tuple[T, R]]:
            waiting: deque[tuple[T, Future[R]]] = deque()
            for item in items:
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) > count:  # one more waits, so that no thread does
                    done, future = waiting.popleft()
                    yield done, future.result()
            for done, future in waiting:
                yield done, future.result()

        yield results()


@contextmanager
def _pool(count: int) -> Iterator[ThreadPoolExecutor]:
    """Yield ``count`` threads; at the end what has begun is finished, and nothing else begins."""
    pool = ThreadPoolExecutor(count, thread_name_prefix=NAME)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
