"""The command ``train``: a style of one's own."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from animegan.cli import output
from animegan.cli.targets import Overwrite, check_target, made_folders
from animegan.errors import AnimeganError
from animegan.styles.metadata import read_info
from animegan.training.own.order import Hooks, Order, StoppedError
from animegan.training.settings import with_settings

TICKS = 1000
"""Steps of the progress bar."""


@with_settings(Order)
def train(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help="The style file to write (.safetensors).")],
    pairs: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="A folder with photo/ and drawn/, same names.")
    ] = None,
    photos: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="Photos for a teacher to draw, instead of pairs.")
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            help="Who draws them: an ONNX file, our own steps (cel,hayao.onnx), module:function, or "
            "'command {in} {out}'. It is run, so name only what you trust."
        ),
    ] = None,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Progress as JSON lines on standard output.")] = False,
    **settings: Any,
) -> None:
    """Train a style of your own. Stop it with Ctrl-C whenever you like: the same command goes on."""
    if teacher is not None:
        output.require(["onnxruntime"] if ".onnx" in teacher else [], "train")
    check_target(out, overwrite, _is_style)
    from animegan.training.own.teachers import parse

    order = Order(out, pairs, photos, parse(teacher) if teacher else None, **settings)
    order.check()
    with made_folders([out.parent]), _progress(as_json) as hooks:
        _train(order, hooks, as_json)


def _is_style(path: Path) -> bool:
    """Whether a file is a style that this program trained."""
    try:
        return read_info(path) is not None
    except AnimeganError:
        return False


def _train(order: Order, hooks: Hooks, as_json: bool) -> None:
    """Train, and say what came of it."""
    from animegan.training.own.run import train

    try:
        info = train(order, hooks)
    except AnimeganError as error:
        if as_json:
            output.say(json.dumps({"error": type(error).__name__, "message": str(error)}))
        raise
    except StoppedError as error:
        learned = f" What was learned so far is in {order.out}." if order.out.exists() else ""
        output.note(f"\nStopped.{learned} The same command goes on.")
        raise typer.Exit(130) from error
    f = info.figures
    if as_json:
        output.say(json.dumps({"fraction": 1.0, "output": str(order.out), "steps": info.steps, "figures": dict(f)}))
        return
    output.say(
        f"{order.out}: {f['psnr']:.1f} dB to the drawings on {f['kept_out']:.0f} pairs that were kept out (the photos "
        f"{f['photo_psnr']:.1f}, the base {f['base_psnr']:.1f}), {info.steps} steps; {info.licence}"
    )
    output.note(
        f"Sheet: {order.folder / 'sheet.jpg'}. Draw: animegan stylize photo.jpg -o drawn.png --style {order.out}"
    )


@contextmanager
def _progress(as_json: bool) -> Iterator[Hooks]:
    """Hooks that show a progress bar, or print JSON lines, and stop the training after the current step at the first
    Ctrl-C.
    """
    stopped = threading.Event()

    def stop(*_: Any) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)  # the second Ctrl-C ends it at once

    before = signal.signal(signal.SIGINT, stop)
    status, last_shown = "", -1
    is_screen = sys.stderr.isatty() and not as_json
    look: dict[str, Any] = {"label": "Training", "item_show_func": lambda _: status, "show_eta": False}
    bar: Any = typer.progressbar(length=TICKS, file=sys.stderr, hidden=not is_screen, **look)

    def on_progress(fraction: float, text: str) -> None:
        nonlocal status, last_shown
        status = text
        if as_json and int(500 * fraction) != last_shown:
            last_shown = int(500 * fraction)
            output.say(json.dumps({"fraction": round(fraction, 3), "message": text}))
        elif not as_json:
            bar.update(max(0, round(TICKS * fraction) - bar.pos))
            if not is_screen and int(10 * fraction) > last_shown:  # a line for each tenth, for logs
                last_shown = int(10 * fraction)
                output.note(f"{fraction:4.0%}  {text}")

    def on_remark(text: str) -> None:
        if as_json:
            output.say(json.dumps({"remark": text}))
            return
        output.note(f"\r\x1b[2K{text}" if is_screen else text)

    try:
        with bar:
            yield Hooks(on_progress, on_remark, stopped.is_set)
    finally:
        signal.signal(signal.SIGINT, before)
