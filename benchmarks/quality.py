"""Which measurement tells good photos from bad ones: ROC curves, and what the thresholds let through.

    python benchmarks/quality.py PHOTOS --plot benchmarks/quality.webp

Good are the photos of the folder, as they are and at a long side of 512; bad are their copies degraded by the
recipe of ``python -m animegan evaluate``. How often ``auto`` mends is also told for darkened copies, and for those with
the coarse grain of scanned film. The classic rule (variance of the Laplacian under 100, at a long side
of 512, noise and all) is one of the curves.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

from animegan import enhance, photos
from animegan.evaluate import SIDE, degrade, through_jpeg
from animegan.training.degrade import coarse


def at_side(photo: np.ndarray) -> np.ndarray:
    """A photo brought to a long side of 512 pixels."""
    scale = SIDE / max(photo.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(photo, None, fx=scale, fy=scale, interpolation=interpolation)


def grainy(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photo, ``(H, W, 3) uint8``, as a scan of an old film: soft (σ 0.5 to 2 px), with grey grain of σ 5 to 14
    levels, 0.6 to 1.3 px coarse, JPEG at a quality of 70 to 94.
    """
    grain = coarse(rng.standard_normal((*photo.shape[:2], 1)), rng.uniform(0.6, 1.3))
    soft = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), rng.uniform(0.5, 2))
    return through_jpeg(soft + rng.uniform(5, 14) * grain, int(rng.integers(70, 95)))


def badness(photo: np.ndarray) -> dict[str, float]:
    """Every measurement of a photo, turned so that more is worse."""
    quality = enhance.assess(photo)
    grey = cv2.cvtColor(at_side(photo), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return {
        "wear (all of them)": quality.wear,
        "fine detail": -quality.detail,
        "blockiness": quality.blockiness,
        "noise": quality.noise,
        "grain (noise at half the size)": quality.grain,
        "sharpness, noise taken off": -quality.sharpness,
        "variance of the Laplacian": -float(cv2.Laplacian(grey, cv2.CV_32F).var()),
        "plan": float(bool(enhance.plan(quality, "auto"))),
    }


def curve(good: np.ndarray, bad: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """False and true positive rates at every threshold, and the area under them."""
    thresholds = np.unique(np.concatenate([good, bad, [np.inf, -np.inf]]))[::-1]
    false, true = (np.array([(values >= t).mean() for t in thresholds]) for values in (good, bad))
    return false, true, float(np.trapezoid(true, false))


def plot(curves: dict[str, tuple[np.ndarray, np.ndarray, float]], classic: tuple[float, float], path: Path) -> None:
    """Draw the curves, and where the classic rule stands on its own."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 5.2), facecolor="#fffdf8")
    axes.set_facecolor("#fffdf8")
    colours = ("#b93a62", "#e8894f", "#6a8caf", "#8aa86b", "#9a7bb0", "#c9a227", "#555555")
    for (name, (false, true, area)), colour in zip(curves.items(), colours, strict=True):
        axes.plot(false, true, color=colour, label=f"{name}: {area:.3f}", lw=2.6 if "wear" in name else 1.4)
    axes.plot(*classic, "o", color="#555555", label="the classic rule, under 100")
    axes.set(
        xlabel="good photos mended in vain", ylabel="bad photos mended", title="Is this photo bad? Area under the curve"
    )
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def main(
    folder: Annotated[Path, typer.Argument(exists=True, help="A folder of good photos.")],
    every: Annotated[int, typer.Option(help="Take every so many photos.")] = 6,
    seed: int = 0,
    picture: Annotated[Path | None, typer.Option("--plot", help="Where to draw the curves.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print areas under the curves, and how often ``auto`` mends."""
    paths = photos.all_below(folder)[::every]
    good, bad, dark, film = [], [], [], []
    for number, path in enumerate(paths):
        photo = photos.load(path)
        good += [badness(photo), badness(at_side(photo))]
        for group, is_dark in ((bad, False), (dark, True)):
            group.append(badness(degrade(at_side(photo), np.random.default_rng([seed, number]), is_dark)))
        film.append(badness(grainy(at_side(photo), np.random.default_rng([seed, number]))))

    def column(rows: list[dict[str, float]], name: str) -> np.ndarray:
        return np.array([row[name] for row in rows])

    names = [name for name in good[0] if name != "plan"]
    curves = {name: curve(column(good, name), column(bad, name)) for name in names}
    laplacian = "variance of the Laplacian"
    classic = tuple(float((column(rows, laplacian) > -enhance.CLASSIC_BLURRY).mean()) for rows in (good, bad))
    report = {
        "photos": len(paths),
        "area": {name: round(area, 4) for name, (_, _, area) in curves.items()},
        "classic rule": {"good mended": round(classic[0], 3), "bad mended": round(classic[1], 3)},
        "auto": {
            name: round(float(column(rows, "plan").mean()), 3)
            for name, rows in (
                ("good mended", good),
                ("bad mended", bad),
                ("dark mended", dark),
                ("grainy mended", film),
            )
        },
    }
    if picture:
        plot(curves, classic, picture)
    typer.echo(json.dumps(report, indent=None if as_json else 2))


if __name__ == "__main__":
    typer.run(main)
