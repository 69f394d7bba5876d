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
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
        self.task = task
        self.child: Any = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._said: Any = None
        self._folder: Any = None

    def draw(self, input: str, output: str, size: int) -> Row:
        """Draw a photo of ``size`` bytes, by paths below the task's places, and return its row of the manifest. An
        error that is about this photo stands in the row.

        Raises:
            AnimeganError: the run cannot go on.
        """
        start = time.perf_counter()
        row: dict[str, Any] = {"input": input, "style": self.task.options.style}
        try:
            try:
                row |= self._asked(input, output)
            except _DiedError:  # it may have been killed by someone else: the photo gets another process, once
                row |= self._asked(input, output)
        except DrawingStoppedError as error:
            row |= {"error": f"{DrawingStoppedError.__name__}: {error}", "seconds": time.perf_counter() - start}
        if row.get("quality"):
            row["quality"] = {name: row["quality"][name] for name in QUALITY}
        return {**row, "bytes": size, "finished": datetime.now(UTC)}

    def close(self) -> None:
        """End the process."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            for pipe in (self.child.stdin, self.child.stdout, self._said):
                with suppress(OSError):  # what was not sent yet
                    pipe.close()
            self._folder.cleanup()
        self.child = None

    def _asked(self, input: str, output: str) -> dict[str, Any]:
        for left in reversed(range(STARTS)):
            if self.child is not None:
                break
            try:
                self._start()
            except DrawingStoppedError as error:  # killed by someone else, or there is no memory for it
                if not left:
                    raise AnimeganError("The process that draws does not start: {error}", error=error) from error
        self.send(json.dumps({"input": input, "output": output}))
        return self._answer(self.task.time_limit)["row"]

    def _start(self) -> None:
        """Begin a process, and wait until it has loaded the networks; it raises what `_answer` does."""
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._folder = tempfile.TemporaryDirectory(prefix="animegan-")
        self._answers = queue.SimpleQueue()
        self.child = subprocess.Popen(
            [sys.executable, "-m", "animegan.batch.child", self._folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        threading.Thread(target=_hear, args=(self.child.stdout, self._answers), daemon=True).start()
        self.send(self.task.to_json())
        self._answer(START_LIMIT)

    def send(self, line: str) -> None:
        """Send the process a line: the task, or a photo."""
        with suppress(BrokenPipeError):  # it is dead, which the wait for its answer says
            self.child.stdin.write(line + "\n")
            self.child.stdin.flush()

    def _answer(self, limit: float) -> dict[str, Any]:
        """Wait for an answer. Each frame of a clip has as much time as a photo.

        Raises:
            DrawingStoppedError: it took too long or too much memory, or the process died.
            AnimeganError: the process says that the run cannot go on.
        """
        end = time.monotonic() + limit
        while True:
            try:
                line = self._answers.get(timeout=LOOK)
            except queue.Empty:
                most, taken = self.task.memory_limit, _memory_of(self.child.pid)
                if time.monotonic() > end:
                    passed = f"{limit:g} seconds"
                elif taken is not None and taken > most * 1e9:
                    passed = f"{most:g} GB of memory"
                else:
                    continue
                self.close()
                raise DrawingStoppedError(
                    "It took more than {passed}: allow more, or make the photo smaller.", passed=passed
                ) from None
            if line is None:
                raise _DiedError(self._last_words())
            answer: dict[str, Any] = json.loads(line)
            if "frame" in answer:
                end = time.monotonic() + limit
                continue
            if "stop" in answer:
                self.close()
                raise raised(answer["stop"])
            return answer

    def _last_words(self) -> str:
        code = self.child.wait()
        cause = next((each.name for each in signal.Signals if each == -code), f"exit code {code}")
        self._said.seek(0)
        lines = [line for line in self._said.read()[-2000:].decode(errors="replace").splitlines() if line.strip()]
        self.close()
        why = ": ".join([cause, *lines[-1:]])[:200]
        return f"The process that drew it died ({why}): look at the photo, or leave it out."


class _DiedError(DrawingStoppedError):
    """The process died of itself."""


def _hear(lines: Iterable[str], answers: queue.SimpleQueue[str | None]) -> None:
    with suppress(ValueError, OSError):  # closed
        for line in lines:
            answers.put(line)
    answers.put(None)


def _memory_of(process: int) -> int | None:
    """Bytes of resident memory of a process. None: it is gone, or this system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return None
