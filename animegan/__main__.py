"""The command line: ``python -m animegan``, or ``animegan`` once the package is installed."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

import animegan
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError, PhotoNotFoundError
from animegan.photos import MAX_MEGAPIXELS, PHOTO_SUFFIXES, SUFFIXES
from animegan.styles import DEFAULT, DETAIL
from animegan.styles import find as find_style

SHEET_ROWS = 8

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=animegan.__doc__)


@app.callback()
def main() -> None:
    """A photo becomes anime."""


@app.command()
def stylize(
    photos: Annotated[list[Path], typer.Argument(metavar="IN...", help="Photos, or folders of photos.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A file for one photo (.png, .jpg, .webp), or a folder.")],
    style: Annotated[
        str, typer.Option(help="One that 'styles' lists, a weights file, or hub:owner/repo/file@revision.")
    ] = DEFAULT,
    enhance: Annotated[str, typer.Option(help="Mend the photo first: auto, on, off or super-resolution.")] = "auto",
    level: Annotated[
        str, typer.Option(help="Who mends: light (built in), best (Real-ESRGAN, from the Hub) or auto.")
    ] = "auto",
    scale: Annotated[int, typer.Option(help="1: the photo's own size; 2: twice that.")] = 1,
    detail: Annotated[
        int,
        typer.Option(help="Long side, in pixels, at which a scene is painted: less is broader; 0: the photo's own."),
    ] = DETAIL,
    crop: Annotated[str, typer.Option(help="Cut head and shoulders out first: portrait, square or none.")] = "none",
    faces: Annotated[bool, typer.Option(help="Paint each face on its own, at higher detail.")] = True,
    faces_style: Annotated[
        str, typer.Option(help="Who paints faces: auto, scene (as the rest), or a style such as portrait.")
    ] = "auto",
    strength: Annotated[float, typer.Option(help="0 is the photo, 1 the drawing; up to 1.5.")] = 1.0,
    vividness: Annotated[float, typer.Option(help="Factor of the colour, 0 to 2.")] = 1.0,
    guided: Annotated[bool, typer.Option("--guided", help="Smooth along the photo's edges.")] = False,
    max_megapixels: Annotated[float, typer.Option(help="Refuse larger photos.")] = MAX_MEGAPIXELS,
    engine: Annotated[str, typer.Option(help="What networks run on: auto, cuda, mps, cpu, cpu-bf16.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a picture on standard output.")] = False,
) -> None:
    """Draw photos as anime."""
    try:
        jobs = _jobs(photos, out, style)
        from animegan.engine import choose
        from animegan.pipeline import Options, Pipeline

        choose(engine)

        Options(style, enhance, level, scale, detail, crop, faces, faces_style, strength, vividness, guided)
    except AnimeganError as error:
        _complain(error)
        raise typer.Exit(2) from error

    pipeline = Pipeline(engine)
    failed = 0

    def run(source: Path, target: Path) -> None:
        result = pipeline.stylize(
            source,
            style,
            enhance,
            faces,
            strength,
            vividness,
            guided,
            faces_style=faces_style,
            level=level,
            scale=scale,
            crop=crop,
            detail=detail,
            max_megapixels=max_megapixels,
        )
        animegan.save(result.image, target)
        if as_json:
            _say(json.dumps({"input": str(source), "output": str(target), **result.to_dict()}))
        elif len(jobs) == 1:
            typer.echo(f"{target} ({result.seconds['total']:.1f} s)", err=True)

    with typer.progressbar(jobs, label="Drawing", file=_bar_stream(len(jobs))) as bar:
        for source, target in bar:
            try:
                run(source, target)
            except AnimeganError as error:
                _complain(error)
                failed += 1
    if failed:
        if len(jobs) > 1:
            typer.echo(f"{failed} of {len(jobs)} photos could not be drawn.", err=True)
        raise typer.Exit(2)


@app.command()
def export(
    style: Annotated[str, typer.Argument(help="A built-in style.")],
    out: Annotated[Path, typer.Argument(help="The file to write.")],
    format: Annotated[str, typer.Option(help="torchscript, onnx or safetensors.")] = "onnx",
    int8: Annotated[
        bool,
        typer.Option("--int8", help="ONNX with 8-bit convolutions: a third of the file, faster, a little coarser."),
    ] = False,
) -> None:
    """Write a built-in generator for other programs, and compare what was written with the original."""
    from animegan.export import export as write

    try:
        done = write(style, out, format, int8)
    except AnimeganError as error:
        _complain(error)
        raise typer.Exit(2) from error
    if done.psnr is not None:
        _say(f"{done.path}: {done.format}, int8, at least {done.psnr:.1f} dB to PyTorch in fp32 on a photograph")
        return
    _say(f"{done.path}: {done.format}, at most {done.difference:.1e} from PyTorch (values in [-1, 1])")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder of sharp photos.")],
    style: Annotated[str, typer.Option(help="One that 'styles' lists.")] = "hayao",
    n: Annotated[int, typer.Option("--n", min=1, help="How many photos.")] = 200,
    seed: int = 0,
    dark: Annotated[bool, typer.Option("--dark", help="Taken in low light as well.")] = False,
    inception: Annotated[
        Path | None, typer.Option(exists=True, help="Inception weights of torch-fidelity, for the Fréchet distance.")
    ] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write photo, degraded, plain, full, sharp side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure what the repair is worth: degrade photos, draw them, compare with the anime of the sharp ones."""
    from animegan.evaluate import Evaluation

    evaluation = _evaluated(lambda: Evaluation(folder, find_style(style).id, n, seed, dark, inception), sheet)
    report = evaluation.report()
    if as_json:
        _say(json.dumps(report.to_dict()))
        return
    _say(f"{report.n} photos, style {report.style}, seed {report.seed}{', dark' if dark else ''}")
    for name, figures in report.schemes.items():
        drift = "no face" if figures.landmark_drift is None else f"{figures.landmark_drift:.1f} %"
        _say(
            f"{name:17} {figures.psnr:6.2f} dB  SSIM {figures.ssim:.3f}  landmarks {drift}  "
            f"{figures.seconds:.2f} s  Fréchet {figures.frechet}"
        )


@app.command()
def evaluate_faces(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="A folder of photos with faces.")],
    style: Annotated[str, typer.Option(help="One that 'styles' lists.")] = DEFAULT,
    faces_style: Annotated[str, typer.Option(help="Who paints faces: auto, scene, or a style.")] = "auto",
    sheet: Annotated[Path | None, typer.Option(help="Write photo, scene, picture side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Measure how faces are painted: seams, landmarks, what is still a face."""
    from animegan.evaluate_faces import FaceEvaluation

    evaluation = _evaluated(lambda: FaceEvaluation(folder, find_style(style).id, faces_style), sheet)
    report = evaluation.report().to_dict()
    if as_json:
        _say(json.dumps(report))
        return
    for name, value in report.items():
        _say(f"{name.replace('_', ' '):16} {value}")


def _evaluated(make: Callable[[], Any], sheet: Path | None) -> Any:
    """An evaluation, made and run to its end, with a progress bar; the first rows of its pictures in a sheet."""
    rows = []
    try:
        evaluation = make()
        with typer.progressbar(
            evaluation.run(), length=len(evaluation.paths), label="Evaluating", file=sys.stderr
        ) as bar:
            for pictures in bar:
                if sheet and len(rows) < SHEET_ROWS:
                    rows.append(pictures)
        if sheet:
            from animegan.sheets import grid

            animegan.save(grid(rows), sheet)
    except AnimeganError as error:
        _complain(error)
        raise typer.Exit(2) from error
    return evaluation


@app.command()
def styles(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """List the styles."""
    from animegan import weights

    listed = [
        {**style.to_dict(), "at_hand": weights.at_hand(style), "bytes": weights.size(style)}
        for style in animegan.styles()
    ]
    if as_json:
        _say(json.dumps(listed, indent=2))
        return
    for style in listed:
        _say(f"{style['id']:12} {style['label']}: {style['good_for']}")
        where = style["source"]["kind"] if style["at_hand"] else "fetched from the Hub at first use"
        _say(f"{'':12} weights: {where}; {style['licence']}")


def _complain(error: AnimeganError) -> None:
    typer.echo(f"animegan: {error}", err=True)


def _say(text: str) -> None:
    """Write a line to standard output, which may be a file on a disk that is full."""
    try:
        typer.echo(text)
    except BrokenPipeError:  # who reads has seen enough: typer ends without a word
        raise
    except OSError as error:
        # What could not be written waits to be tried, and to fail, once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _complain(OutputNotWritableError(f"Standard output cannot be written ({error.strerror}): choose another."))
        raise typer.Exit(2) from error


def _bar_stream(count: int):
    """Standard error for more than one photo, nowhere for one."""
    import io

    return sys.stderr if count > 1 else io.StringIO()


def _jobs(sources: list[Path], out: Path, style: str) -> list[tuple[Path, Path]]:
    """(photo, where its drawing goes) for every photo that was named.

    Raises:
        PhotoNotFoundError: a folder holds no photo.
        BadOptionError: several photos, and one file to write.
        OutputNotWritableError: the folder cannot be made, or a drawing would overwrite its photo.
    """
    photos = [photo for source in sources for photo in _photos_in(source)]
    to_folder = os.path.isdir(out)  # unlike pathlib's, it raises nothing about names that cannot be
    to_file = out.suffix.lower() in SUFFIXES and not to_folder
    if to_file:
        if len(photos) > 1:
            raise BadOptionError(f"{len(photos)} photos do not fit in the one file '{out}': name a folder with -o.")
        jobs = [(photos[0], out)]
    else:
        if out.suffix and not to_folder:
            raise OutputNotWritableError(
                f"'{out}' cannot be written: name a folder, or a file that ends in {', '.join(SUFFIXES)}."
            )
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputNotWritableError(
                f"The folder '{out}' cannot be made ({error.strerror}): choose another place."
            ) from error
        taken: set[str] = set()
        jobs = [(photo, out / _free_name(photo.stem, find_style(style).slug, taken)) for photo in photos]
    originals = {os.path.realpath(photo) for photo in photos}
    for _, target in jobs:
        if os.path.realpath(target) in originals:
            raise OutputNotWritableError(f"'{target}' is one of the photos: choose another name for the drawing.")
    return jobs


def _photos_in(source: Path) -> list[Path]:
    if not os.path.isdir(source):
        return [source]
    try:
        found = sorted(path for path in source.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
    except OSError as error:
        raise PhotoNotFoundError(
            f"The folder '{source}' cannot be read ({error.strerror}): check its permissions."
        ) from error
    if not found:
        raise PhotoNotFoundError(f"There is no photo in the folder '{source}': name another.")
    return found


def _free_name(stem: str, style: str, taken: set[str]) -> str:
    """A name that no other photo of this run has: a.jpg and a.png must not share one."""
    name, number = f"{stem}-{style}.png", 2
    while name.lower() in taken:
        name, number = f"{stem}-{style}-{number}.png", number + 1
    taken.add(name.lower())
    return name


if __name__ == "__main__":
    app(prog_name="animegan")
