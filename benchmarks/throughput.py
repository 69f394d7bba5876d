"""Pictures a second: the plain command, one pipeline after the other arrangement of threads, and a batch.

    python -m benchmarks.throughput [PHOTOS] [--count 100] [--rounds 3]

Compare figures only within one run, on a machine with nothing else to do.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from animegan import Pipeline
from animegan.images import files
from benchmarks import public_photos
from benchmarks.public_photos import Folder


def main(
    folder: Folder = None,
    count: Annotated[int, typer.Option(help="Draw so many of them.")] = 100,
    rounds: Annotated[int, typer.Option(help="Measure each arrangement so often, in turns; then the commands.")] = 3,
) -> None:
    """Print pictures a second, and seconds of processor time a picture, for each arrangement."""
    chosen = public_photos.chosen(folder, count)
    with tempfile.TemporaryDirectory(prefix="animegan-") as place:
        for _ in range(rounds):
            for workers, threads in ((1, 2), (2, 2), (2, 1)):
                wall, spent = in_process(chosen, workers, threads, Path(place))
                typer.echo(
                    f"{workers} pipelines of {threads} threads: {len(chosen) / wall:.2f}/s, {spent:.2f} s of processor"
                )
        plain, batch = (as_command(chosen, Path(place), verb) for verb in ("stylize", "batch"))
        for what, one, other in zip(("start included", "from first to last"), plain, batch, strict=True):
            typer.echo(f"{what}: stylize {one:.2f}/s, batch {other:.2f}/s, {other / one:.2f} times")


def in_process(chosen: list[Path], workers: int, threads: int, place: Path) -> tuple[float, float]:
    """Draw photos with several pipelines at once: seconds, and seconds of processor time a picture."""
    free: queue.SimpleQueue[Pipeline] = queue.SimpleQueue()
    for _ in range(workers):
        pipeline = Pipeline(threads=threads)
        pipeline.warm()
        free.put(pipeline)

    def draw(path: Path) -> None:
        pipeline = free.get()
        try:
            files.save(pipeline.stylize(path).image, place / f"{path.stem}.png")
        finally:
            free.put(pipeline)

    wall, spent = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(draw, chosen))
    return time.perf_counter() - wall, (time.process_time() - spent) / len(chosen)


def as_command(chosen: list[Path], place: Path, verb: str) -> tuple[float, float]:
    """Pictures a second of a command: from its start to its end, and from its first drawing to its last."""
    source, out = place / "in", place / verb
    source.mkdir(exist_ok=True)
    for path in chosen:
        (source / path.name).write_bytes(path.read_bytes())
    given = [str(source), "-o", str(out)] if verb == "stylize" else [str(source), str(out), "--workers", "2"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "animegan", verb, *given], env=env, check=True, capture_output=True)
    seconds = time.perf_counter() - start
    written = sorted(path.stat().st_mtime for path in files.all_below(out))
    return len(written) / seconds, (len(written) - 1) / (written[-1] - written[0])


if __name__ == "__main__":
    typer.run(main)
