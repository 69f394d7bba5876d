"""The command ``export``: a network for other programs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from animegan.cli import output
from animegan.cli.settings import option
from animegan.cli.targets import check_target
from animegan.options import SETTINGS, Setting
from animegan.styles.lookup import find_style
from animegan.styles.table import ENLARGER

FORMAT = Setting(
    "format",
    "onnx",
    "Kind of the file.",
    "The format",
    choices=("onnx", "torchscript", "safetensors"),
)
SCALE = replace(SETTINGS["scale"], help="2 or 4: with the enlarger behind it, so many times as large as the photo.")


def export(
    style: Annotated[
        str,
        typer.Argument(metavar="STYLE", help=f"A built-in style, a .safetensors file of ours, or {ENLARGER}."),
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    format: Annotated[str, option(FORMAT)] = FORMAT.default,
    int8: Annotated[
        bool,
        typer.Option("--int8", help="ONNX with 8-bit convolutions: a third of the file, faster, a little coarser."),
    ] = False,
    scale: Annotated[int, option(SCALE)] = SCALE.default,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a network for other programs. It is run and compared with the original before it is kept."""
    if style != ENLARGER:
        find_style(style)
    if FORMAT.check(format) == "onnx":
        output.require(["onnx", "onnxscript", "onnxruntime"], "export")
    check_target(out, overwrite, lambda _: False)
    from animegan.networks.export import export as write

    done = write(style, out, format, int8, scale)
    if done.psnr is not None:
        output.say(f"{done.path}: {done.format}, int8, at least {done.psnr:.1f} dB to PyTorch in fp32 on a photograph")
        return
    output.say(f"{done.path}: {done.format}, at most {done.difference:.1e} from PyTorch (values in [-1, 1])")
