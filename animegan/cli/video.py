"""The command ``video``: draw clips."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import output
from animegan.cli.clips import ClipPlan, plan
from animegan.cli.raw import draw_raw
from animegan.cli.settings import AsJson, Engine, check_engine, option, with_settings
from animegan.cli.targets import Overwrite, made_folders
from animegan.errors import AnimeganError, MissingExtraError, WeightsUnavailableError, shown
from animegan.options import ENGINE, SETTINGS
from animegan.storage import why
from animegan.styles.lookup import find_style
from animegan.video.request import CLIP_SETTINGS, FACES, SIDE, SOUND
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.progress import OnProgress

Raw = Annotated[
    str | None,
    typer.Option("--raw", metavar="WIDTHxHEIGHT", help="With - -o -: raw frames (rgb24) through a pipe, one by one."),
]


def _video(
    clips: Annotated[
        list[str], typer.Argument(metavar="IN", help="Videos, animated GIF, WebP or PNG files, or folders of clips.")
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="A file for one clip (.mp4, .mov, .mkv, .webm, .gif, .webp, .png), or a folder.",
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
    sound: Annotated[str, option(SOUND)] = SOUND.default,
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Go on where a run was stopped; no: begin anew, keep nothing.")
    ] = True,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave out clips whose drawing is there already.")
    ] = False,
    raw: Raw = None,
    engine: Engine = ENGINE.default,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    **settings: Any,
) -> None:
    """Draw clips as anime, with their sound."""
    check_engine(engine)
    if raw is not None:
        unknown = {"--start": start, "--end": end, "--fps": fps, "--side": side != SIDE.default, "--json": as_json}
        unknown |= {"--sound": sound != SOUND.default, "--skip-existing": skip_existing}
        draw_raw(clips, out, raw, engine, unknown, faces=faces, steady=steady, live=live, **settings)
        return
    output.require(["av"], "video")
    todo = plan(clips, out, find_style(settings["style"]).slug, skip_existing, overwrite)
    for problem in todo.problems:
        output.complain(problem)
    settings |= {"start": start, "end": end, "side": side, "fps": fps, "faces": faces, "steady": steady, "live": live}
    settings |= {"sound": sound, "resume": resume}
    _report(todo, _draw_all(todo.jobs, engine, as_json, settings))


def _report(todo: ClipPlan, drawn: int) -> None:
    """Say what was not drawn, and why; exit code 2 if something could not be."""
    if todo.no_clips:
        output.note(f"{todo.no_clips} files were left out: they are no clips, or drawings of this program.")
    if todo.skipped:
        output.note(f"{todo.skipped} of {len(todo.jobs) + todo.skipped} drawings were there already.")
    count = len(todo.jobs) + len(todo.problems)
    if drawn < count:
        if count > 1:
            output.note(f"{count - drawn} of {count} clips could not be drawn.")
        raise typer.Exit(2)


def _draw_all(jobs: list[tuple[Path, Path]], engine: str, as_json: bool, settings: dict[str, Any]) -> int:
    """Draw clips into files; how many could be."""
    if not jobs:
        return 0
    from animegan.networks.engine import choose_engine
    from animegan.pipeline.pipeline import Pipeline

    drawn, alike = 0, Counter(clip.name for clip, _ in jobs)
    with made_folders(target.parent for _, target in jobs):
        choose_engine(engine)
        pipeline = Pipeline(engine)
        for clip, target in jobs:
            error = _draw(pipeline, clip, target, as_json, settings)
            drawn += error is None
            if isinstance(error, AnimeganError) and len(jobs) > 1:
                output.complain(output.about(clip, error, alike))
            elif error is not None:
                output.complain(error)
            if isinstance(error, (MissingExtraError, WeightsUnavailableError)):  # the next clip would meet it, too
                break
    return drawn


def _draw(
    pipeline: Pipeline, clip: Path, target: Path, as_json: bool, settings: dict[str, Any]
) -> AnimeganError | str | None:
    """Draw a clip, and report it; what went wrong, if something did."""
    from animegan.video import stylize_video
    from animegan.video.pieces import forget, frames_kept

    try:
        if not settings["resume"]:
            forget(target)
        with _progress() as on_progress:
            result = stylize_video(clip, target, on_progress=on_progress, pipeline=pipeline, **settings)
    except BaseException as error:
        if frames := frames_kept(target):
            output.note(f"{frames} frames of {target.name} are kept: the same command goes on from there.")
        if isinstance(error, AnimeganError):
            return error
        if not isinstance(error, Exception):
            raise
        return f"'{shown(clip)}' could not be drawn ({type(error).__name__}: {why(error)})."
    if as_json:
        output.say(json.dumps({"input": str(clip), "output": str(target), **result.to_dict()}))
    else:
        heard = f", sound {result.sound}" if result.sound else ""
        resumed = f" ({result.resumed} of them before)" if result.resumed else ""
        output.note(f"{target}: {result.frames} frames{resumed}, {result.fps:.1f} a second{heard}")
    if result.note:
        output.note(result.note)
    return None


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
