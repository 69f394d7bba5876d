"""How well each measurement separates good photos from bad ones: ROC curves, and the effect of the thresholds.

    python benchmarks/quality.py PHOTOS --plot benchmarks/quality.webp

Good photos are those of the folder, at their own size and at a long side of 512. Bad photos are copies degraded as in
``python -m animegan evaluate``. The report also says how often ``auto`` repairs darkened copies and copies with the
coarse grain of scanned film. One of the curves is the classic rule: a variance of the Laplacian under 100, at a long
side of 512, noise included.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import numpy.typing as npt
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

from animegan import enhance, photos, quality
from animegan.evaluation.recipes import light, through_jpeg
from animegan.evaluation.repair import SIDE
from animegan.resize import Picture
from animegan.training.degrade import coarse

Values = npt.NDArray[np.float64]
Curve = tuple[Values, Values, float]
"""False positive rates, true positive rates, and the area under the curve."""


def at_side(photo: Picture) -> Picture:
    """Resize a photo to a long side of 512 pixels."""
    scale = SIDE / max(photo.shape[:2])
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=interpolation), np.uint8)


def grainy(photo: Picture, rng: np.random.Generator) -> Picture:
    """Degrade a photo, ``(H, W, 3) uint8``, like a scan of old film: blur (σ 0.5 to 2 px), grey grain of σ 5 to 14
    levels and 0.6 to 1.3 px, JPEG with a quality of 70 to 94.
    """
    grain = coarse(rng.standard_normal((*photo.shape[:2], 1)), rng.uniform(0.6, 1.3))
    soft = cv2.GaussianBlur(photo.astype(np.float32), (0, 0), rng.uniform(0.5, 2))
    return through_jpeg(soft + rng.uniform(5, 14) * grain, int(rng.integers(70, 95)))


def badness(photo: Picture) -> dict[str, float]:
    """All measurements of a photo, with signs so that higher is worse."""
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


def curve(good: Values, bad: Values) -> Curve:
    """The ROC curve of a measurement, over all thresholds."""
    thresholds = np.unique(np.concatenate([good, bad, [np.inf, -np.inf]]))[::-1]
    false, true = (np.array([(values >= t).mean() for t in thresholds]) for values in (good, bad))
    return false, true, float(np.trapezoid(true, false))


def plot(curves: dict[str, Curve], classic: tuple[float, float], path: Path) -> None:
    """Plot the curves and the point of the classic rule."""
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
        xlabel="good photos repaired", ylabel="bad photos repaired", title="Is this photo bad? Area under the curve"
    )
    axes.grid(alpha=0.25)
    axes.legend(loc="lower right", frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def main(
    folder: Annotated[Path, typer.Argument(exists=True, help="A folder of good photos.")],
    every: Annotated[int, typer.Option(help="Use every n-th photo.")] = 6,
    seed: int = 0,
    picture: Annotated[Path | None, typer.Option("--plot", help="File for the plot.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the areas under the curves, and how often ``auto`` repairs."""
    paths = photos.all_below(folder)[::every]
    good: list[dict[str, float]] = []
    bad: list[dict[str, float]] = []
    dark: list[dict[str, float]] = []
    film: list[dict[str, float]] = []
    for number, path in enumerate(paths):
        photo = photos.load(path)
        good += [badness(photo), badness(at_side(photo))]
        for group, is_dark in ((bad, False), (dark, True)):
            group.append(badness(light(at_side(photo), np.random.default_rng([seed, number]), dark=is_dark)))
        film.append(badness(grainy(at_side(photo), np.random.default_rng([seed, number]))))

    def column(rows: list[dict[str, float]], name: str) -> Values:
        return np.array([row[name] for row in rows])

    names = [name for name in good[0] if name != "plan"]
    curves = {name: curve(column(good, name), column(bad, name)) for name in names}
    laplacian = "variance of the Laplacian"

    def classic_rate(rows: list[dict[str, float]]) -> float:
        return float((column(rows, laplacian) > -quality.CLASSIC_BLURRY).mean())

    classic = classic_rate(good), classic_rate(bad)
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
