"""Drawings at full size: how flat and how clean they are, and what painting and enlarging takes.

    python -m benchmarks.full_size [FOLDER] [--style anime --style cel] [--time]

*flat* is the share of pixels with flat colour (`animegan.images.metrics.flat`), *specks* what is left between the lines
(`animegan.images.metrics.specks`). With ``--time``, a photo of 1,280×853 pixels is painted and enlarged, and one of 12
megapixels drawn, in turns with AnimeGANv2's generator at 512×512 (PyTorch eager, fp32, random weights).
"""

from __future__ import annotations

import statistics
from typing import Annotated

import cv2
import numpy as np
import torch
import typer

from animegan import Pipeline, load
from animegan.images import metrics
from animegan.images.resize import Picture, resize
from animegan.networks.modules import AnimeGANv2Generator
from animegan.pipeline import stages
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from benchmarks.generators import in_turns
from benchmarks.public_photos import Folder, chosen
from benchmarks.public_photos import load as public_photo


def main(
    folder: Folder = None,
    style: Annotated[list[str] | None, typer.Option(help="A style; may be given again.")] = None,
    time: Annotated[bool, typer.Option("--time", help="Measure the time instead.")] = False,
    rounds: Annotated[int, typer.Option(help="Measured passes of each, after one warmup.")] = 5,
) -> None:
    """Print the figures of each photo, then the mean flatness and the median of the specks."""
    pipeline = Pipeline()
    if time:
        _time(pipeline, rounds)
        return
    for each in style or ["anime", "cel"]:
        figures = []
        for path in chosen(folder, 10**6):
            drawing = pipeline.stylize(load(path), each).image
            figures.append((metrics.flat(drawing), metrics.specks(drawing)))
            size = "×".join(map(str, drawing.shape[1::-1]))
            typer.echo(f"{path.stem:24} {size:>10}   flat {figures[-1][0]:.2f}   specks {figures[-1][1]:.2f}")
        flat, specks = zip(*figures, strict=True)
        typer.echo(f"{each}: mean flat {np.mean(flat):.3f}, median specks {statistics.median(specks):.2f}")


def _time(pipeline: Pipeline, rounds: int) -> None:
    photo = public_photo("coffee")
    medium, large = resize(photo, 1280, 853), resize(photo, 4000, 3000)
    network, square = AnimeGANv2Generator().eval(), torch.rand(1, 3, 512, 512) * 2 - 1
    tools, painter = Tools(pipeline.models, Clock()), pipeline.models.version("anime")

    def paint(picture: Picture) -> None:
        work = stages.at_paint_side(tools, picture, side=640)
        stages.join_and_enlarge(tools, stages.paint_scene(tools, work, style=painter), [], picture)

    cv2.setNumThreads(torch.get_num_threads())
    medians = in_turns(
        {
            "AnimeGANv2 at 512×512": (network, square),
            "painted and enlarged, 1280×853": (paint, medium),
            "whole call, 4000×3000": (pipeline.stylize, large),
        },
        rounds,
    )
    of = medians["AnimeGANv2 at 512×512"]
    for name, seconds in medians.items():
        typer.echo(f"{name:32} {seconds:6.2f} s   {seconds / of:5.3f} of AnimeGANv2's")


if __name__ == "__main__":
    typer.run(main)
