"""What every stage of the repair is worth: the whole repair, and the repair without one stage.

    python -m benchmarks.stages [PHOTOS] [--n 16] [--style hayao] [--json]

Sharp photos are degraded at a long side of 512 pixels: by the recipes of ``python -m animegan evaluate``, by ``dark``
(``light`` in low light) and by ``noise`` (white, σ 20, on the sharp photo). The figures are decibels by which the
drawing comes nearer to that of the sharp photo than a drawing without any repair, as a mean over the photos.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Annotated, Any
from unittest import mock

import numpy as np
import typer

from animegan.evaluation.recipes import RECIPES, Recipe, light
from animegan.evaluation.repair import SIDE
from animegan.faces import restoring
from animegan.faces.face import Face
from animegan.faces.finder import Finder
from animegan.images import files, metrics
from animegan.images.resize import Picture, to_long_side
from animegan.pipeline import pipeline
from animegan.repair import plan
from benchmarks import public_photos
from benchmarks.public_photos import Folder
from benchmarks.quality import noisy

DAMAGES: dict[str, Recipe] = {
    **RECIPES,
    "dark": lambda photo, rng, faces: light(photo, rng, dark=True),
    "noise": lambda photo, rng, faces: noisy(photo, rng, 20),
}
"""What the photos have gone through."""
Stage = tuple[tuple[object, str, Callable[..., Any]], ...]
"""Where the functions of a stage are (owner and name of each), and what stands in for them when it is left out."""


def _all_but_the_restorer(repair: Callable[..., plan.Repaired]) -> Callable[..., plan.Repaired]:
    def without(photo: Picture, steps: list[plan.Step], double: plan.Double) -> plan.Repaired:
        return repair(photo, [step for step in steps if step.stage != "restore"], double)

    return without


def _unsure(face: Face) -> bool:
    return False


STAGES: dict[str, Stage] = {
    "the whole repair": (),
    "without the restorer": ((plan, "repair", _all_but_the_restorer(plan.repair)),),
    "without the smaller size": ((plan, "octaves_lost", lambda quality: 0.0),),
    "without faces on their own": ((restoring, "is_sure", _unsure), (pipeline, "is_sure", _unsure)),
    "without denoising": ((plan, "noise_left", lambda before, after: (None, 0.0)),),
    "without light, contrast, fading": ((plan, "_light", lambda quality: []),),
}


def gains(photo: Picture, bad: Picture, style: str, drawer: pipeline.Pipeline) -> dict[str, float]:
    """Decibels by which the drawing of ``bad`` comes nearer to that of ``photo``, for the repair with every change."""
    wanted = drawer.stylize(photo, style, enhance="off").image
    plain = metrics.psnr(drawer.stylize(bad, style, enhance="off").image, wanted)
    found = {}
    for name, stage in STAGES.items():
        with ExitStack() as without:
            for place in stage:
                without.enter_context(mock.patch.object(*place))
            found[name] = metrics.psnr(drawer.stylize(bad, style).image, wanted) - plain
    return found


def main(
    folder: Folder = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Degrade this many photos.")] = 16,
    style: Annotated[str, typer.Option(help="The style of the drawings.")] = "hayao",
    seed: int = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the gains: a column for each damage, a line for each change of the repair."""
    drawer, finder = pipeline.Pipeline(), Finder()
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in DAMAGES}
    for number, path in enumerate(public_photos.chosen(folder, n, seed)):
        photo = to_long_side(files.load(path), SIDE)
        faces = finder.find(photo)
        for name, damage in DAMAGES.items():
            bad = damage(photo, np.random.default_rng([seed, number]), faces)
            rows[name].append(gains(photo, bad, style, drawer))
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
