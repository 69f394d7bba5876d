"""Who is not let in, and by what they are counted."""

import pytest
from starlette.datastructures import Headers

from animegan.page.serving.turns import Client, QueueFullError, TooManyForClientError, Turns, client_address


def test_a_session_has_so_many_places(line):
    for number in range(4):
        line.comes(str(number), "ann", "192.0.2.1")
    with pytest.raises(TooManyForClientError) as refused, line.turns.take(Client("ann", "192.0.2.1")):
        pass
    assert refused.value.waiting == 4
    line.comes("another session", "bob", "192.0.2.1")
    line.runs[0].finish()
    line.comes("ann again", "ann", "192.0.2.1")  # a place is free once a run is over
    line.goes()


def test_an_address_has_so_many_places(line):
    for number in range(16):
        line.comes(str(number), f"session {number // 4}", "192.0.2.1")
    for address in ("192.0.2.1", "::ffff:192.0.2.1"):
        with pytest.raises(TooManyForClientError) as refused, line.turns.take(Client("new", address)):
            pass
        assert refused.value.waiting == 16
    line.comes("another address", "new", "192.0.2.2")
    line.goes()


def test_an_ipv6_network_counts_as_one_address(line):
    for number in range(16):
        line.comes(str(number), f"session {number}", f"2001:db8::{number:x}")
    with pytest.raises(TooManyForClientError), line.turns.take(Client("new", "2001:db8::ffff:1")):
        pass
    line.comes("another network", "new", "2001:db8:0:1::1")
    line.goes()


def test_a_name_in_place_of_an_address_is_counted_too():
    turns = Turns(per_address=1)
    with (
        turns.take(Client("ann", "unknown")),
        pytest.raises(TooManyForClientError),
        turns.take(Client("bob", "unknown")),
    ):
        pass


def test_an_address_that_is_not_counted_has_as_many_places_as_there_are(line):
    for number in range(32):
        line.comes(str(number), f"session {number // 4}", "127.0.0.1")
    with pytest.raises(QueueFullError) as refused, line.turns.take(Client("new", "192.0.2.1")):
        pass
    assert refused.value.ahead == 32
    assert len(line.turns) == 32
    line.goes()


@pytest.mark.parametrize("address", [None, "127.0.0.1", "192.0.2.1"])
def test_calls_without_a_session_share_the_places_of_one(line, address):
    for number in range(4):
        line.comes(str(number), None, address)
    with pytest.raises(TooManyForClientError) as refused, line.turns.take(Client(None, address)):
        pass
    assert refused.value.waiting == 4
    line.comes("elsewhere", None, "192.0.2.2")
    line.comes("with a session", "ann", address)
    assert len(line.goes()) == 6


def test_who_is_refused_holds_no_place():
    turns = Turns(places=2, per_session=1)
    with turns.take(Client("ann", None)):
        for _ in range(5):
            with pytest.raises(TooManyForClientError), turns.take(Client("ann", None)):
                pass
        assert len(turns) == 1
    with turns.take(Client("ann", None)):
        assert len(turns) == 1


@pytest.mark.parametrize(
    ("headers", "header", "address"),
    [
        ({}, None, "10.0.0.1"),
        ({"X-Forwarded-For": "192.0.2.9"}, None, "10.0.0.1"),  # no proxy was named
        ({"X-Forwarded-For": "192.0.2.1"}, "X-Forwarded-For", "192.0.2.1"),
        ({"x-forwarded-for": "127.0.0.1, 192.0.2.9,192.0.2.1 "}, "X-Forwarded-For", "192.0.2.1"),
        ({"X-Real-IP": "192.0.2.1", "X-Forwarded-For": "192.0.2.9"}, "x-real-ip", "192.0.2.1"),
        ({"X-Forwarded-For": "192.0.2.9"}, "X-Real-IP", "10.0.0.1"),
        ({"X-Forwarded-For": ""}, "X-Forwarded-For", "10.0.0.1"),
        ({"X-Forwarded-For": "192.0.2.1:4711"}, "X-Forwarded-For", "192.0.2.1"),
        ({"X-Forwarded-For": "2001:db8::1"}, "X-Forwarded-For", "2001:db8::1"),
        ({"X-Forwarded-For": "[2001:db8::1]:4711"}, "X-Forwarded-For", "2001:db8::1"),
    ],
)
def test_the_address_of_who_calls(headers, header, address):
    assert client_address(headers, "10.0.0.1", header) == address
    assert client_address(Headers(headers), "10.0.0.1", header) == address


def test_of_several_lines_of_a_header_the_last_is_the_proxy_s():
    """Starlette gives the first when it is asked by name; some proxies add a line of their own below."""
    headers = Headers(raw=[(b"x-forwarded-for", b"192.0.2.9"), (b"x-forwarded-for", b"192.0.2.1")])
    assert client_address(headers, "10.0.0.1", "X-Forwarded-For") == "192.0.2.1"


def test_nobody_knows_the_address():
    assert client_address({}, None, "X-Forwarded-For") is None
