"""How well a style of one's own is learned: pairs of a made look, then photos of other sources.

    python -m benchmarks.own_style [PHOTOS] [--pairs 60] [--minutes 5 | --steps 100] [--lora 4]

The folder holds ``scenes/`` and ``more/``, as for training. Without one, two of three public photos are learned from,
and the rest are measured. Prints the mean PSNR to the look, in dB, of the photos themselves and of the drawings.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from animegan.images import files, metrics
from animegan.images.resize import Picture, shrink
from animegan.images.sizes import PAINT_SIDE
from animegan.networks.painters import load
from animegan.training import targets
from animegan.training.own.order import DEFAULT_BASE, Order
from animegan.training.own.run import train
from benchmarks import public_photos
from benchmarks.public_photos import Folder

ELSEWHERE = {"more/nature": 4, "more/urban": 5}
"""Sources that training does not use, with the distance between the photos that are measured; 20 of each."""


def look(photo: Picture) -> Picture:
    """A posterised, warm, inked drawing, ``(H, W, 3) uint8``."""
    smooth = photo
    for _ in range(4):
        smooth = np.asarray(cv2.bilateralFilter(smooth, 9, 40, 7), np.uint8)
    lab = targets.to_lab(smooth)
    lab[..., 0] = 0.25 * lab[..., 0] + 0.75 * (np.floor(lab[..., 0] / 100 * 6) / 6 * 100 + 50 / 6)
    lab[..., 1] = 1.3 * lab[..., 1] + 10
    lab[..., 2] = 1.3 * lab[..., 2] + 24
    lines = targets.ink_lines(np.asarray(cv2.bilateralFilter(photo, 7, 30, 5), np.uint8), smooth, 0.3)
    return np.clip(targets.to_rgb(lab) * (1 - 0.9 * lines[..., None]), 0, 255).astype(np.uint8)


def write_pairs(sources: list[Path], folder: Path) -> None:
    """Write photos and their drawings as a folder of pairs."""
    for kind in ("photo", "drawn"):
        (folder / kind).mkdir(parents=True)
    for number, path in enumerate(sources):
        photo = np.asarray(shrink(files.load(path), PAINT_SIDE), np.uint8)
        files.save(photo, folder / "photo" / f"{number:03}.jpg")
        files.save(look(photo), folder / "drawn" / f"{number:03}.png")


def sources(folder: Path | None, pairs: int) -> tuple[list[Path], list[Path]]:
    """Return the photos to learn from, and those to measure on: of a folder, or every third of the public ones."""
    if folder is None:
        paths = public_photos.chosen(None, len(public_photos.PHOTOS))
        return [path for n, path in enumerate(paths) if n % 3][:pairs], paths[::3]
    scenes = sorted((folder / "scenes").iterdir())
    other = [path for name, every in ELSEWHERE.items() for path in sorted((folder / name).iterdir())[::every][:20]]
    return scenes[:: max(1, len(scenes) // pairs)][:pairs], other


def main(
    photos: Folder = None,
    pairs: Annotated[int, typer.Option(help="How many pairs.")] = 60,
    minutes: float = 0.0,
    steps: int = 0,
    lora: int = 0,
    base: str = DEFAULT_BASE,
) -> None:
    """Train on pairs of a made look, and measure on photos of other sources."""
    learned, measured = sources(photos, pairs)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_pairs(learned, folder / "pairs")
        order = Order(folder / "own.safetensors", folder / "pairs", minutes=minutes, steps=steps, rank=lora, base=base)
        info = train(order)
        generator = load(order.out)
        scores = []
        for path in measured:
            photo = np.asarray(shrink(files.load(path), PAINT_SIDE), np.uint8)
            goal = look(photo)
            scores.append((metrics.psnr(photo, goal), metrics.psnr(generator.paint(photo), goal)))
        before, after = np.mean(scores, axis=0)
        result = {"photos": len(scores), "photo": before, "drawing": after, "gain": after - before}
        typer.echo(json.dumps({k: round(float(v), 2) for k, v in result.items()} | {"steps": info.steps}))


if __name__ == "__main__":
    typer.run(main)
