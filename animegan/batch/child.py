"""The process that draws. A photo that kills it kills nothing else.

It reads one JSON object a line on standard input, the task first and then one photo after the other, and answers each
on standard output. It ends when its input does, even in the middle of a photo.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from errno import EISDIR, ENAMETOOLONG, ENOTDIR
from pathlib import Path
from typing import IO, Any

from animegan.batch.clips import draw_clip, is_clip
from animegan.batch.places import Place
from animegan.batch.task import Task, named
from animegan.errors import NOT_ABOUT_THE_PHOTO, AnimeganError
from animegan.errors import named as named_error
from animegan.images import files
from animegan.images.marks import is_ours
from animegan.pipeline.pipeline import Pipeline
from animegan.storage import not_writable

BAD_NAME = (ENAMETOOLONG, EISDIR, ENOTDIR)
"""Errors of writing that are about this one name."""


def serve(requests: IO[str], answers: IO[str], folder: str | None = None) -> None:
    """Draw what comes until no more does; then delete the folder."""

    def answer(values: dict[str, Any]) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    def watched() -> None:
        if hasattr(signal, "alarm"):  # the worker watches the time; this is for the day when it is gone
            signal.alarm(int(task.time_limit) + 60)

    def on_frame() -> None:
        watched()
        answer({"frame": True})

    task = Task.from_json(requests.readline())
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, lines, folder), daemon=True).start()
    try:
        painter = _Painter(task, on_frame)
    except AnimeganError as error:
        answer({"stop": named(error)})
        return
    answer({"ready": True})
    while True:
        job = json.loads(lines.get())
        watched()
        answer(painter.draw(job["input"], job["output"]))


def _listen(requests: IO[str], lines: queue.SimpleQueue[str], folder: str | None) -> None:
    for line in requests:
        lines.put(line)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # the worker is gone, and nobody waits for what is being drawn


class _Painter:
    """Photo or clip in, drawing out, and a row for the manifest."""

    def __init__(self, task: Task, on_frame: Callable[[], None] = lambda: None):
        self._task, self._on_frame = task, on_frame
        self._source, self._out = Place(task.source), Place(task.out)
        self._pipeline = Pipeline(task.engine, task.threads)
        self._pipeline.warm(task.options.style, faces=bool(task.options.faces))

    def draw(self, input: str, output: str) -> dict[str, Any]:
        """A row of the manifest, or the error that ends the run."""
        task, start = self._task, time.perf_counter()
        row: dict[str, Any] = {"input": input, "style": task.options.style}
        try:
            if is_clip(input):
                row |= draw_clip(self._pipeline, task, input, output, self._on_frame)
                return {"row": {**row, "seconds": time.perf_counter() - start}}
            data = self._source.read(input)
            if is_ours(io.BytesIO(data)):
                return {"row": row}
            if not task.overwrite:
                self._out.check_free(output, lambda: is_ours(io.BytesIO(self._out.read(output))))
            result = self._pipeline.stylize(data, task.options, max_megapixels=task.max_megapixels)
            kept = result.kept_metadata(task.keep_metadata)
            encoded = files.encode(result.pixels, Path(output), task.quality, kept)
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
        except Exception as error:  # whatever a photo does, the others are drawn
            known = named_error(error)
            row["error"] = f"{type(known).__name__}: {known}"
            if task.verbose:
                row["error"] += "\n" + "".join(traceback.format_exception(known))
        return {"row": {**row, "seconds": time.perf_counter() - start}}


def main() -> None:
    """Serve standard input and output. What libraries print goes to standard error. The argument is the folder for
    temporary files, which goes at the end even if this process is killed.
    """
    tempfile.tempdir = sys.argv[1]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that began the run
    with suppress(OSError):  # where memory runs out, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, answers, tempfile.tempdir)


if __name__ == "__main__":
    main()
