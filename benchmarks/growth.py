"""How time and memory grow with the size of the photo, from file to file, models loaded, one face, repair off.

    python benchmarks/growth.py [--megapixels 0.25,1,4,12,24,48] [--plot benchmarks/growth.webp] [--json]

Each size is a process of its own, so that the highest resident memory is that of its photo. AnimeGANv2's generator
(PyTorch eager, 512×512) is timed in the same run, in turns with the photos.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

import animegan
from benchmarks.generators import in_turns

EXAMPLE = Path(__file__).parent.parent / "examples" / "1-astronaut.jpg"


def photo_of(megapixels: float, folder: Path) -> Path:
    """A photo of this size with one face: the example, enlarged, with fine grain so that it is no smooth upscale."""
    import cv2

    side = round((megapixels * 1e6) ** 0.5)
    picture = cv2.resize(animegan.load(EXAMPLE), (side, side), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).integers(-3, 4, (side, side, 1), np.int8)
    return animegan.save(np.clip(picture + grain.astype(np.int16), 0, 255).astype(np.uint8), folder / "photo.jpg")


def one_size(path: Path, rounds: int) -> dict[str, float | int]:
    """Draw a photo a few times from file to file; run in a process of its own."""
    pipeline = animegan.Pipeline()
    pipeline.warm()
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = pipeline.stylize(path, enhance="off")
        animegan.save(result.image, path.with_name("anime.jpg"))
        taken.append(time.perf_counter() - start)
    # Of this process alone: what getrusage says begins with the parent's.
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    return {"seconds": statistics.median(taken), "peak": peak, "faces": len(result.faces)}


def animegan_v2(rounds: int) -> float:
    """Seconds of AnimeGANv2's generator for 512×512 under PyTorch eager."""
    import torch

    from animegan.networks import AnimeGANv2Generator

    runner = AnimeGANv2Generator().eval(), torch.rand(1, 3, 512, 512) * 2 - 1
    return in_turns({"": runner}, rounds)[""]


def plot(rows: list[dict], reference: float, path: Path) -> None:
    """Seconds and gigabytes over megapixels."""
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
    right.set(xlabel="megapixels", ylabel="highest resident memory, GB", ylim=(0, None))
    for axes in (left, right):
        axes.set_facecolor("#fffdf8")
        axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def main(
    megapixels: Annotated[str, typer.Option(help="Sizes, with commas between.")] = "0.25,1,4,12,24,48",
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    picture: Annotated[Path | None, typer.Option("--plot", help="Where to draw them.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    child: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print seconds and highest memory for each size."""
    if child:
        typer.echo(json.dumps(one_size(child, rounds)))
        return
    rows, references = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in (float(part) for part in megapixels.split(",")):
            path = photo_of(size, Path(folder))
            command = [sys.executable, __file__, "--child", str(path), "--rounds", str(rounds)]
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
