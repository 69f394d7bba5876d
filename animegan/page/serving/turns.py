"""Who may use the model next: a fair queue of threads for one resource."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

NOTICE_SECONDS = 0.1
"""A waiting run looks this often whether it was stopped."""


@dataclass(eq=False)
class QueueFullError(Exception):
    """All places in the queue are taken, by as many runs."""

    ahead: int


@dataclass(eq=False)
class TooManyForClientError(Exception):
    """The caller's session or address already holds as many places as it may, by as many runs."""

    waiting: int


class StoppedError(Exception):
    """The run was stopped before its turn came."""


@dataclass(frozen=True)
class Client:
    """Who asks for a turn."""

    session: str | None
    """None: a call without a session; all such calls from one address count as one session."""
    address: str | None
    """None and loopback addresses belong to a proxy or to the owner, and are not counted."""

    @property
    def party(self) -> tuple[str, str | None]:
        """What takes turns: ("address", network), or ("session", session) if the address is not counted. An IPv6
        address counts as its /64 network, which one household or machine gets.
        """
        try:
            address = ipaddress.ip_address(self.address or "::1")
        except ValueError:
            return "address", self.address
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback:
            return "session", self.session
        network = ipaddress.ip_network((int(address), 64), strict=False) if address.version == 6 else address
        return "address", str(network)


@dataclass(frozen=True, eq=False)
class _Run:
    """A run that waits or has its turn."""

    party: tuple[str, str | None]
    session: Hashable
    """Of the party."""
    stopped: threading.Event | None
    on_wait: Callable[[int], None] | None


class Turns:
    """A queue in which parties take turns, then the sessions of a party; a session's runs keep the order of arrival.

    A party is an address, or a session whose address is not counted. A new party waits at most for the current run and
    for one run of each other party, however many runs wait.
    """

    def __init__(self, places: int = 32, per_session: int = 4, per_address: int = 16):
        """How many runs may wait or run: in all, of a session, and of an address."""
        self.places = places
        self._per_session, self._per_address = per_session, per_address
        self._changed = threading.Condition()
        self._runs: list[_Run] = []
        """In the order in which they came; the one whose turn it is among them."""
        self._since: dict[Hashable, int] = {}
        """Party or session → when it came or last had a turn; counts up."""
        self._clock = 0
        self._ahead: dict[_Run, int] = {}

    def __len__(self) -> int:
        """The number of runs that wait or run."""
        with self._changed:
            return len(self._runs)

    @contextmanager
    def take(
        self, client: Client, stopped: threading.Event | None = None, on_wait: Callable[[int], None] | None = None
    ) -> Iterator[Callable[[], None]]:
        """Wait for a turn; inside the ``with`` block nobody else has one. A thread must not take a second one there.

        It yields a function for a long run to call between two parts of its work: the others have their turns, and it
        returns when the run has its next one. While the run waits, ``on_wait`` is called whenever the number of runs
        ahead changes, with that number; it must return soon, and may raise to leave the queue.

        Raises:
            TooManyForClientError: at once, if the session or the address already holds all its places.
            QueueFullError: at once, if all places are taken.
            StoppedError: within 0.2 s, if ``stopped`` is set before the turn comes.
        """
        run = _Run(client.party, (client.party, client.session), stopped, on_wait)
        with self._changed:
            self._admit(run)
            self._count()
        try:
            self._wait(run)
            yield lambda: self._let_others(run)
        finally:
            with self._changed:
                self._runs.remove(run)
                if self._ahead[run] == 0:
                    self._had_turn(run)
                self._count()

    def _admit(self, run: _Run) -> None:
        of_party = [other for other in self._runs if other.party == run.party]
        of_session = sum(other.session == run.session for other in of_party)
        if of_session >= self._per_session:
            raise TooManyForClientError(of_session)
        if run.party[0] == "address" and len(of_party) >= self._per_address:
            raise TooManyForClientError(len(of_party))
        if len(self._runs) >= self.places:
            raise QueueFullError(len(self._runs))
        self._runs.append(run)
        for key in (run.party, run.session):
            self._since.setdefault(key, self._tick())

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _had_turn(self, run: _Run) -> None:
        """Put a party and its session behind all others."""
        self._since[run.party] = self._since[run.session] = self._tick()

    def _wait(self, run: _Run) -> None:
        reported = 0
        while True:
            with self._changed:
                while True:
                    if run.stopped is not None and run.stopped.is_set():
                        raise StoppedError
                    ahead = self._ahead[run]
                    if ahead == 0:
                        return
                    if run.on_wait is not None and ahead != reported:
                        break
                    self._changed.wait(None if run.stopped is None else NOTICE_SECONDS)
            run.on_wait(ahead)  # outside the lock: it may take a while, and may raise
            reported = ahead

    def _let_others(self, run: _Run) -> None:
        with self._changed:
            self._runs.remove(run)
            self._runs.append(run)
            self._had_turn(run)
            self._count()
        self._wait(run)

    def _count(self) -> None:
        """Count how many runs are ahead of each run if no other comes, and wake the waiting threads."""
        here = {key for run in self._runs for key in (run.party, run.session)}
        self._since = {key: since for key, since in self._since.items() if key in here}
        rest, since, clock = list(self._runs), dict(self._since), self._clock
        self._ahead = {}
        while rest:
            run = min(rest, key=lambda each: (since[each.party], since[each.session]))  # the first of equal ones
            rest.remove(run)
            self._ahead[run] = len(self._ahead)
            clock += 1
            since[run.party] = since[run.session] = clock
        self._changed.notify_all()


def client_address(headers: Mapping[str, str], peer: str | None, header: str | None) -> str | None:
    """The caller's address: the last entry of ``header``, which a reverse proxy adds; ``peer`` if there is none.

    The caller can forge all entries before the last. None: trust no header. See docs/page.md#load-and-fairness.
    """
    # All lines of that name: starlette's headers[name] is only the first, which the caller may have sent.
    values = [value for name, value in headers.items() if header and name.lower() == header.lower()]
    entry = ",".join(values).rpartition(",")[2].strip()
    if entry.startswith("["):  # some proxies add a port: 192.0.2.1:4711 or [2001:db8::1]:4711
        return entry[1:].partition("]")[0]
    return (entry.partition(":")[0] if entry.count(":") == 1 else entry) or peer
