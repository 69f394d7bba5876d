"""The command ``video``: draw a clip."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import output
from animegan.cli.settings import AsJson, Engine, check_engine, option, with_settings
from animegan.cli.targets import Overwrite, check_target, made_folders
from animegan.options import ENGINE, SETTINGS
from animegan.styles.lookup import find_style
from animegan.video.request import CLIP_SETTINGS, FACES, SIDE
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.pipeline.progress import OnProgress


def _video(
    clip: Annotated[Path, typer.Argument(metavar="IN", help="A video, or an animated GIF, WebP or PNG.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", metavar="OUT", help="A file (.mp4, .mov, .mkv, .webm, .gif, .webp), or a folder that exists."
        ),
    ],
    start: Annotated[float | None, typer.Option(help="Where to begin, in seconds of the clip.")] = None,
    end: Annotated[float | None, typer.Option(help="Where to end, in seconds of the clip.")] = None,
    side: Annotated[int, option(SIDE)] = SIDE.default,
    fps: Annotated[float | None, typer.Option(help="At most so many frames a second; all of them otherwise.")] = None,
    faces: Annotated[str, option(FACES)] = FACES.default,
    steady: Annotated[
        bool, typer.Option("--steady/--no-steady", help="Blend each frame with the one before, along its motion.")
    ] = True,
    live: Annotated[
        bool, typer.Option("--live", help="Draw with the style's small fast network, if it has one.")
    ] = False,
    engine: Engine = ENGINE.default,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    **settings: Any,
) -> None:
    """Draw a clip as anime, with its sound."""
    from animegan.video import stylize_video

    check_engine(engine)
    output.require(["av"], "video")
    from animegan.video.mark import is_ours

    target = out / f"{clip.stem}-{find_style(settings['style']).slug}.mp4" if os.path.isdir(out) else out
    check_target(target, overwrite, is_ours)
    with made_folders([target.parent]), _progress() as on_progress:
        from animegan.networks.engine import choose_engine
        from animegan.pipeline.pipeline import Pipeline

        choose_engine(engine)
        result = stylize_video(
            clip,
            target,
            start=start,
            end=end,
            side=side,
            fps=fps,
            faces=faces,
            steady=steady,
            live=live,
            on_progress=on_progress,
            pipeline=Pipeline(engine),
            **settings,
        )
    if as_json:
        output.say(json.dumps({"input": str(clip), "output": str(target), **result.to_dict()}))
    else:
        sound = f", sound {result.sound}" if result.sound else ""
        output.note(f"{target}: {result.frames} frames, {result.fps:.1f} a second{sound}")


video = with_settings(_video, {"style": SETTINGS["style"], **CLIP_SETTINGS})
video.__name__ = "video"


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """Show a progress bar on standard error: frames a second, and the time left."""
    began: list[float] = []

    hidden = sys.stderr is None or not sys.stderr.isatty()
    bar: Any = typer.progressbar(
        length=1000,
        label="Drawing",
        hidden=hidden,
        show_eta=False,
        item_show_func=lambda text: str(text or ""),
        file=sys.stderr,
    )

    def on_progress(fraction: float, message: Message) -> None:
        bar.current_item = str(message)
        if message.code == "paint-frame":
            began.append(time.monotonic())
            bar.current_item += pace(began, message.parameters["count"])
        bar.update(round(1000 * fraction) - bar.pos)
        bar.render_progress()

    with bar:
        yield on_progress


RECENT = 50
"""Frames over which the speed is measured."""


def pace(times: list[float], count: int) -> str:
    """Return the speed of the recent frames, and how long the others take at it; ``times`` are the finished ones'."""
    recent = times[-RECENT:]
    if len(recent) < 3 or recent[-1] <= recent[0]:
        return ""
    rate = (len(recent) - 1) / (recent[-1] - recent[0])
    minutes, seconds = divmod(max(0, round((count - len(times)) / rate)), 60)
    return f", {rate:.1f} a second, {f'{minutes} min ' if minutes else ''}{seconds} s left"
