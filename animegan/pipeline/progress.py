"""Reports the progress of a run and measures how long each stage takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from animegan.images.tiles import OnTile
from animegan.words.messages import Message

OnProgress = Callable[[float, Message], None]
"""Called before each stage, and after each tile of a long one, with the finished fraction, from 0 to 1, and what comes
next. It may raise, to stop the run."""


class Clock:
    """Measures the seconds of each stage, and reports each stage to ``on_progress``."""

    def __init__(self, on_progress: OnProgress | None = None):
        self._on_progress = on_progress
        self._furthest = 0.0
        self.seconds: dict[str, float] = {}
        """Stage → seconds."""
        self._start = time.perf_counter()

    def report(self, fraction: float, message: Message) -> None:
        """Report what comes next. The fraction never falls: some downloads are looked for after others are here."""
        self._furthest = max(self._furthest, fraction)
        if self._on_progress is not None:
            self._on_progress(self._furthest, message)

    @contextmanager
    def stage(self, name: str, fraction: float, message: Message, until: float | None = None) -> Iterator[OnTile]:
        """Time a stage. It yields a function to call after each tile; the fraction then grows towards ``until``."""
        self.report(fraction, message)
        start = time.perf_counter()

        def on_tile(done: int, count: int) -> None:
            self.report(fraction + ((until or fraction) - fraction) * done / count, message)

        yield on_tile
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def download(self, received: int, size: int | None) -> None:
        """Report a download: bytes received so far, and the total if it is known."""
        if size:
            self.report(0.02, Message("download-of", come=received / 1e6, size=size / 1e6))
        else:
            self.report(0.02, Message("download", come=received / 1e6))

    def finish(self) -> dict[str, float]:
        """Report the end, and return stage → seconds, including "total"."""
        self.report(1.0, Message("done"))
        total = time.perf_counter() - self._start
        return {name: round(spent, 4) for name, spent in {**self.seconds, "total": total}.items()}
