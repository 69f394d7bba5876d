"""The command line: ``python -m animegan``, or ``animegan`` once the package is installed."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

import animegan
from animegan.cli import output
from animegan.cli.batch import batch
from animegan.cli.embed import embed
from animegan.cli.evaluate import evaluate, evaluate_faces
from animegan.cli.export import export
from animegan.cli.page import page as page_command
from animegan.cli.style import app as style
from animegan.cli.styles import styles
from animegan.cli.stylize import stylize
from animegan.cli.train import train
from animegan.cli.video import video
from animegan.cli.watch import watch

app = typer.Typer(
    cls=output.Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a frame around the help breaks long words, and takes [auto|on|off] for markup
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("page")(page_command)
for command in (stylize, video, watch, batch, styles, embed, export, evaluate, evaluate_faces, train):
    app.command()(command)
app.add_typer(style, name="style")


def _version(asked: bool) -> None:
    if asked:
        output.say(f"animegan {animegan.__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A photo becomes anime."""
    if context.invoked_subcommand != "page":  # it has a policy of its own
        # Read when torch is loaded: threads that wait spin for a moment only, or other work on the machine slows them
        # down many times.
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def page() -> None:
    """Start the page with the options of this process, like the command ``animegan page``."""
    app(["page", *sys.argv[1:]], prog_name="animegan")


if __name__ == "__main__":
    app(prog_name="animegan")
