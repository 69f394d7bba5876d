"""Lets reading, drawing and writing overlap: each in its own thread, with few frames between them."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

ROOM = 2
"""Frames that wait between two threads at most."""
NOTICE = 0.1
"""Seconds between two looks whether the other thread has stopped."""
_END = object()


@contextmanager
def ahead(items: Callable[[], Iterator[T]]) -> Iterator[Iterator[T]]:
    """Go through an iterator in another thread, a little ahead of whoever goes through what this yields.

    What the iterator raises is raised here. At the end of the ``with`` block the thread has ended, and the iterator is
    closed.
    """
    line: queue.Queue = queue.Queue(ROOM)
    stopped = threading.Event()

    def put(item: object) -> bool:
        while not stopped.is_set():
            try:
                line.put(item, timeout=NOTICE)
                return True
            except queue.Full:
                continue
        return False

    def work() -> None:
        iterator = items()
        try:
            for item in iterator:
                if not put((item, None)):
                    return
            put((_END, None))
        except BaseException as error:
            put((None, error))
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def results() -> Iterator[T]:
        while True:
            item, error = line.get()
            if error is not None:
                raise error
            if item is _END:
                return
            yield item

    thread = threading.Thread(target=work, name="animegan-read", daemon=True)
    thread.start()
    try:
        yield results()
    finally:
        stopped.set()
        thread.join()


@contextmanager
def at_once(work: Callable[[T], R], items: Iterator[T], count: int) -> Iterator[Iterator[tuple[T, R]]]:
    """Hand items to a function on ``count`` threads, and yield each item with its result, in the order of the items.

    No more than ``count`` + 1 items are on their way. What the function raises is raised here, in its turn. At the end
    of the ``with`` block the threads have ended.
    """
    pool = ThreadPoolExecutor(count, thread_name_prefix="animegan-paint")

    def results() -> Iterator[tuple[T, R]]:
        waiting: deque[tuple[T, Future[R]]] = deque()
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > count:  # one more waits, so that no thread does
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()

    try:
        yield results()
    finally:
        pool.shutdown(cancel_futures=True)


class Behind(Generic[T]):
    """Hands items to a function in another thread, in order. What it raises is raised by the next call here."""

    def __init__(self, work: Callable[[T], None]):
        self._line: queue.Queue = queue.Queue(ROOM)
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="animegan-write", daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; wait while `ROOM` others are in front of it."""
        self._raise()
        self._line.put(item)

    def finish(self) -> None:
        """Wait until all is done."""
        self.stop()
        self._raise()

    def stop(self) -> None:
        """Wait for the thread's end, whatever it raised."""
        if self._thread.is_alive():
            self._line.put(_END)
            self._thread.join()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._line.get()) is not _END:
            if self._error is None:  # after an error, items are only taken off the line
                try:
                    self._work(item)
                except BaseException as error:
                    self._error = error
