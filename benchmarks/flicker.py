"""How much drawn clips flicker: warp error of the drawing and of what it changed, beside that of the clip itself.

    python -m benchmarks.flicker [--style anime --style cel] [--kind handheld] [--frames 12] [--json] [PHOTO ...]
    python -m benchmarks.flicker --clip holiday.mp4 [--seconds 2]

Clips are made from photographs by a pan, a zoom, a camera in the hand, noise, light, and a noisy one in the hand; then
the motion is known exactly. Without photographs it takes two public ones. For a clip that is given, the motion
is DIS optical flow on the clip. Faces are not painted separately, and nothing is repaired.

Columns: warp error (`benchmarks.steadiness.warp_error`) in levels of 255, of the clip, of its drawing frame by
frame, and of the steady drawing; the last two also as multiples of the first; warp error of the change (drawing less
clip), frame by frame and steady; sharpness (mean Sobel magnitude) of the steady drawing over that frame by frame.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import cv2
import numpy as np
import typer

import animegan
from animegan.images.metrics import line_strength
from animegan.images.resize import Picture
from animegan.options import Options
from animegan.video.drawing import Artist, ClipFrame
from animegan.video.motion import Follower
from animegan.video.opening import opened
from animegan.video.steady import Calm
from benchmarks import public_photos
from benchmarks.steadiness import KINDS, Shot, clip_of, warp_error

PHOTOS = ("china", "astronaut")
"""Photographs of `benchmarks.public_photos` from which clips are made."""
SKIPPED = 2
"""Frames at the beginning that do not count: a steady drawing needs a few to settle."""


def main(
    photos: Annotated[list[Path] | None, typer.Argument()] = None,
    style: Annotated[list[str] | None, typer.Option(help="Styles to measure; all built-in ones otherwise.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help=f"Of {', '.join(KINDS)}; all otherwise.")] = None,
    clip: Annotated[Path | None, typer.Option(help="Measure this clip instead.")] = None,
    seconds: Annotated[float, typer.Option(help="How much of the clip.")] = 2.0,
    frames: Annotated[int, typer.Option(help="Frames of each clip made from a photograph.")] = 12,
    engine: str = "cpu",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print a line for each style and kind of clip: means over the photographs."""
    pipeline = animegan.Pipeline(engine)
    scenes = (
        []
        if clip
        else [animegan.load(photo) for photo in photos]
        if photos
        else [public_photos.load(name) for name in PHOTOS]
    )
    names = style or [each.id for each in animegan.list_styles() if each.source.kind == "built in"]
    if not as_json:
        typer.echo("style         clip      source  drawn        steady       change  steady  sharpness")
    for name in names:
        for what in [clip.name] if clip else kind or list(KINDS):
            shots = [list(_shots_of(clip, seconds))] if clip else [list(clip_of(s, what, frames)) for s in scenes]
            measured = [measure(pipeline, name, each) for each in shots]
            means = {key: mean(each[key] for each in measured) for key in measured[0]}
            if as_json:
                typer.echo(json.dumps({"style": name, "clip": what, **{k: round(v, 3) for k, v in means.items()}}))
            else:
                typer.echo(_line(name, what, means))


def measure(pipeline: animegan.Pipeline, style: str, shots: list[Shot]) -> dict[str, float]:
    """Draw a clip frame by frame, and steadily, and measure both."""
    options = Options(style, faces=False, enhance="off")
    source = [shot.picture for shot in shots]
    flows = [shot.flow for shot in shots]
    alone, steady = _drawn(pipeline, options, source, False), _drawn(pipeline, options, source, True)
    return {
        "source": _error(source, flows),
        "drawn": _error(alone, flows),
        "steady": _error(steady, flows),
        "change": _error(_changes(alone, source), flows),
        "steady change": _error(_changes(steady, source), flows),
        "sharpness": mean(map(line_strength, steady[SKIPPED:])) / mean(map(line_strength, alone[SKIPPED:])),
    }


def _drawn(pipeline: animegan.Pipeline, options: Options, pictures: list[Picture], steady: bool) -> list[Picture]:
    artist = Artist(pipeline.models, options, options.style, steady)
    follower, calm = Follower(), Calm()
    drawn = []
    for number, picture in enumerate(pictures):
        motion = follower.follow(picture) if steady else None
        shown = calm.average(picture, motion) if steady else picture
        frame = pipeline.on_worker(
            partial(artist.look, ClipFrame(Fraction(number, 25), Fraction(1, 25), shown, motion))
        )
        drawn.append(artist.finish(frame, pipeline.on_worker(partial(artist.paint, frame))))
    return drawn


def _error(pictures: list[Any], flows: list[Any]) -> float:
    return mean(
        warp_error(pictures[n], pictures[n - 1], flows[n])
        for n in range(SKIPPED, len(pictures))
        if flows[n] is not None
    )


def _changes(drawn: list[Picture], source: list[Picture]) -> list[Any]:
    return [a.astype(np.float32) - b for a, b in zip(drawn, source, strict=True)]


def _shots_of(clip: Path, seconds: float) -> Iterator[Shot]:
    """Yield the frames of a clip at 640 px, with the motion that DIS finds; cuts are left out."""
    dis: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    follower = Follower()
    before: Any = None
    with opened(clip) as source:
        for moment in source.read(end=Fraction(seconds), side=640, even=True):
            grey = cv2.cvtColor(moment.picture, cv2.COLOR_RGB2GRAY)
            goes_on = follower.follow(moment.picture) is not None
            yield Shot(moment.picture, dis.calc(grey, before, None) if goes_on else None)
            before = grey


def _line(style: str, clip: str, m: dict[str, float]) -> str:
    drawn, steady = (f"{m[key]:5.2f} ({m[key] / m['source']:.2f}×)" for key in ("drawn", "steady"))
    change = f"{m['change']:6.2f}  {m['steady change']:6.2f}"
    return f"{style:13} {clip:9} {m['source']:6.2f}  {drawn}  {steady}  {change}  {m['sharpness']:9.3f}"


if __name__ == "__main__":
    typer.run(main)
