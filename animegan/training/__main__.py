"""The command line of the training: ``python -m animegan.training``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.errors import AnimeganError
from animegan.styles.table import DEFAULT_STYLE

if TYPE_CHECKING:
    from torch import nn

    from animegan.training.built_in.data import View
    from animegan.training.built_in.distill import Run
    from animegan.training.targets import Target
    from animegan.training.trainer import Schedule, Trainer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

TargetSteps = Annotated[
    str, typer.Option(help="What to learn: our own steps by name and generators as ONNX files, from left to right.")
]
CachePath = Annotated[Path | None, typer.Option(help="Folder for the target's drawings; runs may share it.")]
PhotosPath = Annotated[Path, typer.Option(exists=True, help="A folder with scenes/ and faces/.")]


@app.callback()
def main() -> None:
    """Train generators and measure them."""


@app.command()
def distill(
    ctx: typer.Context,
    target: TargetSteps,
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="Folder of the run; the same folder resumes it.")],
    cache: CachePath = None,
    steps: Annotated[int, typer.Option(help="Steps in all; a resumed run may have more.")] = 20_000,
    batch: int = 8,
    side: int = 160,
    rate: float = 1e-3,
    gradients: Annotated[float, typer.Option(help="Weight of the gradient loss.")] = 1.0,
    line_energy: Annotated[float, typer.Option(help="Weight of the line energy loss.")] = 0.0,
    flatness: Annotated[float, typer.Option(help="Weight of the flatness loss.")] = 0.0,
    colour: Annotated[float, typer.Option(help="Weight of the colour loss (a and b of Lab).")] = 0.0,
    structure: Annotated[float, typer.Option(help="Weight of the structure loss (MS-SSIM).")] = 0.0,
    total_variation: Annotated[float, typer.Option(help="Weight of the total variation.")] = 0.0,
    adversarial: Annotated[float, typer.Option(help="Weight of the adversarial loss (PatchGAN).")] = 0.0,
    features: Annotated[float, typer.Option(help="Weight of the deep features (needs --vgg).")] = 0.0,
    vgg: Annotated[Path | None, typer.Option(exists=True, help="Weights of torchvision's vgg19.")] = None,
    faces: Annotated[float, typer.Option(help="Additional weight of the pixels of faces; 1: they count double.")] = 0.0,
    noise: Annotated[float, typer.Option(help="Largest σ of noise on half of the photos: steady videos.")] = 0.0,
    channels: Annotated[str, typer.Option(help="Channels at 1/2, 1/4, 1/8.")] = "24,48,96",
    encoder: Annotated[str, typer.Option(help="Residual blocks of the encoder, per scale.")] = "1,2,4",
    decoder: Annotated[str, typer.Option(help="Residual blocks of the decoder, per scale.")] = "1,2",
    context: Annotated[int, typer.Option(help="Side of the thumbnail of the whole picture in pixels; 0: none.")] = 0,
    scenes: Annotated[int, typer.Option(help="Number of scenes, evenly spread over all sources; 0: all.")] = 0,
    scene_views: Annotated[int, typer.Option(help="Squares from each scene.")] = 2,
    face_views: Annotated[int, typer.Option(help="Squares from each photograph of a face.")] = 6,
    turn: Annotated[float, typer.Option(help="Degrees of random rotation; brightness varies, too.")] = 0.0,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Our own weights to start with; the network gets their shape.")
    ] = None,
    every: Annotated[int, typer.Option(help="Steps between validations, checkpoints and contact sheets.")] = 1_000,
    seed: int = 0,
) -> None:
    """Train a small generator to draw like the target. It can be stopped at any time; the same command resumes it."""
    from animegan.networks.checkpoints import read_compact
    from animegan.networks.modules import CompactConfig
    from animegan.training.built_in import data
    from animegan.training.built_in.distill import Recipe, Run
    from animegan.training.losses import Features

    if features and not vgg:
        raise typer.BadParameter("Deep features need a network: give its weights with --vgg.")
    given = CompactConfig(_numbers(channels), _numbers(encoder), _numbers(decoder))
    shape = read_compact(start).config if start else given
    shape = replace(shape, context=context or shape.context)
    recipe = Recipe(**_recipe_options(ctx, Recipe) | asdict(shape))
    run = Run(out, recipe, photos, _target(target), Features(vgg) if vgg else None, cache)
    views = data.views(photos, scene_views, face_views, turn, scenes)
    _prepare(run, views, bool(faces))
    _resume(run, start)

    def validate_run() -> None:
        for kind, figures in run.validate(sheet=True).items():
            typer.echo(f"  step {run.step} {_summary(kind, figures)}")

    _train(run, every, partial(run.train, views), validate_run)
    typer.echo(f"Wrote {run.export(out / 'generator.safetensors')}")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _recipe_options(ctx: typer.Context, recipe: type[Schedule]) -> dict[str, Any]:
    """The options of a command that are fields of its recipe."""
    return {field.name: ctx.params[field.name] for field in fields(recipe) if field.name in ctx.params}


def _target(steps: str, folder: Path | None = None) -> Target:
    from animegan.training.targets import parse

    try:
        return parse(steps, folder)
    except AnimeganError as error:
        raise typer.BadParameter(str(error)) from error


def _prepare(run: Run, views: list[View], faces: bool) -> None:
    """Let the target draw all views, and find the faces in them."""
    from animegan.training.built_in import data

    missing = run.pairs.missing(views)
    if missing:
        with typer.progressbar(run.pairs.label(missing), length=len(missing), label="Drawing the targets") as bar:
            for _ in bar:
                pass
    if faces:
        searched = run.pairs.find_faces(views, data.face_boxes())
        with typer.progressbar(searched, length=len(views), label="Finding faces") as bar:
            for _ in bar:
                pass


def _resume(run: Trainer, start: Path | None) -> None:
    """Continue a run, or start it with the weights ``start``."""
    if run.resume():
        typer.echo(f"Resuming at step {run.step}.")
    elif start:
        run.start_from(start)


def _train(
    run: Trainer, every: int, advance: Callable[[int, Callable[[float], None]], None], validate: Callable[[], None]
) -> None:
    """Train to the last step of the recipe; save a checkpoint and validate after ``every`` steps."""
    steps = run.recipe.steps
    with typer.progressbar(length=steps, label="Training") as bar:
        bar.update(run.step)
        while run.step < steps:
            advance(min(steps, (run.step // every + 1) * every), lambda _: bar.update(1))
            run.checkpoint()
            validate()


def _summary(kind: str, figures: dict[str, float]) -> str:
    """The figures of `distill.compare` in one line."""
    f = figures
    return (
        f"{kind:16} PSNR {f['psnr']:.2f} dB (photo {f['photo_psnr']:.2f}), + {f['psnr'] - f['photo_psnr']:.2f}   "
        f"SSIM {f['ssim']:.3f} ({f['photo_ssim']:.3f})   lines {f['lines']:.1%}   flat {f['flat']:.1%}   "
        f"to the photo {f['to_photo']:.2f} dB, {f['flatter']:.2f} times as flat, chroma {f['chroma']:.2f}"
    )


def _network(path: Path) -> nn.Module:
    """The network of a weights file, on the default engine."""
    from animegan.networks.painters import TorchGenerator, load

    generator = load(path)
    if not isinstance(generator, TorchGenerator):
        raise typer.BadParameter(f"{path.name} is an ONNX file: give weights for PyTorch.")
    return generator.network


@app.command()
def validate(
    photos: PhotosPath,
    target: Annotated[str | None, typer.Option(help="As for distill; default: that of the weights' metadata.")] = None,
    teachers: Annotated[Path | None, typer.Option(exists=True, help="Folder of the target's ONNX files.")] = None,
    style: Annotated[str, typer.Option(help="A built-in style, or all of them: all.")] = DEFAULT_STYLE,
    weights: Annotated[Path | None, typer.Option(exists=True, help="A weights file, instead of a style.")] = None,
    cache: CachePath = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet: photo | drawing | target.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per style.")] = False,
) -> None:
    """Measure generators against their targets on the validation photographs: of sources that training used, and of
    other sources ("elsewhere").
    """
    import tempfile

    from animegan.networks.checkpoints import metadata
    from animegan.styles import weights as built_in
    from animegan.styles.lookup import find_style, list_styles
    from animegan.styles.sources import BuiltIn
    from animegan.training.built_in import data
    from animegan.training.built_in.distill import compare, kept_out_pairs, write_sheet
    from animegan.training.trainer import draw

    chosen = (
        [one for one in list_styles() if isinstance(one.source, BuiltIn)] if style == "all" else [find_style(style)]
    )
    for path in [weights] if weights else [built_in.locate(one) for one in chosen]:
        network = _network(path)
        target_steps = target or metadata(path).get("target")
        if target_steps is None:
            raise typer.BadParameter(f"The metadata of {path.name} name no target: give it with --target.")
        with tempfile.TemporaryDirectory() as folder:
            squares = kept_out_pairs(photos, data.Pairs(cache or Path(folder), _target(target_steps, teachers)))
            figures, rows = compare(partial(draw, network), squares)
        if sheet:
            write_sheet(rows, sheet, each=24)
        about = {"weights": path.name, "bytes": path.stat().st_size, "target": target_steps}
        if as_json:
            typer.echo(json.dumps({**about, "figures": figures}))
            continue
        typer.echo(f"{path.name}, {path.stat().st_size:,} bytes, against {target_steps}")
        for kind, f in figures.items():
            typer.echo(f"{_summary(kind, f)}   ({len(rows.get(kind, [])) or sum(map(len, rows.values()))} photographs)")


@app.command()
def restore(
    ctx: typer.Context,
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="Folder of the run; the same folder resumes it.")],
    steps: Annotated[int, typer.Option(help="Steps in all; a resumed run may have more.")] = 15_000,
    batch: int = 8,
    side: int = 128,
    rate: float = 1e-3,
    gradients: Annotated[float, typer.Option(help="Weight of the gradient loss.")] = 1.0,
    adversarial: Annotated[float, typer.Option(help="Weight of the adversarial loss (PatchGAN).")] = 0.0,
    through: Annotated[float, typer.Option(help="Weight of the difference between the drawings.")] = 0.0,
    structure: Annotated[float, typer.Option(help="Weight of MS-SSIM within that.")] = 0.5,
    scales: Annotated[int, typer.Option(help="Its scales; 1: only the finest lines count.")] = 3,
    drawn: Annotated[int, typer.Option(help="Samples of a batch with --lost whose drawings are compared.")] = 2,
    lost: Annotated[
        float, typer.Option(help="Share of the samples that have lost the detail of their size, by compound damage.")
    ] = 0.0,
    faces_only: Annotated[
        bool, typer.Option("--faces-only", help="Train on faces alone, upright in their frames.")
    ] = False,
    painter: Annotated[str, typer.Option(help="The built-in styles whose drawings are compared: A,B.")] = "hayao",
    rrdb: Annotated[Path | None, typer.Option(exists=True, help="RRDBNet ×2 weights, as a teacher.")] = None,
    channels: Annotated[str, typer.Option(help="Channels at 1/2, 1/4, 1/8.")] = "32,64,96",
    encoder: Annotated[str, typer.Option(help="Residual blocks of the encoder, per scale.")] = "2,4,2",
    decoder: Annotated[str, typer.Option(help="Residual blocks of the decoder, per scale.")] = "2,2",
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Our own weights to start with; a smaller network grows.")
    ] = None,
    every: Annotated[int, typer.Option(help="Steps between validations, checkpoints and contact sheets.")] = 1_000,
    seed: int = 0,
) -> None:
    """Train the restorer, which deblurs, denoises and doubles the size in one pass. It can be stopped at any time; the
    same command resumes it.
    """
    from animegan.styles import weights
    from animegan.styles.lookup import find_style
    from animegan.training.built_in import data
    from animegan.training.built_in import restore as training
    from animegan.training.built_in.distill import write_sheet
    from animegan.training.trainer import draw

    shape: dict[str, Any] = {"channels": _numbers(channels), "encoder": _numbers(encoder), "decoder": _numbers(decoder)}
    shape["whole"] = faces_only
    recipe = training.Recipe(**_recipe_options(ctx, training.Recipe) | shape)
    painters = [_network(weights.locate(find_style(name))) for name in painter.split(",")] if through else []
    paths = data.training_photos(photos)
    groups = training.upright_faces(paths["faces"]) if faces_only else training.loaded(paths.values())
    run = training.Restoration(out, recipe, groups, painters, training.rrdbnet(rrdb) if rrdb else None)
    _resume(run, start)
    pairs = training.held_out(photos)

    def validate_run() -> None:
        figures, rows = training.compare(partial(draw, run.averaged), pairs)
        run.log(figures)
        (out / "sheets").mkdir(exist_ok=True)
        write_sheet({"all": rows[::5]}, out / "sheets" / f"{run.step:06d}.jpg", each=12)
        typer.echo(
            f"  step {run.step}: {figures['psnr']:.2f} dB (degraded {figures['photo_psnr']:.2f}), "
            f"SSIM {figures['ssim']:.3f} ({figures['photo_ssim']:.3f})"
        )

    _train(run, every, run.advance, validate_run)
    typer.echo(f"Wrote {run.export(out / 'restore.safetensors')}")


@app.command()
def quality(
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="File for the trees.")],
    most: Annotated[int, typer.Option(help="Use at most this many photographs.")] = 500,
    labels: Annotated[
        Path | None, typer.Option(exists=True, help="Leave out the photographs of this list, such as bad ones.")
    ] = None,
) -> None:
    """Fit the trees that tell damaged photos from good ones."""
    import numpy as np

    from animegan.training.built_in import data
    from animegan.training.built_in import quality as training

    left_out = {photos / line.partition("\t")[0] for line in labels.read_text().splitlines()} if labels else set()
    paths = [path for group in data.training_photos(photos).values() for path in group if path not in left_out]
    paths = paths[:: max(1, -(-len(paths) // most))]
    with typer.progressbar(training.measure(paths), length=len(paths), label="Measuring") as rows:
        measured, damaged = zip(*rows, strict=True)
    photo = np.repeat(np.arange(len(measured)), [len(each) for each in measured])
    training.save(training.fit(np.concatenate(measured), np.concatenate(damaged), photo), out)
    typer.echo(f"Wrote {out}")


@app.command()
def average(
    weights: Annotated[list[Path], typer.Argument(exists=True, help="Our own networks of one shape, from one start.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for their mean.")],
    target: Annotated[str, typer.Option(help="What they were taught, as for distill: written into the file.")] = "",
) -> None:
    """Average the weights of networks that were trained on from the same start."""
    from animegan.training.built_in.average import average_files

    average_files(weights, out, {"target": target} if target else {})
    typer.echo(f"Wrote {out}")


@app.command()
def prune(
    weights: Annotated[Path, typer.Option(exists=True, help="One of our own trained networks.")],
    out: Annotated[Path, typer.Option(help="File for the smaller network.")],
    keep: Annotated[float, typer.Option(min=0.05, max=1, help="Share of the inner channels to keep.")] = 0.5,
) -> None:
    """Remove the least important inner channels of the residual blocks. Fine-tune the result with distill --start."""
    from animegan.training.prune import prune_file

    before, after = prune_file(weights, out, keep)
    typer.echo(f"Wrote {out}: {after:,} parameters of {before:,}")


if __name__ == "__main__":
    app()
