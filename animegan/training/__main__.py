"""The command line of the training: ``python -m animegan.training``."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Sized
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from torch import nn

from animegan.errors import AnimeganError, OutputNotWritableError
from animegan.faces.finder import Finder
from animegan.images.marks import is_ours
from animegan.networks.checkpoints import metadata, read_compact
from animegan.networks.painters import TorchGenerator, load
from animegan.storage import check_not_there
from animegan.styles import weights as built_in_weights
from animegan.styles.lookup import find_style, list_styles
from animegan.styles.sources import BuiltIn
from animegan.styles.table import DEFAULT_STYLE
from animegan.training import targets
from animegan.training.built_in import data, validation
from animegan.training.built_in import distill as distillation
from animegan.training.built_in import enlarge as enlargement
from animegan.training.built_in import faces as of_faces
from animegan.training.built_in import quality as trees
from animegan.training.built_in import restore as restoration
from animegan.training.built_in.average import average_files
from animegan.training.built_in.drawn_faces import pairs as drawn_faces
from animegan.training.built_in.people import labels as people_labels
from animegan.training.built_in.people import run as masking
from animegan.training.built_in.people.scenes import Material
from animegan.training.losses import Features
from animegan.training.prune import prune_file
from animegan.training.settings import with_settings
from animegan.training.trainer import Trainer, draw

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

TargetSteps = Annotated[
    str, typer.Option(help="What to learn: our own steps by name and generators as ONNX files, from left to right.")
]
CachePath = Annotated[Path | None, typer.Option(help="Folder for the target's drawings; runs may share it.")]
PhotosPath = Annotated[Path, typer.Option(exists=True, help="A folder with scenes/ and faces/.")]
RunPath = Annotated[Path, typer.Option(help="Folder of the run; the same folder resumes it.")]
Every = Annotated[int, typer.Option(help="Steps between validations, checkpoints and contact sheets.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]


def _check_target(path: Path, overwrite: bool) -> None:
    """Refuse to replace a file, unless it is a picture that this program wrote."""
    if path.exists() and not overwrite:
        try:
            check_not_there(path, is_ours(path))
        except OutputNotWritableError as error:
            raise typer.BadParameter(str(error)) from error


@app.callback()
def main() -> None:
    """Train generators and measure them."""


@app.command()
@with_settings(distillation.Recipe)
def distill(
    target: TargetSteps,
    photos: PhotosPath,
    out: RunPath,
    cache: CachePath = None,
    vgg: Annotated[Path | None, typer.Option(exists=True, help="Weights of torchvision's vgg19.")] = None,
    scenes: Annotated[int, typer.Option(help="Number of scenes, evenly spread over all sources; 0: all.")] = 0,
    scene_views: Annotated[int, typer.Option(help="Squares from each scene.")] = 2,
    face_views: Annotated[int, typer.Option(help="Squares from each photograph of a face.")] = 6,
    turn: Annotated[float, typer.Option(help="Degrees of random rotation; brightness varies, too.")] = 0.0,
    cloths: Annotated[int, typer.Option(help="So many scenes are seen once more, as folds of vivid cloth.")] = 0,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Our own weights to start with; the network gets their shape.")
    ] = None,
    every: Every = 1_000,
    **settings: Any,
) -> None:
    """Train a small generator to draw like the target. It can be stopped at any time; the same command resumes it."""
    if settings["features"] and not vgg:
        raise typer.BadParameter("Deep features need a network: give its weights with --vgg.")
    if start:  # the network gets its shape
        context = settings["context"]
        settings |= asdict(read_compact(start).config)
        settings["context"] = context or settings["context"]
    recipe, features = distillation.Recipe(**settings), Features(vgg) if vgg else None
    run = distillation.Distillation(out, recipe, photos, _target(target), features, cache)
    views = data.views(photos, scene_views, face_views, turn, scenes, cloths)
    missing = run.pairs.missing(views)
    _show(run.pairs.label(missing), missing, "Drawing the targets")
    if recipe.faces:
        finder = Finder()
        searched = run.pairs.find_faces(views, lambda photo: [face.box for face in finder.find(photo)])
        _show(searched, views, "Finding faces")
    _train(run, start, every, partial(run.train, views), partial(validation.kept_out_pairs, photos, run.pairs))
    typer.echo(f"Wrote {run.export(out / 'generator.safetensors')}")


def _target(steps: str, folder: Path | None = None) -> targets.Target:
    try:
        return targets.parse(steps, folder)
    except AnimeganError as error:
        raise typer.BadParameter(str(error)) from error


def _show(items: Iterable[Any], all_items: Sized, label: str) -> list[Any]:
    """Go through some items, with a progress bar."""
    if not len(all_items):
        return []
    with typer.progressbar(items, length=len(all_items), label=label) as bar:
        return list(bar)


def _train(
    run: Trainer,
    start: Path | None,
    every: int,
    advance: Callable[[int, Callable[[float], None]], None],
    squares: Callable[[], validation.Squares],
) -> None:
    """Resume a run, or start it with the weights ``start``; train to the last step of its recipe, and save a checkpoint
    and validate after ``every`` steps.
    """
    kept_out: validation.Squares | None = None

    def figures() -> list[str]:
        nonlocal kept_out
        kept_out = kept_out or squares()
        return [validation.summary(*each) for each in validation.validate(run, kept_out).items()]

    _train_and_judge(run, start, every, advance, figures)


def _train_and_judge(
    run: Trainer,
    start: Path | None,
    every: int,
    advance: Callable[[int, Callable[[float], None]], None],
    figures: Callable[[], list[str]],
) -> None:
    """`_train` with another way to validate: ``figures`` returns lines to show."""
    if run.resume():
        typer.echo(f"Resuming at step {run.step}.")
    elif start:
        run.start_from(start)
    steps = run.recipe.steps
    with typer.progressbar(length=steps, label="Training") as bar:
        bar.update(run.step)
        while run.step < steps:
            advance(min(steps, (run.step // every + 1) * every), lambda _: bar.update(1))
            run.checkpoint()
            for line in figures():
                typer.echo(f"  step {run.step} {line}")


def _network(path: Path) -> nn.Module:
    """The network of a weights file, on the default engine."""
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
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per style.")] = False,
) -> None:
    """Measure generators against their targets on the validation photographs: of sources that training used, and of
    other sources ("elsewhere").
    """
    if sheet:
        _check_target(sheet, overwrite)
    built_in = [one for one in list_styles() if isinstance(one.source, BuiltIn)]
    chosen = built_in if style == "all" else [find_style(style)]
    for path in [weights] if weights else [built_in_weights.locate(one) for one in chosen]:
        network = _network(path)
        steps = target or metadata(path).get("target")
        if steps is None:
            raise typer.BadParameter(f"The metadata of {path.name} name no target: give it with --target.")
        with tempfile.TemporaryDirectory() as folder:
            squares = validation.kept_out_pairs(photos, data.Pairs(cache or Path(folder), _target(steps, teachers)))
        figures, rows = validation.compare(partial(draw, network), squares)
        if sheet:
            validation.write_sheet(rows, sheet, each=24)
        about = {"weights": path.name, "bytes": path.stat().st_size, "target": steps}
        if as_json:
            typer.echo(json.dumps({**about, "figures": figures}))
            continue
        typer.echo(f"{path.name}, {path.stat().st_size:,} bytes, against {steps}")
        for kind, f in figures.items():
            count = len(rows.get(kind, [])) or sum(map(len, rows.values()))
            typer.echo(f"{validation.summary(kind, f)}   ({count} photographs)")


@app.command()
@with_settings(restoration.Recipe)
def restore(
    photos: PhotosPath,
    out: RunPath,
    painter: Annotated[str, typer.Option(help="The built-in styles whose drawings are compared: A,B.")] = "hayao",
    rrdb: Annotated[Path | None, typer.Option(exists=True, help="RRDBNet ×2 weights, as a teacher.")] = None,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Our own weights to start with; a smaller network grows.")
    ] = None,
    every: Every = 1_000,
    **settings: Any,
) -> None:
    """Train the restorer, which deblurs, denoises and doubles the size in one pass. It can be stopped at any time; the
    same command resumes it.
    """
    recipe = restoration.Recipe(**settings)
    styles = [find_style(name) for name in painter.split(",")] if recipe.through else []
    painters = [_network(built_in_weights.locate(style)) for style in styles]
    paths = data.training_photos(photos)
    groups = restoration.upright_faces(paths["faces"]) if recipe.whole else restoration.loaded(paths.values())
    larger = restoration.rrdbnet(rrdb) if rrdb else None
    run = restoration.Restoration(out, recipe, groups, painters, larger)
    _train(run, start, every, run.advance, partial(restoration.held_out, photos))
    typer.echo(f"Wrote {run.export(out / 'restore.safetensors')}")


@app.command()
@with_settings(enlargement.Recipe)
def enlarge(
    photos: PhotosPath,
    out: RunPath,
    teacher: Annotated[Path, typer.Option(exists=True, help="Folder of realesr-animevideov3-x2.param and .bin.")],
    cache: Annotated[Path | None, typer.Option(help="Folder for squares of drawings; runs may share it.")] = None,
    most: Annotated[int, typer.Option(help="Draw at most this many photographs; 0: all.")] = 0,
    again: Annotated[bool, typer.Option("--again", help="Train the network of the second doubling.")] = False,
    start: Annotated[Path | None, typer.Option(exists=True, help="Our own weights to start with.")] = None,
    every: Every = 1_000,
    **settings: Any,
) -> None:
    """Train the enlarger on drawings by all built-in styles. Stop it at any time; the same command resumes it."""
    squares = enlargement.Enlargements(cache or out / "squares", teacher, again)
    training, kept_out = enlargement.photos_to_draw(photos)
    training = training[: most or None]
    for paths in (training, kept_out):
        _show(squares.label(paths), squares.missing(paths), "Drawing")
    run = enlargement.Enlarging(out, enlargement.Recipe(**settings), squares.read(training))
    _train(run, start, every, run.advance, lambda: {"drawings": squares.read(kept_out)})
    typer.echo(f"Wrote {run.export(out / 'enlarge.safetensors')}")


@app.command()
def label_people(
    photos: Annotated[Path, typer.Option(exists=True, help="A folder with scenes/, faces/ and more/.")],
    cache: Annotated[Path, typer.Option(help="Folder for the labels; the same folder resumes the run.")],
) -> None:
    """Label where people are in photographs, for the training of the mask of people. It needs MediaPipe;
    docs/training.md says how to install it.
    """
    labels = people_labels.Labels(cache)
    portraits, scenes, kept_out = people_labels.photographs(photos)
    missing = labels.missing([*kept_out, *portraits, *scenes])
    try:
        _show(labels.label(missing), missing, "Labelling")
    except AnimeganError as error:
        raise typer.BadParameter(str(error)) from error


@app.command()
@with_settings(masking.Recipe)
def people(
    photos: Annotated[Path, typer.Option(exists=True, help="The folder that was labelled.")],
    cache: Annotated[Path, typer.Option(exists=True, help="The folder of its labels, by label-people.")],
    out: RunPath,
    start: Annotated[Path | None, typer.Option(exists=True, help="Our own mask to start with.")] = None,
    every: Every = 1_000,
    **settings: Any,
) -> None:
    """Train the mask of people. It can be stopped at any time; the same command resumes it."""
    labels = people_labels.Labels(cache)
    portraits, scenes, kept_out = people_labels.photographs(photos)
    recipe, judged = masking.Recipe(**settings), labels.read(kept_out)
    material = Material.sorted(labels.read(people_labels.weighted(portraits)), labels.read(scenes), recipe.side)
    run = masking.Masking(out, recipe, material)
    _train_and_judge(run, start, every, run.advance, lambda: [masking.validate(run, judged)])
    typer.echo(f"Wrote {run.export(out / 'people.safetensors')}")


@app.command()
def draw_faces(
    photos: Annotated[Path, typer.Option(exists=True, file_okay=False, help="A folder of photos, searched whole.")],
    out: Annotated[Path, typer.Option(help="Folder for photo/, drawn/ and head/; the same folder resumes the run.")],
    other_irises: Annotated[
        bool, typer.Option(help="Give eyes another colour first: blue, green, grey or hazel.")
    ] = False,
) -> None:
    """Draw the largest face of each photo as anime from landmarks: pairs for training, with the mask of each head. It
    needs MediaPipe; docs/training.md says how to install it.
    """
    try:
        to_do = drawn_faces.missing(photos, out)
        drawn = _show(drawn_faces.label(to_do, out, other_irises), to_do, "Drawing faces")
    except AnimeganError as error:
        raise typer.BadParameter(str(error)) from error
    typer.echo(f"Drew {sum(drawn)} faces; in {len(drawn) - sum(drawn)} photos there is none that can be drawn.")


@app.command()
@with_settings(of_faces.Recipe)
def faces(
    pairs: Annotated[list[Path], typer.Option(exists=True, help="A folder of draw-faces; may be given repeatedly.")],
    kept_out: Annotated[Path, typer.Option(exists=True, help="Another one, to validate with.")],
    out: RunPath,
    start: Annotated[
        Path | None, typer.Option(exists=True, help="Our own weights to start with; a smaller network grows.")
    ] = None,
    every: Every = 1_000,
    **settings: Any,
) -> None:
    """Train the network for faces. It can be stopped at any time; the same command resumes it."""
    recipe = of_faces.Recipe(**settings)
    run = of_faces.FaceTraining(out, recipe, of_faces.Pairs(pairs, recipe.side * 3 // 2))
    others = of_faces.Pairs([kept_out], recipe.side)
    _train(run, start, every, run.advance, lambda: of_faces.squares(others, recipe.side))
    typer.echo(f"Wrote {run.export(out / 'faces.safetensors')}")


@app.command()
def quality(
    photos: PhotosPath,
    out: Annotated[Path, typer.Option(help="File for the trees.")],
    most: Annotated[int, typer.Option(help="Use at most this many photographs.")] = 500,
    labels: Annotated[
        Path | None, typer.Option(exists=True, help="Leave out the photographs of this list, such as bad ones.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Fit the trees that tell damaged photos from good ones."""
    _check_target(out, overwrite)
    left_out = {photos / line.partition("\t")[0] for line in labels.read_text().splitlines()} if labels else set()
    paths = [path for group in data.training_photos(photos).values() for path in group if path not in left_out]
    paths = paths[:: max(1, -(-len(paths) // most))]
    measured, damaged = zip(*_show(trees.measure(paths), paths, "Measuring"), strict=True)
    photo = np.repeat(np.arange(len(measured)), [len(each) for each in measured])
    trees.save(trees.fit(np.concatenate(measured), np.concatenate(damaged), photo), out)
    typer.echo(f"Wrote {out}")


@app.command()
def average(
    weights: Annotated[list[Path], typer.Argument(exists=True, help="Our own networks of one shape, from one start.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="File for their mean.")],
    target: Annotated[str, typer.Option(help="What they were taught, as for distill: written into the file.")] = "",
    overwrite: Overwrite = False,
) -> None:
    """Average the weights of networks that were trained on from the same start."""
    _check_target(out, overwrite)
    average_files(weights, out, {"target": target} if target else {})
    typer.echo(f"Wrote {out}")


@app.command()
def prune(
    weights: Annotated[Path, typer.Option(exists=True, help="One of our own trained networks.")],
    out: Annotated[Path, typer.Option(help="File for the smaller network.")],
    keep: Annotated[float, typer.Option(min=0.05, max=1, help="Share of the inner channels to keep.")] = 0.5,
    overwrite: Overwrite = False,
) -> None:
    """Remove the least important inner channels of the residual blocks. Fine-tune the result with distill --start."""
    _check_target(out, overwrite)
    before, after = prune_file(weights, out, keep)
    typer.echo(f"Wrote {out}: {after:,} parameters of {before:,}")


if __name__ == "__main__":
    app()
