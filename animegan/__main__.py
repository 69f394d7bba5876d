"""The command line: ``python -m animegan``, or ``animegan`` once the package is installed."""

from __future__ import annotations

from typing import Annotated

import typer

import animegan
from animegan.cli import output
from animegan.cli.evaluate import evaluate, evaluate_faces
from animegan.cli.export import export
from animegan.cli.page import page
from animegan.cli.styles import styles
from animegan.cli.stylize import stylize
from animegan.cli.video import video

app = typer.Typer(
    cls=output.Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a frame around the help breaks long words, and takes [auto|on|off] for markup
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (stylize, video, styles, page, export, evaluate, evaluate_faces):
    app.command()(command)


def _version(asked: bool) -> None:
    if asked:
        output.say(f"animegan {animegan.__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A photo becomes anime."""


if __name__ == "__main__":
    app(prog_name="animegan")
