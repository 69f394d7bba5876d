"""The commands ``evaluate`` and ``evaluate-faces``: what the repair and the painting of faces are worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import output
from animegan.cli.targets import Overwrite, check_target, made_folders
from animegan.errors import OutputNotWritableError, shown
from animegan.images.files import SUFFIXES, save
from animegan.options import Options
from animegan.styles.table import DEFAULT_STYLE

if TYPE_CHECKING:
    from animegan.evaluation.photos import Evaluation
    from animegan.images.resize import Picture

SHEET_ROWS = 8
PhotosPath = Annotated[Path, typer.Argument(metavar="FOLDER", exists=True, file_okay=False, help="A folder of photos.")]
SheetPath = Annotated[Path | None, typer.Option(help="Write the pictures of some photos side by side.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def evaluate(
    folder: PhotosPath,
    style: Annotated[str, typer.Option(help="One that 'styles' lists.")] = "hayao",
    n: Annotated[int, typer.Option("--n", min=1, help="How many photos.")] = 200,
    seed: Annotated[int, typer.Option(help="Another one is another choice, degraded otherwise.")] = 0,
    recipe: Annotated[
        str,
        typer.Option(
            metavar="[light|heavy|tiny|old]",
            help="How photos are degraded: light (blur, noise, JPEG), heavy (motion, shrunk, JPEG twice), tiny (a "
            "small face enlarged) or old (a faded print).",
        ),
    ] = "light",
    dark: Annotated[bool, typer.Option("--dark", help="Taken in low light as well; with the recipe light.")] = False,
    real: Annotated[
        bool, typer.Option("--real", help="The photos of FOLDER are bad already: draw all with and without the repair.")
    ] = False,
    inception: Annotated[
        Path | None, typer.Option(exists=True, help="Inception weights of torch-fidelity, for the Fréchet distance.")
    ] = None,
    sheet: SheetPath = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Measure what the repair is worth. Sharp photos are degraded, drawn, and compared with the anime of the sharp."""
    style = Options(style).style
    _check_sheet(sheet, overwrite)
    from animegan.evaluation.repair import RealEvaluation, RepairEvaluation

    if real:
        _run(RealEvaluation(folder, style), sheet, as_json, _say_real)
        return
    evaluation = RepairEvaluation(folder, style, n, seed, dark, inception, recipe=recipe)
    _run(evaluation, sheet, as_json, _say_repair)


def _say_repair(report: Any) -> None:
    how = f"{report.recipe}{', dark' if report.dark else ''}"
    output.say(f"{report.n} photos, {how}, style {report.style}, seed {report.seed}; worst gain {report.worst:+.2f} dB")
    for name, figures in report.schemes.items():
        drift = "no face" if figures.landmark_drift is None else f"{figures.landmark_drift:.1f} %"
        output.say(
            f"{name:17} {figures.psnr:6.2f} dB  SSIM {figures.ssim:.3f}  landmarks {drift}  "
            f"{figures.seconds:.2f} s  Fréchet {figures.frechet}"
        )


def _say_real(report: Any) -> None:
    output.say(f"{report.n} photos, style {report.style}: {report.repaired} repaired")
    for name in ("detail", "lost"):
        before, after = getattr(report, name)
        output.say(f"{name:9} {before:6.2f} → {after:.2f}")
    for name, count, certainty in zip(("plain", "repaired"), report.faces, report.certainty, strict=True):
        found = "no face" if certainty is None else f"{count} faces found, MTCNN {certainty:.1%} sure"
        output.say(f"{name:9} drawings: {found}")


def evaluate_faces(
    folder: PhotosPath,
    style: Annotated[str, typer.Option(help="One that 'styles' lists.")] = DEFAULT_STYLE,
    faces_style: Annotated[str, typer.Option(help="Who paints faces: auto, scene, or a style.")] = "auto",
    sheet: SheetPath = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Measure how faces are painted. Figures: seams, landmarks, what is still a face."""
    options = Options(style, faces_style=faces_style)
    _check_sheet(sheet, overwrite)
    from animegan.evaluation.faces import FaceEvaluation

    def say(report: Any) -> None:
        for name, value in asdict(report).items():
            output.say(f"{name.replace('_', ' '):16} {value}")

    _run(FaceEvaluation(folder, options.style, options.faces_style), sheet, as_json, say)


def _check_sheet(sheet: Path | None, overwrite: bool) -> None:
    """Check at once what would else be found out after all photos.

    Raises:
        OutputNotWritableError: no picture can be written there.
    """
    if sheet is not None and sheet.suffix.lower() not in SUFFIXES:
        raise OutputNotWritableError(
            "'{sheet}' cannot be written: give it a name that ends in {choices}.",
            sheet=shown(sheet),
            choices=", ".join(SUFFIXES),
        )
    if sheet is not None:
        check_target(sheet, overwrite)


def _run(evaluation: Evaluation, sheet: Path | None, as_json: bool, say: Callable[[Any], None]) -> None:
    """Run an evaluation to its end, and say what came of it; the first rows of its pictures go in a sheet."""
    rows: list[list[Picture]] = []
    with made_folders([sheet.parent] if sheet else []):
        with output.progress(evaluation.run(), len(evaluation.paths), "Evaluating") as bar:
            for pictures in bar:
                if sheet and len(rows) < SHEET_ROWS:
                    rows.append(pictures)
        if sheet:
            from animegan.images.sheets import grid

            save(grid(rows), sheet)
    report = evaluation.report()
    if as_json:
        output.say(json.dumps(asdict(report)))
    else:
        say(report)
