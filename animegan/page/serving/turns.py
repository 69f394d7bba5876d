"""Decides who may use the model next: a fair queue of threads for one resource."""

from __future__ import annotations

import ipaddress
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

NOTICE = 0.1
"""Seconds between two checks of a waiting run whether it was stopped."""

_K = TypeVar("_K")
_V = TypeVar("_V")
_Party = tuple[str, str | None]
"""The unit that takes turns: ("address", network), or ("session", session) if the address is not counted."""


class QueueFullError(Exception):
    """All places in the queue are taken."""

    def __init__(self, ahead: int):
        """``ahead`` is the number of runs that hold a place."""
        super().__init__(f"All {ahead} places are taken.")
        self.ahead = ahead


class TooManyForClientError(Exception):
    """The caller's session or address already holds as many places as it may."""

    def __init__(self, waiting: int):
        """``waiting`` is the number of runs of that session or address that wait or run."""
        super().__init__(f"{waiting} runs of this caller wait already.")
        self.waiting = waiting


class StoppedError(Exception):
    """The run was stopped before its turn came."""


@dataclass(frozen=True)
class Client:
    """Who asks for a turn."""

    session: str | None
    """None: a call without a session; all such calls from one address count as one session."""
    address: str | None
    """None and loopback addresses belong to a proxy or to the owner, and are not counted."""


@dataclass(frozen=True, eq=False, slots=True)
class _Run:
    """A run that waits or has its turn."""

    party: _Party
    session: str | None


_Line = dict[_Party, dict[str | None, deque[_Run]]]
"""Runs by party and session; in each dict, the next one comes first. The very first run has its turn now."""


class Turns:
    """A queue in which parties take turns, then the sessions of a party; a session's runs keep the order of arrival.

    A party is an address, or a session whose address is not counted. A new party waits at most for the current run and
    for one run of each other party, however many runs wait.
    """

    def __init__(self, places: int = 32, per_session: int = 4, per_address: int = 16):
        """The arguments limit the number of runs that wait or run: in total, per session, and per address."""
        self._places, self._per_session, self._per_address = places, per_session, per_address
        self._changed = threading.Condition()
        self._line: _Line = {}
        self._ahead: dict[_Run, int] = {}

    def __len__(self) -> int:
        """Return the number of runs that wait or run."""
        with self._changed:
            return len(self._ahead)

    @contextmanager
    def take(
        self,
        client: Client,
        stopped: threading.Event | None = None,
        on_wait: Callable[[int], None] | None = None,
    ) -> Iterator[Callable[[], None]]:
        """Wait for a turn, and use the resource exclusively inside the ``with`` block.

        It yields a function that a long run calls between two parts of its work: it lets the others have their turns,
        and returns when the run has its next one. The run keeps its place.

        While the run waits, ``on_wait`` is called with the number of runs ahead of it, the current one included,
        whenever that number changes. It is called in the waiting thread, must return soon, and may raise to leave the
        queue. A thread that has a turn must not take another one: it would wait for itself.

        Raises:
            TooManyForClientError: at once, if the session or the address already holds all its places.
            QueueFullError: at once, if all places are taken.
            StoppedError: within 0.2 s, if ``stopped`` is set before the turn comes.
        """
        run = self._enter(client)
        try:
            self._wait(run, stopped, on_wait)
            yield lambda: self._let_others(run, stopped, on_wait)
        finally:
            self._leave(run)

    def _enter(self, client: Client) -> _Run:
        run = _Run(_party(client), client.session)
        with self._changed:
            of_party = [other for other in self._ahead if other.party == run.party]
            of_session = sum(other.session == run.session for other in of_party)
            if of_session >= self._per_session:
                raise TooManyForClientError(of_session)
            if run.party[0] == "address" and len(of_party) >= self._per_address:
                raise TooManyForClientError(len(of_party))
            if len(self._ahead) >= self._places:
                raise QueueFullError(len(self._ahead))
            self._line.setdefault(run.party, {}).setdefault(run.session, deque()).append(run)
            self._count()
        return run

    def _wait(self, run: _Run, stopped: threading.Event | None, on_wait: Callable[[int], None] | None) -> None:
        reported = 0
        while True:
            with self._changed:
                while True:
                    if stopped is not None and stopped.is_set():
                        raise StoppedError("The run was stopped before its turn came.")
                    ahead = self._ahead[run]
                    if ahead == 0:
                        return
                    if on_wait is not None and ahead != reported:
                        break
                    self._changed.wait(None if stopped is None else NOTICE)
            on_wait(ahead)  # outside the lock: it may take a while, and may raise
            reported = ahead

    def _let_others(self, run: _Run, stopped: threading.Event | None, on_wait: Callable[[int], None] | None) -> None:
        with self._changed:
            sessions = self._line[run.party]
            sessions[run.session].rotate(-1)
            _to_the_end(sessions, run.session)
            _to_the_end(self._line, run.party)
            self._count()
        self._wait(run, stopped, on_wait)

    def _leave(self, run: _Run) -> None:
        """Give the place back. If the run had its turn, its party and its session go to the end of the queue."""
        with self._changed:
            had_turn = self._ahead[run] == 0
            sessions = self._line[run.party]
            sessions[run.session].remove(run)
            if had_turn or not sessions[run.session]:
                _to_the_end(sessions, run.session)
            if had_turn or not sessions:
                _to_the_end(self._line, run.party)
            self._count()

    def _count(self) -> None:
        """Recompute how many runs are ahead of each run, and wake the waiting threads."""
        self._ahead = {run: ahead for ahead, run in enumerate(_in_order(self._line))}
        self._changed.notify_all()


def _in_order(line: _Line) -> Iterator[_Run]:
    """Yield the runs in the order in which they get their turns if no other run arrives."""
    rest = {party: {session: deque(runs) for session, runs in sessions.items()} for party, sessions in line.items()}
    while rest:
        party, sessions = next(iter(rest.items()))
        session, runs = next(iter(sessions.items()))
        yield runs.popleft()
        _to_the_end(sessions, session)
        _to_the_end(rest, party)


def _to_the_end(ordered: dict[_K, _V], key: _K) -> None:
    """Move an entry to the end, or remove it if it is empty."""
    value = ordered.pop(key)
    if value:
        ordered[key] = value


def _party(client: Client) -> _Party:
    """Return the party of a client. An IPv6 address counts as its /64 network, which one household or machine gets."""
    if client.address is None:
        return "session", client.session
    try:
        address = ipaddress.ip_address(client.address)
    except ValueError:
        return "address", client.address
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return "session", client.session
    if isinstance(address, ipaddress.IPv6Address):
        return "address", str(ipaddress.IPv6Network((int(address), 64), strict=False))
    return "address", str(address)


def client_address(headers: Mapping[str, str], peer: str | None, header: str | None) -> str | None:
    """Return the caller's address: the last entry of ``header``, or ``peer`` if there is none.

    Name a header (X-Forwarded-For, X-Real-IP) only if every call comes through a reverse proxy that sets it: the proxy
    adds the last entry, but the caller can forge all entries before it. None: trust no header.

    Gradio leaves uvicorn's own handling of X-Forwarded-For on. Uvicorn trusts a peer on 127.0.0.1 or ::1 (or those in
    the environment variable FORWARDED_ALLOW_IPS), and replaces the peer with the last entry that is not such an
    address. So behind a proxy on the same machine that adds to X-Forwarded-For, ``peer`` is already right. Behind a
    proxy that passes the header on unchanged, and wherever FORWARDED_ALLOW_IPS is "*" (uvicorn then takes the *first*
    entry), ``peer`` is whatever the caller wrote.
    """
    if header:
        # Join all headers of that name: starlette's headers[name] is only the first, which the caller may have sent.
        values = [value for name, value in headers.items() if name.lower() == header.lower()]
        entry = ",".join(values).rpartition(",")[2].strip()
        if entry:
            return _without_port(entry)
    return peer


def _without_port(entry: str) -> str:
    """Remove the port: some proxies write 192.0.2.1:4711 or [2001:db8::1]:4711, with a new port per connection."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
