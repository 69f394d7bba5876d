"""Raw frames through a pipe: ``video - -o - --raw 640x360``."""

from __future__ import annotations

import sys
from typing import Any

from animegan.cli import jobs, output
from animegan.errors import BadOptionError, NotAVideoError


def draw_raw(clips: list[str], out: str, size: str, engine: str, unknown: dict[str, Any], **settings: Any) -> None:
    """Draw the frames of standard input to standard output; ``unknown`` are options that a pipe does not have.

    Raises:
        BadOptionError: the command names files, or options that are not for a pipe.
        NotAVideoError: standard input brings no frames.
        OutputNotWritableError: standard output takes none.
    """
    from animegan.video.pipe import draw_raw_frames, frame_size

    wide_and_high = frame_size(size)
    if [*clips, out] != [jobs.STANDARD, jobs.STANDARD]:
        raise BadOptionError(
            "Raw frames come and go through a pipe: write 'animegan video - -o - --raw {size}'.", size=size
        )
    given = [name for name, value in unknown.items() if value]
    if given:
        raise BadOptionError("Raw frames have no {name}: leave it out.", name=given[0])
    output.check_takes_bytes()
    if sys.stdin is None or sys.stdin.isatty():
        raise NotAVideoError("No frame comes by standard input: send raw frames, as in 'ffmpeg … -f rawvideo -'.")
    from animegan.pipeline.pipeline import Pipeline

    frames = draw_raw_frames(sys.stdin.buffer, output.write, wide_and_high, Pipeline(engine), **settings)
    output.note(f"{frames} frames drawn.")
