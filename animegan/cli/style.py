"""The command ``style``: what a style file says about itself, and its way to the Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from animegan.cli import output
from animegan.cli.settings import AsJson
from animegan.cli.targets import Overwrite, check_target
from animegan.errors import BadOptionError, NotAModelError, UnknownStyleError, shown
from animegan.images.files import save
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.metadata import read_info

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at a style file, or put it on the Hub.")


@app.command()
def show(
    style: Annotated[str, typer.Argument(metavar="FILE", help="A style file, or hub:owner/repo.")],
    preview: Annotated[
        Path | None, typer.Option(help="Write its small picture, photo beside drawing, to this file.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Print what a style file says about itself."""
    if preview is not None:
        check_target(preview, overwrite)
    info = read_info(weights.locate(find_style(style)))
    if info is None:
        raise NotAModelError("'{style}' is no style file: name one that 'animegan train' wrote.", style=shown(style))
    if preview is not None:
        if not info.preview:
            raise BadOptionError("'{style}' holds no preview: leave --preview out.", style=shown(style))
        save(info.preview, preview)
    values = {
        "name": info.name,
        "caption": info.caption,
        "author": info.author,
        "base": info.base,
        "base hash": info.base_sha256[:12],
        "face network from": info.faces_base,
        "adapters of rank": info.adapter_rank,
        "size": info.size,
        "learned from": info.learned_from,
        "pairs": info.pairs,
        "steps": info.steps,
        "licence": info.licence,
    }
    if as_json:
        output.say(json.dumps({**values, "figures": dict(info.figures), "recipe": dict(info.recipe)}))
        return
    for name, value in values.items():
        if value:
            output.say(f"{name:18}{value}")
    for name, figure in info.figures.items():
        output.say(f"{name.replace('_', ' '):18}{figure:g}")


@app.command()
def push(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A style file.")],
    repo: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="The repository on the Hub.")],
    public: Annotated[bool, typer.Option("--public", help="Let everybody see it; without this it is private.")] = False,
) -> None:
    """Put a style on the Hugging Face Hub: weights, model card and a sheet of drawings of our example photos."""
    if not file.is_file():
        raise UnknownStyleError("There is no file '{file}': check the path.", file=shown(file))
    from animegan.publish import push as upload

    address = upload(file, repo, public)
    output.say(f"{address}: draw with --style hub:{repo}")
