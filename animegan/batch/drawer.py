"""Draws photos in a process of their own, within a limit of time and of memory."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from animegan.batch.manifest import QUALITY, Row
from animegan.batch.task import Task, raised
from animegan.errors import AnimeganError, DrawingStoppedError

START_LIMIT = 300.0
"""Seconds that a process may take to load the networks."""
STARTS = 3
"""Tries to begin such a process."""
LOOK = 0.05
"""Seconds between two looks at the time and the memory that a photo takes."""


class Drawer:
    """A process that draws one photo after the other, and a new one when a photo has killed it."""

    def __init__(self, task: Task):
        self._task = task
        self._child: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._said: IO[bytes] | None = None

    def draw(self, input: str, output: str, size: int) -> Row:
        """Draw a photo, and return its row of the manifest. An error that is about this photo stands in the row.

        A process that dies of itself may have been killed by someone else, so the photo gets another one, once.

        Args:
            input, output: paths below the task's places.
            size: bytes of the photo's file.

        Raises:
            AnimeganError: the run cannot go on.
        """
        start = time.perf_counter()
        row: dict[str, Any] = {"input": input, "style": self._task.options.style}
        try:
            try:
                answer = self._asked(input, output)
            except _DiedError:
                answer = self._asked(input, output)
        except DrawingStoppedError as error:
            row |= {"error": f"{DrawingStoppedError.__name__}: {error}", "seconds": time.perf_counter() - start}
        else:
            row |= answer
        if row.get("quality"):
            row["quality"] = {name: row["quality"][name] for name in QUALITY}
        return {**row, "bytes": size, "finished": datetime.now(UTC)}

    def close(self) -> None:
        """End the process."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout, self._said):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        self._child = None

    def _asked(self, input: str, output: str) -> dict[str, Any]:
        for left in reversed(range(STARTS)):
            if self._child is not None:
                break
            try:
                self._start()
            except DrawingStoppedError as error:  # killed by someone else, or there is no memory for it
                if not left:
                    raise AnimeganError(f"The process that draws does not start: {error}") from error
        self._send({"input": input, "output": output})
        return self._answer(self._task.time_limit)["row"]

    def _start(self) -> None:
        """Begin a process, and wait until it has loaded the networks.

        Raises:
            DrawingStoppedError: it died, or took too long.
            AnimeganError: it cannot draw.
        """
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._answers = queue.SimpleQueue()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "animegan.batch.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        threading.Thread(target=_hear, args=(self._child, self._answers), daemon=True).start()
        self._send_line(self._task.to_json())
        self._answer(START_LIMIT)

    def _send(self, values: dict[str, Any]) -> None:
        self._send_line(json.dumps(values))

    def _send_line(self, line: str) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # it is dead, which the wait for its answer says
            self._child.stdin.write(line + "\n")
            self._child.stdin.flush()

    def _answer(self, limit: float) -> dict[str, Any]:
        """Wait for an answer.

        Raises:
            DrawingStoppedError: it took too long or too much memory, or the process died.
            AnimeganError: the process says that the run cannot go on.
        """
        assert self._child is not None
        end = time.monotonic() + limit
        while True:
            try:
                line = self._answers.get(timeout=LOOK)
            except queue.Empty:
                self._check(end, limit)
                continue
            if line is None:
                raise _DiedError(self._last_words())
            answer: dict[str, Any] = json.loads(line)
            if "stop" in answer:
                self.close()
                raise raised(answer["stop"])
            return answer

    def _check(self, end: float, limit: float) -> None:
        assert self._child is not None
        if time.monotonic() > end:
            self.close()
            raise DrawingStoppedError(f"It took more than {limit:g} seconds: allow more, or make the photo smaller.")
        taken = memory_of(self._child.pid)
        if taken is not None and taken > self._task.memory_limit * 1e9:
            self.close()
            raise DrawingStoppedError(
                f"It took more than {self._task.memory_limit:g} GB of memory: allow more, or make the photo smaller."
            )

    def _last_words(self) -> str:
        assert self._child is not None
        code = self._child.wait()
        cause = _signal_name(-code) if code < 0 else f"exit code {code}"
        lines: list[str] = []
        if self._said is not None:
            self._said.seek(0)
            lines = [line for line in self._said.read()[-2000:].decode(errors="replace").splitlines() if line.strip()]
        self.close()
        why = ": ".join([cause, *lines[-1:]])[:200]
        return f"The process that drew it died ({why}): look at the photo, or leave it out."


class _DiedError(DrawingStoppedError):
    """The process died of itself."""


def _hear(child: subprocess.Popen[str], answers: queue.SimpleQueue[str | None]) -> None:
    assert child.stdout is not None
    with suppress(ValueError, OSError):  # closed
        for line in child.stdout:
            answers.put(line)
    answers.put(None)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def memory_of(process: int) -> int | None:
    """Bytes of resident memory of a process. None: it is gone, or this system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
