"""The threads that share the frames of a clip."""

import threading
import time

import pytest

from animegan.video.threads import NAME, ahead, at_once


def test_what_is_done_at_once_comes_back_in_order():
    busy, most = 0, 0
    lock = threading.Lock()

    def work(number: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        time.sleep(0.02 if number % 2 else 0.001)
        with lock:
            busy -= 1
        return number * number

    with at_once(work, iter(range(20)), 3) as results:
        assert list(results) == [(number, number * number) for number in range(20)]
    assert most == 3


def test_few_are_on_their_way():
    taken: list[int] = []

    def items():
        for number in range(50):
            taken.append(number)
            yield number

    with at_once(lambda number: number, items(), 2) as results:
        for number, _ in results:
            assert len(taken) <= number + 3


def test_an_error_comes_in_its_turn_and_ends_the_threads():
    def work(number: int) -> int:
        if number == 3:
            raise ValueError("number 3")
        return number

    with pytest.raises(ValueError, match="number 3"), at_once(work, iter(range(9)), 2) as results:
        list(results)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def test_who_stops_early_waits_for_what_has_begun():
    ended = []

    def work(number: int) -> int:
        time.sleep(0.05)
        ended.append(number)
        return number

    with at_once(work, iter(range(9)), 2) as results:
        assert next(results) == (0, 0)
    count = len(ended)
    time.sleep(0.1)
    assert len(ended) == count <= 4


def test_what_is_read_ahead_is_closed_when_nobody_reads_on():
    closed, threads = [], set()

    def items():
        number = 0
        try:
            for number in range(50):
                threads.add(threading.current_thread().name)
                yield number
        finally:
            closed.append(number)

    with ahead(items()) as read:
        assert [next(read), next(read)] == [0, 1]
    assert len(closed) == 1
    assert closed[0] <= 4
    assert len(threads) == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


def test_an_error_in_reading_comes_after_what_was_read():
    def items():
        yield from range(5)
        raise ValueError("number 5")

    with ahead(items()) as numbers:
        assert [next(numbers) for _ in range(5)] == list(range(5))
        with pytest.raises(ValueError, match="number 5"):
            next(numbers)
