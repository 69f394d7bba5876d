"""The single thread on which networks run."""

from __future__ import annotations

import contextvars
import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import cv2

from animegan.networks.engine import cores

T = TypeVar("T")


class Worker:
    """Runs work on a single thread, so that torch keeps one thread pool, however many threads call.

    A forked child gets a new thread; a Space that is lent a GPU works in such a child.
    """

    def __init__(self, threads: int | None = None) -> None:
        """``threads`` is how many torch and OpenCV use for one picture; None: one per processor."""
        self._threads = threads
        self.restart()
        _workers.add(self)

    def restart(self, forked: bool = False) -> None:
        """Start a new thread. In a forked child the old one is gone."""
        self._key = object()
        self._pool = ThreadPoolExecutor(
            1,
            thread_name_prefix="animegan",
            initializer=_begin,
            initargs=(self._key, 1 if forked else self._threads),
        )

    def run(self, work: Callable[[], T]) -> T:
        """Run ``work`` on the thread, after all earlier work, and return its result; on the thread itself, at once."""
        if getattr(_this_thread, "worker", None) is self._key:
            return work()
        context = contextvars.copy_context()  # progress bars find their request through context variables
        return self._pool.submit(context.run, work).result()


_this_thread = threading.local()
"""Has the key of the worker whose thread this is."""


def _begin(key: object, count: int | None) -> None:
    """Mark a worker's thread, and set the number of threads that torch and OpenCV use (None: one per processor); torch
    keeps it per calling thread.

    In a forked child the parent's thread pools are gone, and waiting for them would never end. So the child uses one
    thread.
    """
    import torch

    _this_thread.worker = key
    count = count or cores()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Let torch use at most so many threads for what this thread asks of it; not less than one."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(count, before)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def give_memory_back() -> None:
    """Give the system what the C library keeps of freed memory: after photos of many sizes it has many holes."""
    if (trim := _malloc_trim()) is not None:
        trim(0)


@cache
def _malloc_trim() -> Any:
    """glibc's function; None: the C library is another one, which has none."""
    try:
        return ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None


_workers: weakref.WeakSet[Worker] = weakref.WeakSet()


_opencv_threads: list[int] = []
"""Of OpenCV's pool before a fork."""


def _rest() -> None:
    """End OpenCV's threads before a fork: the child would wait for them for ever, as it has none of them."""
    _opencv_threads[:] = [cv2.getNumThreads()]
    cv2.setNumThreads(1)


def _go_on() -> None:
    cv2.setNumThreads(_opencv_threads[0])


def _restart_all() -> None:
    for worker in _workers:
        worker.restart(forked=True)


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(before=_rest, after_in_parent=_go_on, after_in_child=_restart_all)
