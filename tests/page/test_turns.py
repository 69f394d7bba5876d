"""Who goes next, and who hears what meanwhile."""

import threading

import pytest

from animegan.page.serving.turns import Client, Turns
from tests.support.line import LONG, Line, until


def test_who_is_alone_need_not_wait(line):
    run = line.comes("only", "ann", "192.0.2.1")
    assert len(line.turns) == 1
    run.finish()
    assert run.heard == []
    assert len(line.turns) == 0


def test_one_run_at_a_time():
    turns, alone, most = Turns(places=40, per_session=40), threading.Lock(), []

    def run(number: int) -> None:
        with turns.take(Client(f"session {number % 5}", None)):
            most.append(alone.acquire(blocking=False))
            alone.release()

    threads = [threading.Thread(target=run, args=[number], daemon=True) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert most == [True] * 40
    assert len(turns) == 0


def test_first_come_first_served_within_a_session(line):
    for name in "1234":
        line.comes(name, "ann", "192.0.2.1")
    assert line.goes() == list("1234")


def test_sessions_of_an_address_take_turns(line):
    for name, session in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b"), ("b2", "b"), ("c1", "c")]:
        line.comes(name, session, "192.0.2.1")
    assert line.goes() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_addresses_take_turns_before_sessions_do(line):
    for name, session, address in [
        ("a1", "a", "192.0.2.1"),
        ("a2", "a", "192.0.2.1"),
        ("b1", "b", "192.0.2.1"),
        ("c1", "c", "192.0.2.1"),
        ("x1", "x", "192.0.2.2"),
        ("x2", "x", "192.0.2.2"),
        ("z1", "z", "192.0.2.3"),
    ]:
        line.comes(name, session, address)
    assert line.goes() == ["a1", "x1", "z1", "b1", "x2", "c1", "a2"]


@pytest.mark.parametrize("address", [None, "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_sessions_at_an_address_that_is_not_counted_are_parties_of_their_own(line, address):
    """Behind a proxy, everybody has its address: one visitor in six sessions there is six visitors."""
    for name, session, of in [
        ("a1", "a", address),
        ("a2", "a", address),
        ("x1", "x", "192.0.2.1"),
        ("y1", "y", "192.0.2.1"),
        ("b1", "b", address),
    ]:
        line.comes(name, session, of)
    assert line.goes() == ["a1", "x1", "b1", "a2", "y1"]


def test_every_waiting_run_knows_how_many_go_before_it(line):
    a1, a2, a3 = (line.comes(name, "a", "192.0.2.1") for name in ("a1", "a2", "a3"))
    b1 = line.comes("b1", "b", "192.0.2.2")
    b2 = line.comes("b2", "b", "192.0.2.2")
    until(lambda: (a2.heard[-1], a3.heard[-1], b1.heard[-1], b2.heard[-1]) == (2, 4, 1, 3))
    a1.finish()
    assert b1.turn.wait(LONG)
    until(lambda: (a2.heard[-1], a3.heard[-1], b2.heard[-1]) == (1, 3, 2))
    assert line.goes() == ["a1", "b1", "a2", "b2", "a3"]
    assert a1.heard == []
    assert b1.heard == [1]
    assert a2.heard[0] == 1
    for run in line.runs:
        assert 0 not in run.heard
        assert all(one != other for one, other in zip(run.heard, run.heard[1:], strict=False))


@pytest.mark.long
def test_a_greedy_client_makes_nobody_wait_for_more_than_one_of_its_runs():
    """Two hundred calls of one client wait; those who come then go right after the running one, each in turn."""
    line = Line(Turns(places=300, per_session=200, per_address=200))
    for number in range(200):
        line.comes(f"greedy {number}", "greedy", "192.0.2.1")
    others = [line.comes(name, name, f"198.51.100.{number}") for number, name in enumerate(["ann", "bob"])]
    assert [run.heard[-1] for run in others] == [1, 2]
    late = None
    for number in range(6):
        until(lambda number=number: len(line.began) > number)
        if number == 4:
            late = line.comes("late", "late", "203.0.113.1")
        next(run for run in line.runs if run.title == line.began[number]).finish()
    assert line.began[:6] == ["greedy 0", "ann", "bob", "greedy 1", "greedy 2", "late"]
    assert late is not None
    assert late.heard == [1]
    assert len(line.goes()) == 203


def test_a_greedy_address_of_many_sessions_is_one_party(line):
    for number in range(16):
        line.comes(f"greedy {number}", f"session {number}", "192.0.2.1")
    line.comes("ann 1", "ann", "192.0.2.2")
    line.comes("ann 2", "ann", "192.0.2.2")
    began = line.goes()
    assert began[:4] == ["greedy 0", "ann 1", "greedy 1", "ann 2"]


def test_a_stream_of_new_sessions_starves_nobody(line):
    """Whoever is in the line stays there: those who come later go to the end."""
    line.comes("0", "session 0")
    line.comes("ann 1", "ann")
    line.comes("ann 2", "ann")
    for number in range(12):
        line.comes(f"{number + 1}", f"session {number + 1}")
        until(lambda number=number: len(line.began) > number)
        next(run for run in line.runs if run.title == line.began[number]).finish()
    began = line.goes()
    assert began.index("ann 1") == 1
    assert began.index("ann 2") <= 4
