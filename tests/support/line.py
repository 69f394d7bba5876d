"""Threads that wait for their turns."""

import threading

from animegan.page.serving.turns import Client, Turns

LONG = 120
"""Seconds; nothing waits that long unless it is broken."""


class Run(threading.Thread):
    """One run in a thread of its own: it has its turn until it is let go."""

    def __init__(self, turns: Turns, client: Client, name: str = "", began: list | None = None, stopped=None):
        super().__init__(daemon=True)
        self.turns, self.client, self.title, self.began, self.stopped = turns, client, name, began, stopped
        self.turn, self.go, self.heard_once = threading.Event(), threading.Event(), threading.Event()
        self.heard: list[int] = []
        self.error: Exception | None = None

    def hear(self, ahead: int) -> None:
        self.heard.append(ahead)
        self.heard_once.set()

    def run(self) -> None:
        try:
            with self.turns.take(self.client, self.stopped, self.hear):
                if self.began is not None:
                    self.began.append(self.title)
                self.turn.set()
                self.go.wait(LONG)
        except Exception as error:
            self.error = error
            self.heard_once.set()

    def finish(self) -> None:
        self.go.set()
        self.join(LONG)
        assert not self.is_alive()


class Line:
    """Runs that come one after the other; the first has its turn, and every other one waits."""

    def __init__(self, turns: Turns):
        self.turns = turns
        self.began: list[str] = []
        self.runs: list[Run] = []

    def comes(self, name: str, session: str | None, address: str | None = None, stopped=None) -> Run:
        first = not len(self.turns)
        run = Run(self.turns, Client(session, address), name, self.began, stopped)
        run.start()
        self.runs.append(run)
        assert (run.turn if first else run.heard_once).wait(LONG)
        return run

    def goes(self) -> list[str]:
        """Let every run go in its turn; their names in the order in which they began."""
        for number in range(sum(run.error is None for run in self.runs)):
            until(lambda number=number: len(self.began) > number)
            next(run for run in self.runs if run.title == self.began[number]).finish()
        assert len(self.turns) == 0
        return self.began


def until(true) -> None:
    """Wait for something that nobody announces."""
    pause = threading.Event()
    for _ in range(LONG * 100):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("It did not come to pass.")
