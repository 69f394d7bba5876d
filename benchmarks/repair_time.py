"""How long the repair of a bad photo takes, beside one pass of AnimeGANv2's generator, in one run on this machine.

    python -m benchmarks.repair_time [--rounds 5] [--json]

A photo of 512×512 pixels with one face is degraded by the recipes of ``python -m animegan evaluate``, and drawn with
the repair and without, in turns with the generator, so that other load on the machine slows all alike. The repair is
the difference of the medians. AnimeGANv2's generator runs in plain PyTorch eager mode.
"""

from __future__ import annotations

import json
from typing import Annotated

import numpy as np
import torch
import typer

import animegan
from animegan.evaluation.recipes import RECIPES
from animegan.faces.finder import Finder
from animegan.networks.modules import AnimeGANv2Generator
from benchmarks import public_photos
from benchmarks.generators import in_turns


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Measured rounds, after one warmup.")] = 5,
    style: Annotated[str, typer.Option(help="The style of the drawings.")] = "anime",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the time of the repair as a part of the generator's, for every recipe."""
    photo, pipeline = public_photos.load("astronaut"), animegan.Pipeline()
    faces, network = Finder().find(photo), AnimeGANv2Generator().eval()
    report = {}
    for name, recipe in RECIPES.items():
        bad = recipe(photo, np.random.default_rng(0), faces)
        medians = in_turns(
            {
                "AnimeGANv2": (network, torch.rand(1, 3, 512, 512) * 2 - 1),
                "repaired": (lambda picture: pipeline.stylize(picture, style), bad),
                "as it is": (lambda picture: pipeline.stylize(picture, style, enhance="off"), bad),
            },
            rounds,
        )
        seconds = {key: round(value, 3) for key, value in medians.items()}
        part = (medians["repaired"] - medians["as it is"]) / medians["AnimeGANv2"]
        report[name] = {"seconds": seconds, "part": round(part, 3)}
        if not as_json:
            typer.echo(f"{name:6} the repair takes {part:.0%} of AnimeGANv2's time; {seconds}")
    if as_json:
        typer.echo(json.dumps(report))


if __name__ == "__main__":
    typer.run(main)
