"""Time and memory by the size of the photo, from file to file, with loaded models, one face, and no repair.

    python -m benchmarks.growth [--megapixels 0.25,1,4,12,24,48] [--plot benchmarks/growth.webp] [--json]

Each size runs in its own process, so that the peak memory belongs to that photo. AnimeGANv2's generator (PyTorch
eager, 512×512) is timed in the same run, between the photos.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

import animegan
from benchmarks import public_photos
from benchmarks.generators import in_turns
from benchmarks.process import memory


def photo_of(megapixels: float, folder: Path) -> Path:
    """Write a photo of this size with one face: a portrait, enlarged, with fine grain as in a real photo."""
    import cv2

    side = round((megapixels * 1e6) ** 0.5)
    picture = cv2.resize(public_photos.load("astronaut"), (side, side), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).integers(-3, 4, (side, side, 1), np.int8)
    return animegan.save(np.clip(picture + grain.astype(np.int16), 0, 255).astype(np.uint8), folder / "photo.jpg")


def measure(path: Path, rounds: int) -> dict[str, float | int | None]:
    """Draw a photo ``rounds`` times from file to file, in this process: median seconds, peak memory in bytes, faces."""
    pipeline = animegan.Pipeline()
    pipeline.warm()
    seconds, faces = [], 0
    for _ in range(rounds):
        start = time.perf_counter()
        result = pipeline.stylize(path, enhance="off")
        animegan.save(result.image, path.with_name("anime.jpg"))
        seconds.append(time.perf_counter() - start)
        faces = len(result.faces)
    return {"seconds": statistics.median(seconds), "peak": memory("VmHWM"), "faces": faces}


def animegan_v2(rounds: int) -> float:
    """Median seconds of AnimeGANv2's generator for 512×512 in PyTorch eager mode."""
    import torch

    from animegan.networks.modules import AnimeGANv2Generator

    runner = AnimeGANv2Generator().eval(), torch.rand(1, 3, 512, 512) * 2 - 1
    return in_turns({"": runner}, rounds)[""]


def plot(rows: list[dict[str, Any]], reference: float, path: Path) -> None:
    """Plot seconds and gigabytes over megapixels."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8.4, 3.4), facecolor="#fffdf8")
    sizes = [row["megapixels"] for row in rows]
    left.plot(sizes, [row["seconds"] for row in rows], "o-", color="#b93a62")
    left.axhline(reference, color="#6a8caf", ls="--", label="AnimeGANv2's generator, 512×512")
    left.set(xlabel="megapixels", ylabel="seconds, file to file", ylim=(0, None))
    left.legend(frameon=False)
    right.plot(sizes, [row["peak"] / 1e9 for row in rows], "o-", color="#e8894f")
    right.set(xlabel="megapixels", ylabel="peak memory, GB", ylim=(0, None))
    for axes in (left, right):
        axes.set_facecolor("#fffdf8")
        axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def main(
    megapixels: Annotated[str, typer.Option(help="Sizes, separated by commas.")] = "0.25,1,4,12,24,48",
    rounds: Annotated[int, typer.Option(min=1, help="Measured runs of each size.")] = 3,
    picture: Annotated[Path | None, typer.Option("--plot", help="File for the plot.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    child: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print seconds and peak memory for each size."""
    if child:
        typer.echo(json.dumps(measure(child, rounds)))
        return
    rows: list[dict[str, Any]] = []
    references: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (float(part) for part in megapixels.split(",")):
            path = photo_of(size, Path(folder))
            command = [sys.executable, "-m", "benchmarks.growth", "--child", str(path), "--rounds", str(rounds)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows.append({"megapixels": size, **json.loads(done.stdout)})
            references.append(animegan_v2(1))
    reference = statistics.median(references)
    if picture:
        plot(rows, reference, picture)
    if as_json:
        typer.echo(json.dumps({"sizes": rows, "animegan_v2": reference}))
        return
    for row in rows:
        times = row["seconds"] / reference
        typer.echo(
            f"{row['megapixels']:6g} MP  {row['seconds']:6.2f} s, {times:4.2f} times AnimeGANv2's 512×512;  "
            f"{row['peak'] / 1e9:5.2f} GB;  faces: {row['faces']}"
        )


if __name__ == "__main__":
    typer.run(main)
