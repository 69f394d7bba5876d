"""Memory that the repair of a large photo takes, besides the photo and the networks.

    python -m benchmarks.memory [--megapixels 12] [--json]

It makes a blurry, noisy photo and runs the networks once on a small picture. Then it compares the peak memory of the
process before and after the repair of the large one.
"""

from __future__ import annotations

import json
from typing import Annotated

import cv2
import numpy as np
import typer

from animegan.images.resize import Picture
from animegan.images.sizes import PAINT_SIDE
from animegan.pipeline import stages
from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from animegan.repair.plan import plan as planned
from benchmarks.process import memory


def repair(photo: Picture, tools: Tools) -> stages.Work:
    """Assess and repair a photo as the pipeline does."""
    plan = planned(stages.assess(tools, photo), "on", max(photo.shape))
    work = stages.at_paint_side(tools, photo, side=PAINT_SIDE)
    work = stages.restore(tools, work, plan, restorer="light")
    return stages.relight(tools, stages.denoise(tools, work), plan)


def main(megapixels: float = 12, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print the peak memory of the repair, in bytes and as a multiple of the photo's."""
    side = round((megapixels * 1e6) ** 0.5)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (256, 256, 3), np.uint8)
    blurred = cv2.GaussianBlur(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), (0, 0), 3)
    photo: Picture = np.asarray(blurred, np.uint8)
    tools = Tools(Models("auto"), Clock())
    repair(small, tools)
    before = memory("VmHWM") or 0
    done = [step.stage for step in repair(photo, tools).done]
    taken = max(0, (memory("VmHWM") or 0) - before)
    report = {
        "megapixels": megapixels,
        "photo": photo.nbytes,
        "taken": taken,
        "times_the_photo": round(taken / photo.nbytes, 2),
        "done": done,
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(
        f"To repair {megapixels:g} MP ({', '.join(done)}) takes {taken / 1e6:.0f} MB besides photo and networks: "
        f"{report['times_the_photo']:g} times the photo's own {photo.nbytes / 1e6:.0f} MB."
    )


if __name__ == "__main__":
    typer.run(main)
