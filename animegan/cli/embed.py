"""The command ``embed``: a page that draws in the reader's browser, as a folder for any static host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from animegan.cli import output
from animegan.styles.lookup import find_style


def embed(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder to write: new, empty, or one of before.")],
    style: Annotated[
        list[str] | None,
        typer.Option(
            "--style",
            help="A built-in style, or a file; repeat it for several. The first is the default. [all built-in]",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Add small, fast networks for the camera, if there are any.")
    ] = False,
    webgpu: Annotated[
        bool, typer.Option("--webgpu", help="Add the engine for graphics cards: 7 MB, loaded only where there is one.")
    ] = False,
    runtime: Annotated[
        Path | None,
        typer.Option("--runtime", metavar="FILE", help="The npm package of onnxruntime-web, if npm cannot fetch it."),
    ] = None,
    heic: Annotated[
        Path | None,
        typer.Option("--heic", metavar="FILE", help="The npm package of libheif-js, if npm cannot fetch it."),
    ] = None,
    clips: Annotated[
        Path | None,
        typer.Option("--clips", metavar="FILE", help="The npm package of mediabunny, if npm cannot fetch it."),
    ] = None,
) -> None:
    """Write a page that draws photos in the reader's own browser, with no server: a folder for any static host."""
    for name in style or ():
        find_style(name)
    output.require(["onnx", "onnxscript", "onnxruntime"], "export")
    from animegan.embed.folder import write

    done = write(
        out,
        style or (),
        live=live,
        webgpu=webgpu,
        package=runtime,
        heic=heic,
        clips=clips,
        say=lambda what: output.note(f"writing {what}"),
    )
    output.say(
        f"{done.path}: {len(done.styles)} styles, {done.files} files, {done.bytes / 1e6:.1f} MB; a first visit fetches "
        f"{done.first_visit / 1e6:.1f} MB; at most {done.difference:.1e} from PyTorch (values in [-1, 1])"
    )
    if not done.reads_heic:
        output.note("HEIC photos are drawn only where the browser reads them: npm could not fetch libheif-js (--heic)")
    if not done.draws_clips:
        output.note("The page draws no clips: npm could not fetch mediabunny (--clips)")
    output.note(f"Look at it: python -m http.server -d {done.path}")
