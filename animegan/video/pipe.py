"""Draws raw frames one by one, as programs such as FFmpeg and OBS send them through a pipe."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

from animegan.errors import BadOptionError, NotAVideoError, shown
from animegan.images.files import MAX_MEGAPIXELS, MIN_SIDE
from animegan.options import Options
from animegan.video.request import MOST_SIDE, frame_options

if TYPE_CHECKING:
    from animegan.pipeline.pipeline import Pipeline

USUAL_RATE = 25
"""Frames a second: nobody says how quickly they follow each other. Faces are looked for so many times a second."""


def frame_size(text: str) -> tuple[int, int]:
    """Width and height out of 640x360.

    Raises:
        BadOptionError: it is no such text, or no frame can have that size.
    """
    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text.strip().lower())
    width, height = map(int, match.groups()) if match else (0, 0)
    if min(width, height) < MIN_SIDE or max(width, height) > MOST_SIDE or width * height > MAX_MEGAPIXELS * 1e6:
        raise BadOptionError(
            "The size of raw frames is WIDTHxHEIGHT, such as 640x360, and {low} to {high} pixels a side, not '{size}'.",
            low=MIN_SIDE,
            high=MOST_SIDE,
            size=shown(text),
        )
    return width, height


def draw_raw_frames(
    source: BinaryIO,
    write: Callable[[bytes], None],
    size: tuple[int, int],
    pipeline: Pipeline,
    *,
    style: str,
    faces: str = "auto",
    steady: bool = True,
    live: bool = False,
    **settings: Any,
) -> int:
    """Draw frames until ``source`` ends; return how many.

    Args:
        source: raw frames, ``rgb24``: three bytes a pixel, row by row, and nothing between two frames.
        write: takes each drawing as soon as it is made, in the same form, ``scale`` times as large.
        size: width and height of a frame.
        style, faces, steady, live, settings: as in `animegan.video.stylize_video`. The first frame says how all of
            them are repaired.

    Raises:
        NotAVideoError: the source is empty, or ends in the middle of a frame.
        BadOptionError, UnknownStyleError, WeightsUnavailableError: as in `stylize_video`.
    """
    options, painter = frame_options(style, faces, live, settings)
    draw = _drawer(pipeline, options, painter, size, steady)
    number, length = 0, size[0] * size[1] * 3
    while data := source.read(length):
        if len(data) < length:
            raise NotAVideoError(
                "The stream ends in the middle of frame {number}: check that its frames are {width}x{height} in rgb24.",
                number=number + 1,
                width=size[0],
                height=size[1],
            )
        write(pipeline.on_worker(partial(draw, number, data)))
        number += 1
    if number == 0:
        raise NotAVideoError("No frame comes by standard input: send raw frames, as in 'ffmpeg … -f rawvideo -'.")
    return number


def _drawer(
    pipeline: Pipeline, options: Options, painter: str, size: tuple[int, int], steady: bool
) -> Callable[[int, bytes], bytes]:
    """A function that draws frame after frame, each by its number and its bytes."""
    import numpy as np

    from animegan.pipeline.progress import Clock
    from animegan.video.drawing import Artist, ClipFrame
    from animegan.video.motion import Follower
    from animegan.video.steady import Calm

    painters = {painter, options.face_painter} if options.faces else {painter}
    pipeline.models.fetch(painters, options.restorer, Clock(None))
    artist = Artist(pipeline.models, options, painter, steady)
    follower = Follower() if steady or options.faces else None
    calm = Calm() if steady else None

    def draw(number: int, data: bytes) -> bytes:
        picture = np.frombuffer(data, np.uint8).reshape(size[1], size[0], 3)
        if number == 0:
            artist.prepare([picture])
        motion = follower.follow(picture) if follower is not None else None
        if calm is not None:
            picture = calm.average(picture, motion)
        time, seconds = Fraction(number, USUAL_RATE), Fraction(1, USUAL_RATE)
        frame = artist.look(ClipFrame(time, seconds, picture, motion))
        return artist.finish(frame, artist.paint(frame)).tobytes()

    return draw
