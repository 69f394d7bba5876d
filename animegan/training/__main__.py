"""The command line of the training: ``python -m animegan.training``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

TeacherPath = Annotated[Path, typer.Option(exists=True, help="The teacher: a generator as ONNX.")]


@app.callback()
def main() -> None:
    """Make generators, and measure them."""


PhotosPath = Annotated[Path, typer.Option(exists=True, help="A folder with scenes/ and faces/.")]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


@app.command()
def distill(
    teacher: TeacherPath,
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="Where to keep the run, and where to find it again.")],
    steps: Annotated[int, typer.Option(help="Steps in all; more of them may be given when resuming.")] = 20_000,
    batch: int = 8,
    side: int = 160,
    rate: float = 1e-3,
    gradients: Annotated[float, typer.Option(help="Weight of the gradient loss.")] = 1.0,
    line_energy: Annotated[float, typer.Option(help="Weight of the line energy loss.")] = 0.0,
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
    scene_views: Annotated[int, typer.Option(help="Squares cut from each scene.")] = 2,
    face_views: Annotated[int, typer.Option(help="Squares cut from each face photograph.")] = 6,
    turn: Annotated[float, typer.Option(help="Degrees by which views are turned, their light changed as well.")] = 0.0,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Weights of ours to begin with; the network has their shape.")
    ] = None,
    every: Annotated[int, typer.Option(help="Steps between validations, checkpoints and sheets.")] = 1_000,
    seed: int = 0,
) -> None:
    """Train a small generator to draw as the teacher does. Stop it at will: the same command goes on."""
    from animegan.generator import load
    from animegan.networks import CompactConfig
    from animegan.training import data
    from animegan.training.distill import Recipe, Run
    from animegan.training.losses import Features

    shape = (
        load(start).network.config if start else CompactConfig(_numbers(channels), _numbers(encoder), _numbers(decoder))
    )
    recipe = Recipe(
        steps=steps,
        batch=batch,
        side=side,
        rate=rate,
        gradients=gradients,
        line_energy=line_energy,
        colour=colour,
        structure=structure,
        total_variation=total_variation,
        features=features,
        adversarial=adversarial,
        faces=faces,
        seed=seed,
        **asdict(shape),
    )
    draw = load(teacher).paint
    if features and not vgg:
        raise typer.BadParameter("Deep features need a network: give its weights with --vgg.")
    run = Run(out, recipe, photos, draw, Features(vgg) if vgg else None)
    views = data.views(photos, scene_views, face_views, turn)
    missing = run.pairs.missing(views)
    if missing:
        with typer.progressbar(run.pairs.label(missing, draw), length=len(missing), label="Teacher draws") as bar:
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
            figures = run.validate(sheet=True)["all"]
            typer.echo(
                f"  step {run.step}: {figures['psnr']:.2f} dB (the photograph {figures['photo_psnr']:.2f}), "
                f"lines {figures['lines']:.0%}"
            )
    typer.echo(f"Wrote {run.export(out / 'generator.safetensors')}")


@app.command()
def validate(
    teacher: TeacherPath,
    photos: PhotosPath,
    style: Annotated[str, typer.Option(help="A built-in style.")] = "hayao",
    weights: Annotated[Path | None, typer.Option(exists=True, help="A weights file, in place of a style.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Where the teacher's drawings are kept, to save time.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write photo | drawn | teacher side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Measure a generator against its teacher, on the photographs that are kept out of training."""
    import tempfile

    from animegan import weights as built_in
    from animegan.generator import load
    from animegan.styles import find
    from animegan.training import data
    from animegan.training.distill import compare, kept_out_pairs, write_sheet
    from animegan.training.trainer import draw

    path = weights or built_in.locate(find(style))
    network = load(path).network
    with tempfile.TemporaryDirectory() as folder:
        squares = kept_out_pairs(photos, data.Pairs(cache or Path(folder)), load(teacher).paint)
        figures, rows = compare(lambda photo: draw(network, photo), squares)
    if sheet:
        write_sheet(rows, sheet, each=24)
    if as_json:
        typer.echo(json.dumps({"weights": path.name, "bytes": path.stat().st_size, "figures": figures}))
        return
    typer.echo(f"{path.name}, {path.stat().st_size:,} bytes, against {teacher.name}; the photograph itself in brackets")
    for kind, f in figures.items():
        typer.echo(
            f"{kind:7} ({len(squares.get(kind, [])) or sum(map(len, squares.values()))})  "
            f"PSNR {f['psnr']:.2f} dB ({f['photo_psnr']:.2f}), + {f['psnr'] - f['photo_psnr']:.2f}   "
            f"SSIM {f['ssim']:.3f} ({f['photo_ssim']:.3f})   lines {f['lines']:.1%} ({f['photo_lines']:.1%})"
        )


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
