"""What every stage of the repair is worth: the whole repair, and the repair without one stage.

    python -m benchmarks.stages [PHOTOS] [--n 16] [--style hayao] [--json]

Sharp photos are degraded at a long side of 512 pixels: by the recipes of ``python -m animegan evaluate``, by ``dark``
(``light`` in low light) and by ``noise`` (white, σ 20, on the sharp photo). The figures are decibels by which the
drawing comes nearer to that of the sharp photo than a drawing without any repair, as a mean over the photos.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import numpy as np
import typer

from animegan.evaluation.recipes import RECIPES, Recipe, light
from animegan.evaluation.repair import SIDE
from animegan.faces.finder import Finder
from animegan.images import files, metrics
from animegan.images.resize import Picture, to_long_side
from animegan.pipeline.pipeline import Pipeline
from benchmarks import public_photos
from benchmarks.public_photos import Folder
from benchmarks.quality import noisy

DAMAGES: dict[str, Recipe] = {
    **RECIPES,
    "dark": lambda photo, rng, faces: light(photo, rng, dark=True),
    "noise": lambda photo, rng, faces: noisy(photo, rng, 20),
}
"""What the photos have gone through."""
STAGES: dict[str, frozenset[str]] = {
    "the whole repair": frozenset(),
    "without the restorer": frozenset({"restore"}),
    "without the smaller size": frozenset({"true_size"}),
    "without faces on their own": frozenset({"restore_faces"}),
    "without denoising": frozenset({"denoise"}),
    "without light, contrast, fading": frozenset({"relight"}),
}
"""A line of the table, and the stages that are left out for it; see `animegan.pipeline.pipeline.Pipeline`."""


def gains(photo: Picture, bad: Picture, style: str, drawers: Mapping[str, Pipeline]) -> dict[str, float]:
    """Decibels by which the drawing of ``bad`` comes nearer to that of ``photo``, for the repair by each of the
    ``drawers``, whose first one leaves nothing out.
    """
    whole = next(iter(drawers.values()))
    wanted = whole.stylize(photo, style, enhance="off").image
    plain = metrics.psnr(whole.stylize(bad, style, enhance="off").image, wanted)
    return {name: metrics.psnr(each.stylize(bad, style).image, wanted) - plain for name, each in drawers.items()}


def main(
    folder: Folder = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Degrade this many photos.")] = 16,
    style: Annotated[str, typer.Option(help="The style of the drawings.")] = "hayao",
    seed: int = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the gains: a column for each damage, a line for each change of the repair."""
    drawers, finder = {name: Pipeline(without=stages) for name, stages in STAGES.items()}, Finder()
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in DAMAGES}
    for number, path in enumerate(public_photos.chosen(folder, n, seed)):
        photo = to_long_side(files.load(path), SIDE)
        faces = finder.find(photo)
        for name, damage in DAMAGES.items():
            bad = damage(photo, np.random.default_rng([seed, number]), faces)
            rows[name].append(gains(photo, bad, style, drawers))
    report = {
        change: {name: round(float(np.mean([row[change] for row in rows[name]])), 2) for name in DAMAGES}
        for change in STAGES
    }
    if as_json:
        typer.echo(json.dumps({"n": len(rows["light"]), "style": style, "gains": report}))
        return
    typer.echo(f"{'':34}" + "".join(f"{name:>8}" for name in DAMAGES))
    for change, gained in report.items():
        typer.echo(f"{change:34}" + "".join(f"{value:+8.2f}" for value in gained.values()))


if __name__ == "__main__":
    typer.run(main)
