"""Kills a batch at random until it is done, and counts what became of each photo.

    python -m benchmarks.batch --photos 10000 --every 60

The process that leads the run, its workers, and the processes that draw are killed in turns at random. The run is begun
again whenever it has ended before its time. One file is no photo; another is poison, and takes more memory than a
photo may.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow.parquet as pq
import typer
from PIL import Image

OPTIONS = ("--no-faces", "--enhance", "off", "--memory-limit", "1")
LED, WORKER, DRAWER = "animegan batch", "ray::MapWorker", "animegan.batch.child"
"""Parts of the command lines of what is killed."""


def main(
    photos: Annotated[int, typer.Option(help="Photos to make.")] = 10_000,
    side: Annotated[int, typer.Option(help="Pixels along the long side of a photo.")] = 64,
    every: Annotated[float, typer.Option(help="Mean seconds between two kills; 0: none.")] = 60.0,
    workers: Annotated[int, typer.Option(help="Workers of the batch.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 0,
) -> None:
    """Make photos, draw them under fire, and print what became of them."""
    with tempfile.TemporaryDirectory(prefix="animegan-") as folder:
        make_photos(Path(folder) / "in", photos, side)
        Image.new("RGB", (8000, 6000)).save(Path(folder) / "in" / "poison.png")
        typer.echo(json.dumps(under_fire(Path(folder), every, workers, random.Random(seed)), indent=1))


def make_photos(folder: Path, count: int, side: int) -> None:
    """Smooth noise as JPEG, a thousand a folder, and a file that is no photo."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8))
        noise.resize((side, side * 3 // 4), Image.Resampling.BICUBIC).save(path)
    (folder / "broken.jpg").write_bytes(b"this is no photo")


def under_fire(folder: Path, every: float, workers: int, chance: random.Random) -> dict[str, Any]:
    """Run a batch to its end, with kills; what became of the photos."""
    out, kills, starts, again = folder / "out", Counter[str](), 0, 0
    begun = time.monotonic()
    while True:
        starts += 1
        lost = _without_row(out)
        again += lost
        process = _start(folder, workers)
        while process.poll() is None:
            until = time.monotonic() + (chance.expovariate(1 / every) if every else 1e9)
            while process.poll() is None and time.monotonic() < until:
                time.sleep(0.1)
            if process.poll() is None:
                kills[kill_one(process, chance.choice([LED, WORKER, DRAWER]), chance)] += 1
        said = process.stderr.read() if process.stderr else ""
        if process.returncode != -signal.SIGKILL:
            break
    typer.echo(said, err=True)
    return {
        **counted(folder),
        "exit code": process.returncode,
        "starts": starts,
        "kills": dict(kills),
        "drawn again after the leader's death": again,
        "seconds": round(time.monotonic() - begun),
    }


def counted(folder: Path) -> dict[str, Any]:
    """What is in the manifest and on the disk."""
    out = folder / "out"
    manifest = out / "manifest" / "anime"
    rows = pq.read_table(manifest).to_pylist() if manifest.is_dir() else []
    drawings = [path for path in out.rglob("*") if path.is_file() and "manifest" not in path.parts]
    whole = 0
    for path in drawings:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                picture.load()
                whole += 1
    return {
        "photos": sum(path.is_file() for path in (folder / "in").rglob("*")),
        "rows": len(rows),
        "photos with a row": len({row["input"] for row in rows}),
        "rows with an error": [row["error"] for row in rows if row["error"]],
        "whole drawings": whole,
        "rows whose drawing is there": sum(bool(row["output"]) and (out / row["output"]).is_file() for row in rows),
        "files beside them": len(drawings) - whole,
    }


def _start(folder: Path, workers: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "animegan", "batch", "in", "out", "--workers", str(workers), *OPTIONS]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def kill_one(leader: subprocess.Popen[str], what: str, chance: random.Random | None = None) -> str:
    """Kill the leader, or one of the processes below it (`LED`, `WORKER` or `DRAWER`); what it was."""
    below = _below(leader.pid)
    if what == LED:
        leader.kill()
        leader.wait()
        return "leader"
    found = [process for process in below if what in _command(process)]
    if not found:
        return "none"
    try:
        os.kill((chance or random).choice(found), signal.SIGKILL)
    except ProcessLookupError:
        return "none"
    return {WORKER: "worker", DRAWER: "process that draws"}[what]


def _below(process: int) -> list[int]:
    """The processes that a process has begun, and those that these have begun."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _without_row(out: Path) -> int:
    """Drawings that are there and have no row: they will be drawn again."""
    drawings = {str(path.relative_to(out)) for path in out.rglob("*.png")}
    manifest = out / "manifest" / "anime"
    if not manifest.is_dir() or not any(manifest.glob("*.parquet")):
        return len(drawings)
    return len(drawings - set(pq.read_table(manifest, columns=["output"])["output"].to_pylist()))


if __name__ == "__main__":
    typer.run(main)
