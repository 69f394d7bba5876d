"""How long the search for faces takes, beside facenet-pytorch's own MTCNN, in one run on this machine.

    python -m benchmarks.search_time photos/ [--n 20] [--side 1280] [--threads 2]

Each photo is resized to a long side of ``--side`` pixels and searched in turns by both: ours with all that it does
(turned copies, close-ups), and facenet-pytorch once at 640 px and once at the whole size. Seconds are those of the
processors, which other work on the machine changes little.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from facenet_pytorch import MTCNN

from animegan.faces.finder import Finder
from animegan.faces.thresholds import FACES
from animegan.images.files import load
from animegan.images.resize import Picture, shrink, to_long_side


def main(
    folder: Annotated[Path, typer.Argument(help="A folder of photos.")],
    n: Annotated[int, typer.Option(min=1, help="How many of them, spread evenly.")] = 20,
    side: Annotated[int, typer.Option(min=64, help="Long side in pixels.")] = 1280,
    threads: Annotated[int, typer.Option(min=1, help="Threads of torch.")] = 2,
) -> None:
    """Print the mean seconds of a search, and the number of faces, by both."""
    torch.set_num_threads(threads)
    finder, network = Finder(), MTCNN(keep_all=True, min_face_size=20).eval()

    def by_facenet(photo: Picture) -> int:
        found = [network.detect(shrink(photo, at))[1] for at in (640, side)]
        return max(sum(score is not None and score >= FACES.min_score for score in scores) for scores in found)

    paths = sorted(path for path in folder.iterdir() if path.is_file())
    ways: dict[str, Callable[[Picture], int]] = {
        "ours": lambda photo: len(finder.find(photo, FACES.least_painted)),
        "facenet-pytorch": by_facenet,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    faces = dict.fromkeys(ways, 0)
    for path in paths[:: max(1, len(paths) // n)][:n]:
        photo: Any = to_long_side(load(path), side)
        for name, search in ways.items():
            began = time.process_time()
            faces[name] += search(photo)
            seconds[name].append(time.process_time() - began)
    for name, each in seconds.items():
        typer.echo(f"{name:16} {sum(each) / len(each):.3f} s a photo, {faces[name]} faces")


if __name__ == "__main__":
    typer.run(main)
