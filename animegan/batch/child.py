"""The process that draws. A photo that kills it kills nothing else.

It reads one JSON object a line on standard input, the task first and then one photo after the other, and answers each
on standard output. It ends when its input does, even in the middle of a photo.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from errno import EISDIR, ENAMETOOLONG, ENOTDIR
from pathlib import Path
from typing import IO, Any

from animegan.batch.places import Place
from animegan.batch.task import Task, named
from animegan.errors import NOT_ABOUT_THE_PHOTO, AnimeganError
from animegan.images import files
from animegan.pipeline.pipeline import Pipeline
from animegan.storage import not_writable

BAD_NAME = (ENAMETOOLONG, EISDIR, ENOTDIR)
"""Errors of writing that are about this one name."""


def serve(requests: IO[str], answers: IO[str]) -> None:
    """Draw what comes until no more does."""

    def answer(values: dict[str, Any]) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    task = Task.from_json(requests.readline())
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, lines), daemon=True).start()
    try:
        painter = _Painter(task)
    except AnimeganError as error:
        answer({"stop": named(error)})
        return
    answer({"ready": True})
    while True:
        job = json.loads(lines.get())
        if hasattr(signal, "alarm"):  # the worker watches the time; this is for the day when it is gone
            signal.alarm(int(task.time_limit) + 60)
        answer(painter.draw(job["input"], job["output"]))


def _listen(requests: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in requests:
        lines.put(line)
    os._exit(0)  # the worker is gone, and nobody waits for what is being drawn


class _Painter:
    """Photo in, drawing out, and a row for the manifest."""

    def __init__(self, task: Task):
        self._task = task
        self._source, self._out = Place(task.source), Place(task.out)
        self._pipeline = Pipeline(task.engine, task.threads)
        self._pipeline.warm(task.options.style)

    def draw(self, input: str, output: str) -> dict[str, Any]:
        """A row of the manifest, or the error that ends the run."""
        task, start = self._task, time.perf_counter()
        row: dict[str, Any] = {"input": input, "style": task.options.style}
        try:
            data = self._source.read(input)
            result = self._pipeline.stylize(data, task.options, max_megapixels=task.max_megapixels)
            encoded = files.encode(result.pixels, Path(output))
            try:
                self._out.write(output, encoded)
            except OSError as error:
                if error.errno not in BAD_NAME:
                    return {"stop": named(not_writable(task.out, error))}
                raise not_writable(output, error, "give the photo another name") from error
            row |= {
                "output": output,
                "hash": hashlib.sha256(data).hexdigest(),
                "width": result.image.shape[1],
                "height": result.image.shape[0],
                "faces": len(result.faces),
                "quality": result.quality.to_dict(),
                "notes": " ".join(result.notes_for(output)) or None,
            }
        except NOT_ABOUT_THE_PHOTO as error:
            return {"stop": named(error)}
        except AnimeganError as error:
            row["error"] = f"{type(error).__name__}: {error}"
        except MemoryError:
            row["error"] = "DrawingStoppedError: There is not enough memory for it: draw it on a larger machine."
        return {"row": {**row, "seconds": time.perf_counter() - start}}


def main() -> None:
    """Serve standard input and output. What libraries print goes to standard error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began the run
    with suppress(OSError):  # where memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers)


if __name__ == "__main__":
    main()
