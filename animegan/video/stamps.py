"""Says when each frame of a film is shown, whatever its stamps are: missing, repeated, or in a wrong order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice, pairwise
from math import ceil
from typing import Any

AHEAD = 16
"""Packets that are read ahead. No codec shows a frame more than so many places from where its packet is."""
FINEST = 10_000
"""Ticks a second that a clock has at least, so that times stay within a tenth of a millisecond."""


def fine(time_base: Fraction) -> Fraction:
    """Return a tick, in seconds, that divides another one and is short enough."""
    return time_base / max(1, ceil(time_base * FINEST))


class Stamps:
    """The times of one stream's frames, each later than the one before.

    Packets come in the order in which they are decoded, frames in that in which they are shown, each with the stamp of
    its packet.
    """

    def __init__(self, period: Fraction, begin: Fraction, reorders: bool, only_order: bool = False):
        """``period``: seconds from a frame to the next, where no stamp tells; ``begin``: the time of the first, where
        none tells; ``reorders``: whether the codec shows frames in another order than that of the packets;
        ``only_order``: the file has no stamps, only an order, from which FFmpeg makes some, as in AVI.
        """
        self._period, self._begin, self._reorders, self._only_order = period, begin, reorders, only_order
        self._known: list[Fraction] = []  # stamps of packets whose frames are still to come
        self._sent: Any = None
        self._in_turn = only_order  # the next frame gets the next packet's stamp, whichever it was
        self._shift = Fraction(0)
        self.joined = False
        """Whether the clock began anew, as where recordings were joined."""
        self._last: Fraction | None = None

    def ahead(self, packets: Iterable[Any]) -> Iterator[Any]:
        """Yield the packets for the decoder; their stamps are looked at a little earlier."""
        rest = iter(packets)
        window = deque(islice(rest, AHEAD))
        stamps = [packet.pts for packet in window if packet.size]
        if self._reorders and len(stamps) > 2 and None not in stamps and all(a < b for a, b in pairwise(stamps)):
            self._in_turn = True
        for packet in window:
            self._note(packet)
        for packet in rest:
            self._note(packet)
            window.append(packet)
            self._sent = window.popleft()
            yield self._sent
        for self._sent in window:
            yield self._sent

    def lost(self) -> None:
        """Forget the packet that was yielded last: it has no frame."""
        stamp = self._stamp(self._sent)
        if stamp is not None and stamp in self._known:
            self._known.remove(stamp)

    def time(self, stamp: Fraction | None) -> Fraction:
        """Return the time of the next frame, in seconds, by its own stamp."""
        if self._in_turn:
            stamp = self._known.pop(0) if self._known else None
        if self._last is None:
            self._last = self._begin if stamp is None else stamp
            return self._last
        far = AHEAD * self._period
        if stamp is not None and stamp + self._shift < self._last - far:  # the clock begins anew
            self._shift = self._last + self._period - stamp
            self.joined = True
        later = [each for each in self._known if each + self._shift > self._last]
        if not self._in_turn:
            self._known = later
        following = min(later, default=None)
        if stamp is not None and following is not None and stamp > following + far:
            stamp = None  # a single wrong one
        if stamp is not None and stamp + self._shift > self._last:
            self._last = stamp + self._shift
        elif following is None:
            self._last += self._period
        else:
            self._last += min(self._period, (following + self._shift - self._last) / 2)
        return self._last

    def _note(self, packet: Any) -> None:
        stamp = self._stamp(packet)
        if stamp is not None and packet.size:
            self._known.append(stamp)

    def _stamp(self, packet: Any) -> Fraction | None:
        ticks = packet.dts if self._only_order else packet.pts
        return None if ticks is None or not packet.time_base else ticks * packet.time_base
