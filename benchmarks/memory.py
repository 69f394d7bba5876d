"""How much memory the repair of a large photo takes, beside the photo and the networks.

    python benchmarks/memory.py [--megapixels 12] [--json]

A blurry, noisy photo is made, the networks are loaded and run once on a small picture; then the highest
resident memory of the process is read before and after assessing and mending the large one.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

from animegan import enhance, restore
from animegan.pipeline import DETAIL, shrink


def highest() -> int:
    """Bytes: the highest resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def mend(photo: np.ndarray, restorer: restore.Restorer) -> enhance.Repaired:
    """Assess and mend as the pipeline does."""
    steps = enhance.plan(enhance.assess(photo), "on")
    return enhance.repair(shrink(photo, DETAIL), steps, restorer.double)


def main(megapixels: float = 12, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print what the repair takes at most, in bytes and as a multiple of the photo's own."""
    side = round((megapixels * 1e6) ** 0.5)
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (256, 256, 3), np.uint8)
    photo = cv2.GaussianBlur(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), (0, 0), 3)
    restorer = restore.load(restore.locate("light"))
    mend(small, restorer)
    before = highest()
    done = [step.stage for step in mend(photo, restorer).done]
    took = max(0, highest() - before)
    report = {
        "megapixels": megapixels,
        "photo": photo.nbytes,
        "taken": took,
        "times_the_photo": round(took / photo.nbytes, 2),
        "done": done,
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(
        f"Mending {megapixels:g} MP ({', '.join(done)}) took {took / 1e6:.0f} MB beside the photo and the networks: "
        f"{report['times_the_photo']:g} times the photo's own {photo.nbytes / 1e6:.0f} MB."
    )


if __name__ == "__main__":
    typer.run(main)
