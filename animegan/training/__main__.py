"""The command line of the training: ``python -m animegan.training``."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from animegan.errors import AnimeganError
from animegan.styles import DEFAULT

if TYPE_CHECKING:
    from animegan.training.targets import Target

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

TargetSteps = Annotated[
    str, typer.Option(help="What to learn: steps of ours by name and generators as ONNX files, from left to right.")
]
CachePath = Annotated[Path | None, typer.Option(help="Where the target's drawings are kept; runs may share it.")]


@app.callback()
def main() -> None:
    """Make generators, and measure them."""


PhotosPath = Annotated[Path, typer.Option(exists=True, help="A folder with scenes/ and faces/.")]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


@app.command()
def distill(
    target: TargetSteps,
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="Where to keep the run, and where to find it again.")],
    cache: CachePath = None,
    steps: Annotated[int, typer.Option(help="Steps in all; more of them may be given when resuming.")] = 20_000,
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
    vgg: Annotated[Path | None, typer.Option(exists=True, help="Weights of torchvision's vgg19, to see with.")] = None,
    faces: Annotated[float, typer.Option(help="How much more a pixel of a face counts; 1: double.")] = 0.0,
    channels: Annotated[str, typer.Option(help="Channels at 1/2, 1/4, 1/8.")] = "24,48,96",
    encoder: Annotated[str, typer.Option(help="Residual blocks on the way down.")] = "1,2,4",
    decoder: Annotated[str, typer.Option(help="Residual blocks on the way up.")] = "1,2",
    context: Annotated[int, typer.Option(help="Side of the thumbnail of the whole picture; 0: none.")] = 0,
    scenes: Annotated[int, typer.Option(help="Scenes to learn from, spread over all sources; 0: all.")] = 0,
    scene_views: Annotated[int, typer.Option(help="Squares cut from each scene.")] = 2,
    face_views: Annotated[int, typer.Option(help="Squares cut from each face photograph.")] = 6,
    turn: Annotated[float, typer.Option(help="Degrees by which views are turned, their light changed as well.")] = 0.0,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Weights of ours to begin with; the network has their shape.")
    ] = None,
    every: Annotated[int, typer.Option(help="Steps between validations, checkpoints and sheets.")] = 1_000,
    seed: int = 0,
) -> None:
    """Train a small generator to draw as the target does. Stop it at will: the same command goes on."""
    from animegan.generator import load
    from animegan.networks import CompactConfig
    from animegan.training import data
    from animegan.training.distill import Recipe, Run
    from animegan.training.losses import Features

    shape = (
        load(start).network.config if start else CompactConfig(_numbers(channels), _numbers(encoder), _numbers(decoder))
    )
    shape = replace(shape, context=context or shape.context)
    recipe = Recipe(
        steps=steps,
        batch=batch,
        side=side,
        rate=rate,
        gradients=gradients,
        line_energy=line_energy,
        flatness=flatness,
        colour=colour,
        structure=structure,
        total_variation=total_variation,
        features=features,
        adversarial=adversarial,
        faces=faces,
        seed=seed,
        **asdict(shape),
    )
    if features and not vgg:
        raise typer.BadParameter("Deep features need a network: give its weights with --vgg.")
    run = Run(out, recipe, photos, _target(target), Features(vgg) if vgg else None, cache)
    views = data.views(photos, scene_views, face_views, turn, scenes)
    missing = run.pairs.missing(views)
    if missing:
        with typer.progressbar(run.pairs.label(missing), length=len(missing), label="Drawing the targets") as bar:
            for _ in bar:
                pass
    if faces:
        found = run.pairs.search(views, data.face_boxes())
        with typer.progressbar(found, length=len(views), label="Looking for faces") as bar:
            for _ in bar:
                pass
    if run.resume():
        typer.echo(f"Going on from step {run.step}.")
    elif start:
        run.start_from(start)
    with typer.progressbar(length=steps, label="Training") as bar:
        bar.update(run.step)
        while run.step < steps:
            run.train(views, min(steps, (run.step // every + 1) * every), lambda _: bar.update(1))
            run.checkpoint()
            for kind, f in run.validate(sheet=True).items():
                typer.echo(f"  step {run.step} {_told(kind, f)}")
    typer.echo(f"Wrote {run.export(out / 'generator.safetensors')}")


def _target(steps: str, folder: Path | None = None) -> Target:
    from animegan.training.targets import parse

    try:
        return parse(steps, folder)
    except AnimeganError as error:
        raise typer.BadParameter(str(error)) from error


def _told(kind: str, figures: dict[str, float]) -> str:
    """The figures of `distill.compare` in a line."""
    f = figures
    return (
        f"{kind:16} PSNR {f['psnr']:.2f} dB (photo {f['photo_psnr']:.2f}), + {f['psnr'] - f['photo_psnr']:.2f}   "
        f"SSIM {f['ssim']:.3f} ({f['photo_ssim']:.3f})   lines {f['lines']:.1%}   flat {f['flat']:.1%}   "
        f"to the photo {f['to_photo']:.2f} dB, {f['flatter']:.2f} times as flat, chroma {f['chroma']:.2f}"
    )


@app.command()
def validate(
    photos: PhotosPath,
    target: Annotated[str | None, typer.Option(help="As for distill; else the one that the weights name.")] = None,
    teachers: Annotated[Path | None, typer.Option(exists=True, help="Where the target's ONNX files lie.")] = None,
    style: Annotated[str, typer.Option(help="A built-in style, or all of them: all.")] = DEFAULT,
    weights: Annotated[Path | None, typer.Option(exists=True, help="A weights file, in place of a style.")] = None,
    cache: CachePath = None,
    sheet: Annotated[Path | None, typer.Option(help="Write photo | drawn | target side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a style.")] = False,
) -> None:
    """Measure generators against their targets, on photographs that are kept out of training: of the sources that
    training saw, and of others ("elsewhere").
    """
    import tempfile

    from animegan import weights as built_in
    from animegan.checkpoints import metadata
    from animegan.generator import load
    from animegan.styles import BuiltIn, find, styles
    from animegan.training import data
    from animegan.training.distill import compare, kept_out_pairs, write_sheet
    from animegan.training.trainer import draw

    chosen = [one for one in styles() if isinstance(one.source, BuiltIn)] if style == "all" else [find(style)]
    for path in [weights] if weights else [built_in.locate(one) for one in chosen]:
        network = load(path).network
        wanted = target or metadata(path).get("target")
        if wanted is None:
            raise typer.BadParameter(f"{path.name} does not name its target: give it with --target.")
        with tempfile.TemporaryDirectory() as folder:
            squares = kept_out_pairs(photos, data.Pairs(cache or Path(folder), _target(wanted, teachers)))
            figures, rows = compare(lambda photo, network=network: draw(network, photo), squares)
        if sheet:
            write_sheet(rows, sheet, each=24)
        about = {"weights": path.name, "bytes": path.stat().st_size, "target": wanted}
        if as_json:
            typer.echo(json.dumps({**about, "figures": figures}))
            continue
        typer.echo(f"{path.name}, {path.stat().st_size:,} bytes, against {wanted}")
        for kind, f in figures.items():
            typer.echo(f"{_told(kind, f)}   ({len(rows.get(kind, [])) or sum(map(len, rows.values()))} photographs)")


@app.command()
def restore(
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="Where to keep the run, and where to find it again.")],
    steps: Annotated[int, typer.Option(help="Steps in all; more of them may be given when resuming.")] = 15_000,
    batch: int = 8,
    side: int = 128,
    rate: float = 1e-3,
    gradients: Annotated[float, typer.Option(help="Weight of the gradient loss.")] = 1.0,
    adversarial: Annotated[float, typer.Option(help="Weight of the adversarial loss (PatchGAN).")] = 0.0,
    through: Annotated[float, typer.Option(help="Weight of the difference between the drawings.")] = 0.0,
    painter: Annotated[str, typer.Option(help="The built-in style whose drawings are compared.")] = "hayao",
    rrdb: Annotated[Path | None, typer.Option(exists=True, help="RRDBNet ×2 weights, to learn from.")] = None,
    channels: Annotated[str, typer.Option(help="Channels at 1/2, 1/4, 1/8.")] = "32,64,96",
    encoder: Annotated[str, typer.Option(help="Residual blocks on the way down.")] = "2,4,2",
    decoder: Annotated[str, typer.Option(help="Residual blocks on the way up.")] = "2,2",
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Weights of ours to begin with; a smaller network grows.")
    ] = None,
    every: Annotated[int, typer.Option(help="Steps between validations, checkpoints and sheets.")] = 1_000,
    seed: int = 0,
) -> None:
    """Train the restorer: deblurs, denoises and doubles in one pass. Stop it at will: the same command goes on."""
    from animegan import weights
    from animegan.generator import load
    from animegan.styles import find
    from animegan.training import data
    from animegan.training import restore as training
    from animegan.training.distill import write_sheet
    from animegan.training.trainer import draw

    recipe = training.Recipe(
        steps=steps,
        batch=batch,
        side=side,
        rate=rate,
        gradients=gradients,
        adversarial=adversarial,
        through=through,
        seed=seed,
        channels=_numbers(channels),
        encoder=_numbers(encoder),
        decoder=_numbers(decoder),
    )
    network = load(weights.locate(find(painter))).network if through else None
    groups = list(data.for_training(photos).values())
    run = training.Restoration(out, recipe, groups, network, training.rrdbnet(rrdb) if rrdb else None)
    if run.resume():
        typer.echo(f"Going on from step {run.step}.")
    elif start:
        run.start_from(start)
    pairs = training.held_out(photos)
    with typer.progressbar(length=steps, label="Training") as bar:
        bar.update(run.step)
        while run.step < steps:
            run.advance(min(steps, (run.step // every + 1) * every), lambda _: bar.update(1))
            run.checkpoint()
            figures, rows = training.compare(lambda photo: draw(run.averaged, photo), pairs)
            run.log(figures)
            (out / "sheets").mkdir(exist_ok=True)
            write_sheet({"all": rows[::5]}, out / "sheets" / f"{run.step:06d}.jpg", each=12)
            typer.echo(
                f"  step {run.step}: {figures['psnr']:.2f} dB (degraded {figures['photo_psnr']:.2f}), "
                f"SSIM {figures['ssim']:.3f} ({figures['photo_ssim']:.3f})"
            )
    typer.echo(f"Wrote {run.export(out / 'restore.safetensors')}")


@app.command()
def prune(
    weights: Annotated[Path, typer.Option(exists=True, help="A finished network of ours.")],
    out: Annotated[Path, typer.Option(help="Where to write the smaller one.")],
    keep: Annotated[float, typer.Option(min=0.05, max=1, help="Part of the inner channels to keep.")] = 0.5,
) -> None:
    """Take the least used inner channels out of a network's residual blocks; train it on with distill --start."""
    from animegan.training.prune import prune_file

    before, after = prune_file(weights, out, keep)
    typer.echo(f"Wrote {out}: {after:,} parameters of {before:,}")


if __name__ == "__main__":
    app()
