"""How well each measurement separates good photos from bad ones: ROC curves, and the effect of the thresholds.

    python -m benchmarks.quality [PHOTOS] [--labels benchmarks/labels.txt] [--plot quality.webp]

Good photos are those of the folder, or public ones, at their own size and at a long side of 512. Bad photos are copies
at 512, degraded by the recipes of ``python -m animegan evaluate``. The report also says how often ``auto`` repairs
darkened copies, copies with the coarse grain of scanned film and copies with white noise, and how often it takes a copy
for sharp that was reduced 4.5 to 8 times and enlarged again. With ``--labels``, the same is measured on photos of the
folder that were judged by eye: see `labelled`.

One of the curves is the classic rule: a variance of the Laplacian under 100, at a long side of 512, noise included.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import numpy.typing as npt
import typer

from animegan.evaluation.recipes import RECIPES, light, through_jpeg
from animegan.evaluation.repair import SIDE
from animegan.faces.finder import Finder
from animegan.images import files
from animegan.images.resize import Picture
from animegan.repair import plan, quality
from animegan.training.built_in.degrade import coarse
from benchmarks import public_photos
from benchmarks.public_photos import Folder

Values = npt.NDArray[np.float64]
Curve = tuple[Values, Values, float]
"""False positive rates, true positive rates, and the area under the curve."""
Rows = list[dict[str, float]]
"""What `badness` gives for each of some photos."""

CLASSIC_BLURRY = 100.0
"""The classic rule: a variance of the Laplacian under this is blurry."""
LAPLACIAN = "variance of the Laplacian"
COLOURS = {
    "damage (the trees)": "#b93a62",
    "octaves lost": "#e8894f",
    "fine detail": "#8aa86b",
    "sharpness, noise taken off": "#9a7bb0",
    LAPLACIAN: "#555555",
}
"""The measurements that are plotted: those that see blur."""
NOISES = (8, 12, 20, 30)
"""Standard deviations of white noise, in levels of 255."""
ENLARGE = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}


@dataclass(frozen=True)
class Label:
    """A photo that was judged by eye."""

    name: str
    """Its path, relative to the folder of photos, with slashes."""
    bad: bool
    reason: str


def read_labels(file: Path) -> list[Label]:
    """Read a file of labels: path, ``good`` or ``bad``, and the reason, with tabs between; ``#`` begins a comment.

    Raises:
        BadParameter: a line is something else.
    """
    labels = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, *rest = line.split("\t")
        if len(rest) != 2 or rest[0] not in ("good", "bad"):
            raise typer.BadParameter(
                f"{file.name}, line {number}: expected path, good or bad, reason; with tabs between."
            )
        labels.append(Label(name, rest[0] == "bad", rest[1]))
    if not any(label.bad for label in labels) or all(label.bad for label in labels):
        raise typer.BadParameter(f"{file.name} needs a good photo and a bad one.")
    return labels


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


def noisy(photo: Picture, rng: np.random.Generator, sigma: float) -> Picture:
    """Add white noise to every channel of a photo, ``(H, W, 3) uint8``; ``sigma`` is in levels of 255."""
    return np.clip(photo + rng.normal(0, sigma, photo.shape), 0, 255).astype(np.uint8)


def enlarged(photo: Picture, rng: np.random.Generator) -> Iterator[tuple[str, Picture]]:
    """Yield copies of a photo, ``(H, W, 3) uint8``, whose true resolution is under a quarter of their size, and how
    each was made: reduced 4.5 to 8 times (by areas) and enlarged to its size again, by every resampler of `ENLARGE`;
    each as it is, and after JPEG with a quality of 60 to 95.
    """
    height, width = photo.shape[:2]
    factor, jpeg = rng.uniform(4.5, 8), int(rng.integers(60, 96))
    size = max(8, int(width / factor)), max(8, int(height / factor))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    for name, interpolation in ENLARGE.items():
        large = np.asarray(cv2.resize(small, (width, height), interpolation=interpolation), np.uint8)
        yield name, large
        yield f"{name}, JPEG", through_jpeg(large, jpeg)


def badness(photo: Picture) -> dict[str, float]:
    """All measurements of a photo, with signs so that higher is worse; then whether ``auto`` does anything to it
    (``plan``), and whether it repairs more than the light (``restored``).
    """
    measured = quality.assess(photo)
    steps = plan.plan(measured, "auto").steps
    grey = cv2.cvtColor(at_side(photo), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return {
        "damage (the trees)": measured.damage,
        "octaves lost": measured.lost,
        "fine detail": -measured.fine_ratio,
        "blockiness": measured.blockiness,
        "noise": measured.noise,
        "grain (noise at half the size)": measured.grain,
        "sharpness, noise taken off": -measured.sharpness,
        LAPLACIAN: -float(cv2.Laplacian(grey, cv2.CV_32F).var()),
        "plan": float(bool(steps)),
        "restored": float(any(step.stage == "restore" for step in steps)),
    }


def column(rows: Rows, name: str) -> Values:
    """One measurement of all photos."""
    return np.array([row[name] for row in rows])


def share(rows: Rows, name: str) -> float:
    """The mean of a measurement."""
    return round(float(column(rows, name).mean()), 3)


def curve(good: Values, bad: Values) -> Curve:
    """The ROC curve of a measurement, over all thresholds."""
    thresholds = np.unique(np.concatenate([good, bad, [np.inf, -np.inf]]))[::-1]
    false, true = (np.array([(values >= t).mean() for t in thresholds]) for values in (good, bad))
    return false, true, float(np.trapezoid(true, false))


@dataclass(frozen=True)
class Comparison:
    """What separates some good photos from some bad ones."""

    title: str
    good: Rows
    bad: Rows

    @property
    def curves(self) -> dict[str, Curve]:
        """The ROC curve of every measurement."""
        names = [name for name in self.good[0] if name not in ("plan", "restored")]
        return {name: curve(column(self.good, name), column(self.bad, name)) for name in names}

    @property
    def classic(self) -> tuple[float, float]:
        """Shares of the good and of the bad photos that the classic rule repairs."""
        good, bad = (float((column(rows, LAPLACIAN) > -CLASSIC_BLURRY).mean()) for rows in (self.good, self.bad))
        return good, bad

    def report(self) -> dict[str, Any]:
        """The areas under the curves, and the classic rule."""
        good, bad = self.classic
        return {
            "area": {name: round(area, 4) for name, (_, _, area) in self.curves.items()},
            "classic rule": {"good repaired": round(good, 3), "bad repaired": round(bad, 3)},
        }


def plot(comparisons: list[Comparison], path: Path) -> None:
    """Plot the curves and the points of the classic rule and of ``auto``, a panel for each comparison."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        len(comparisons), squeeze=False, figsize=(7, 5.4 * len(comparisons)), facecolor="#fffdf8"
    )
    for axes, comparison in zip(panels[:, 0], comparisons, strict=True):
        axes.set_facecolor("#fffdf8")
        for name, colour in COLOURS.items():
            false, true, area = comparison.curves[name]
            axes.plot(false, true, color=colour, label=f"{name}: {area:.3f}", lw=2.8 if "trees" in name else 1.4)
        auto = [share(rows, "restored") for rows in (comparison.good, comparison.bad)]
        axes.plot(*comparison.classic, "o", color="#555555", label="the classic rule, under 100")
        axes.plot(*auto, "D", color="#b93a62", label="what auto restores")
        axes.set(xlabel="good photos repaired", ylabel="bad photos repaired", title=comparison.title)
        axes.grid(alpha=0.25)
        axes.legend(loc="lower right", frameon=False, title="area under the curve", alignment="left")
    figure.tight_layout(h_pad=2)
    figure.savefig(path, dpi=100)


def labelled(folder: Path, labels: list[Label]) -> tuple[Comparison, dict[str, Any]]:
    """Compare the measurements with labels by hand, and report how often ``auto`` repairs good photos and bad ones.

    A good photo is judged wrongly if anything is done to it, a bad one if it is not restored: lifting its light does
    not count. The names of both are in the report; ``folder`` is what the names are relative to.
    """
    groups: dict[bool, Rows] = {False: [], True: []}
    wrong: dict[str, str] = {}
    for label in labels:
        photo = files.load(folder / label.name)
        row = badness(photo)
        groups[label.bad].append(row)
        if label.bad != bool(row["restored" if label.bad else "plan"]):
            steps = plan.plan(quality.assess(photo), "auto").steps
            done = "; ".join(f"{step.stage}, as it is {step.why}" for step in steps) or "nothing done"
            verdict = "bad" if label.bad else "good"
            wrong[label.name] = f"{verdict}, {label.reason}: damage {row['damage (the trees)']:.2f}, {done}"
    good, bad = groups[False], groups[True]
    comparison = Comparison(f"{len(good)} good and {len(bad)} bad photos, judged by eye", good, bad)
    auto = {
        "good repaired": share(good, "plan"),
        "good restored": share(good, "restored"),
        "bad restored": share(bad, "restored"),
    }
    return comparison, {"good": len(good), "bad": len(bad), "auto": auto, **comparison.report(), "wrong": wrong}


def degraded(paths: list[Path], seed: int) -> tuple[Comparison, dict[str, Any]]:
    """Compare the measurements on photos and on degraded copies of them, and report how often ``auto`` repairs each."""
    finder = Finder()
    own: Rows = []
    small: Rows = []
    copies: dict[str, Rows] = {}
    under_quarter: dict[str, Rows] = {}
    for number, path in enumerate(paths):
        photo = files.load(path)
        at_512 = at_side(photo)
        own.append(badness(photo))
        small.append(badness(at_512))
        faces = finder.find(at_512)
        for name, recipe in RECIPES.items():
            bad = recipe(at_512, np.random.default_rng([seed, number]), faces)
            copies.setdefault(name, []).append(badness(bad))
        dark = light(at_512, np.random.default_rng([seed, number]), dark=True)
        copies.setdefault("dark", []).append(badness(dark))
        copies.setdefault("grainy", []).append(badness(grainy(at_512, np.random.default_rng([seed, number]))))
        for sigma in NOISES:
            speckled = noisy(at_512, np.random.default_rng([seed, number]), sigma)
            copies.setdefault(f"noise, σ {sigma}", []).append(badness(speckled))
        for name, picture in enlarged(photo, np.random.default_rng([seed, number])):
            under_quarter.setdefault(name, []).append(badness(picture))
    bad_rows = [row for name in RECIPES for row in copies[name]]
    comparison = Comparison(f"{len(paths)} photos, and copies by the recipes", own + small, bad_rows)
    auto = {"good, own size": share(own, "plan"), "good, 512 px": share(small, "plan")}
    auto |= {name: share(rows, "plan" if name == "dark" else "restored") for name, rows in copies.items()}
    sharp = {name: round(1 - share(rows, "restored"), 3) for name, rows in under_quarter.items()}
    report = {"repaired by auto": auto, "under a quarter of the resolution, judged sharp": sharp}
    return comparison, {"photos": len(paths), **comparison.report(), **report}


def main(
    folder: Folder = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Degrade this many photos, taken evenly.")] = 60,
    labels: Annotated[Path | None, typer.Option(exists=True, help="Photos of the folder, judged by eye.")] = None,
    seed: int = 0,
    picture: Annotated[Path | None, typer.Option("--plot", help="File for the plot.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print the areas under the curves, and how often ``auto`` repairs."""
    by_eye = read_labels(labels) if labels else []
    if by_eye and folder is None:
        raise typer.BadParameter("The labels name photos of a folder: name that folder, too.")
    found = files.all_below(folder) if folder else public_photos.chosen(None, len(public_photos.PHOTOS))
    paths = [found[i * len(found) // n] for i in range(n)] if n < len(found) else found
    comparison, report = degraded(paths, seed)
    comparisons = [comparison]
    if by_eye and folder:
        comparison, report["labels"] = labelled(folder, by_eye)
        comparisons.append(comparison)
    if picture:
        plot(comparisons, picture)
    typer.echo(json.dumps(report, indent=None if as_json else 2, ensure_ascii=False))


if __name__ == "__main__":
    typer.run(main)
