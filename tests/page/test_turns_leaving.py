"""Who leaves the line: stopped, gone, or to let others go."""

import contextlib
import threading

import pytest

from animegan.page.serving.turns import Client, QueueFullError, StoppedError, TooManyForClientError, Turns
from tests.support.line import LONG, until


def test_a_run_that_is_stopped_while_it_waits_leaves_the_line(line):
    first = line.comes("first", "ann")
    stopped = threading.Event()
    second = line.comes("second", "bob", stopped=stopped)
    third = line.comes("third", "cat")
    assert third.heard == [2]
    stopped.set()
    second.join(LONG)
    assert isinstance(second.error, StoppedError)
    assert not second.turn.is_set()
    assert not first.go.is_set()  # it left before its turn came
    until(lambda: third.heard == [2, 1])
    assert len(line.turns) == 2
    assert line.goes() == ["first", "third"]


def test_a_run_that_was_stopped_before_does_not_begin():
    turns, stopped = Turns(), threading.Event()
    stopped.set()
    with pytest.raises(StoppedError), turns.take(Client("ann", None), stopped):
        pytest.fail("It began.")
    assert len(turns) == 0


def test_a_run_that_is_stopped_in_its_turn_goes_on():
    turns, stopped = Turns(), threading.Event()
    with turns.take(Client("ann", None), stopped):
        stopped.set()
        assert len(turns) == 1
    assert len(turns) == 0


class GoneError(Exception):
    pass


def test_who_hears_the_number_may_leave(line):
    line.comes("first", "ann")

    def leave(ahead: int) -> None:
        assert ahead == 1
        assert len(line.turns) == 2  # the line is not held meanwhile
        raise GoneError

    with pytest.raises(GoneError), line.turns.take(Client("bob", None), on_wait=leave):
        pytest.fail("It began.")
    assert len(line.turns) == 1
    assert line.goes() == ["first"]


def test_who_leaves_as_the_turn_comes_passes_it_on(line):
    """The turn comes while the caller hears another number, and the caller is gone by then."""
    first = line.comes("first", "ann")
    calling, left = threading.Event(), threading.Event()

    def leave(_: int) -> None:
        calling.set()
        left.wait(LONG)
        raise GoneError

    def run() -> None:
        with contextlib.suppress(GoneError), line.turns.take(Client("bob", None), on_wait=leave):
            pytest.fail("It began.")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert calling.wait(LONG)
    third = line.comes("third", "cat")
    first.finish()
    until(lambda: third.heard[-1] == 1)  # it is the second one's turn now
    assert not third.turn.is_set()
    left.set()
    thread.join(LONG)
    assert third.turn.wait(LONG)
    line.goes()


def test_an_error_in_the_turn_gives_it_back(line):
    def fail() -> None:
        with line.turns.take(Client("ann", None)):
            line.comes("second", "bob")
            raise GoneError

    with pytest.raises(GoneError):
        fail()
    assert line.runs[0].turn.wait(LONG)
    assert line.goes() == ["second"]


def test_many_threads_that_come_and_leave_as_they_like():
    turns, alone, ends = Turns(places=12, per_session=3, per_address=6), threading.Lock(), []

    def caller(number: int) -> None:
        for step in range(30):
            stopped = threading.Event()
            if (number + step) % 7 == 0:
                stopped.set()

            def heard(ahead: int, step: int = step) -> None:
                assert 0 < ahead < 12
                if step % 5 == 0:
                    raise GoneError

            try:
                with turns.take(Client(f"session {number}", f"192.0.2.{number % 4}"), stopped, heard):
                    ends.append(alone.acquire(blocking=False))
                    alone.release()
            except (GoneError, StoppedError, QueueFullError, TooManyForClientError):
                ends.append(True)

    threads = [threading.Thread(target=caller, args=[number], daemon=True) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert ends == [True] * 600
    assert len(turns) == 0


def test_a_long_run_lets_others_go_between_its_parts():
    turns, order, waiting = Turns(), [], threading.Event()
    ann, bob = Client("ann", None), Client("bob", None)

    def other():
        with turns.take(bob, on_wait=lambda ahead: waiting.set()):
            order.append("bob")

    with turns.take(ann) as let_others:
        order.append("ann 1")
        let_others()  # nobody waits
        thread = threading.Thread(target=other)
        thread.start()
        assert waiting.wait(LONG)
        order.append("ann 2")
        let_others()
        order.append("ann 3")
    thread.join(LONG)
    assert order == ["ann 1", "ann 2", "bob", "ann 3"]
    assert len(turns) == 0
