"""What is asked of a clip, checked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from animegan.errors import BadOptionError, VideoTooLargeError, VideoTooLongError
from animegan.images.files import MAX_MEGAPIXELS
from animegan.images.sizes import PAINT_SIDE
from animegan.options import SETTINGS, Options, Setting, options_from
from animegan.styles.lookup import live_style
from animegan.video.clips import Clip, checked_time
from animegan.video.kinds import Kind, kind_of

SIDE_HELP = "Long side of the drawing in pixels, at most, before the scale enlarges it; 0: the clip's own."
SIDE = Setting("side", PAINT_SIDE, SIDE_HELP, "The side", low=64, high=8192)
FACES_HELP = "Paint each face on its own: auto (but not with a live network), on or off."
FACES = Setting("faces", "auto", FACES_HELP, "The faces setting", choices=("auto", "on", "off"))
SOUND_HELP = "Sound that few players play in such a file, as Opus in MP4: auto encodes it anew, copy keeps it."
SOUND = Setting("sound", "auto", SOUND_HELP, "The sound", choices=("auto", "copy"))
NOT_FOR_CLIPS = ("style", "faces", "crop", "background", "cut_out", "sticker")
"""Settings of a photo that a clip does not have, or has in another form."""
CLIP_SETTINGS = {name: setting for name, setting in SETTINGS.items() if name not in NOT_FOR_CLIPS}
"""Settings of a photo that also hold for the frames of a clip."""
MOST_SIDE = 16_383
"""Pixels: the longest side of a frame that every kind of file holds."""
LATE = 0.05
"""Seconds that a part may be longer than its limit: the last frame of a clip ends a little later."""


@dataclass(frozen=True)
class Request:
    """What was asked for, checked."""

    path: Path
    out: Path
    kind: Kind
    options: Options
    painter: str
    """Id of the style whose network paints the scene."""
    side: int
    start: Fraction
    end: Fraction | None
    fps: float | None
    steady: bool
    sound: str
    """A choice of `SOUND`."""
    resume: bool
    """Keep pieces, and go on from those of an earlier run."""
    max_seconds: float | None
    max_frames: int | None

    def check_limits(self, seconds: float | Fraction, frames: float) -> None:
        """Raise VideoTooLongError for a part that is longer than allowed."""
        if self.max_seconds is not None and seconds > self.max_seconds + LATE:
            raise VideoTooLongError(
                "That part of the clip is longer than {max_seconds:g} s: choose a shorter one by its start and end.",
                max_seconds=self.max_seconds,
            )
        if self.max_frames is not None and frames > self.max_frames:
            raise VideoTooLongError(
                "That part of the clip has more than {max_frames} frames: "
                "choose a shorter one, or fewer frames a second.",
                max_frames=self.max_frames,
            )


def request_for(path: Any, out: Any, options: tuple[Options, str], **chosen: Any) -> Request:
    """Return the request for a clip; ``options`` are what `frame_options` returned, ``chosen`` the other fields.

    Raises:
        AnimeganError: one of the values is wrong.
    """
    checked = {
        "side": SIDE.check(chosen["side"]),
        "start": checked_time(chosen["start"], "The start") or Fraction(0),
        "end": checked_time(chosen["end"], "The end"),
        "fps": checked_fps(chosen["fps"]),
        "sound": SOUND.check(chosen["sound"]),
    }
    path, out = Path(path) if isinstance(path, (str, os.PathLike)) else path, Path(out)
    chosen |= {**checked, "kind": kind_of(out), "options": options[0], "painter": options[1]}
    return Request(path=path, out=out, **chosen)


def frame_options(style: str, faces: str | bool, live: bool, settings: dict[str, Any]) -> tuple[Options, str]:
    """Return the options of the frames, and the id of the style that paints the scene."""
    unknown = sorted(settings.keys() - CLIP_SETTINGS.keys())
    if unknown:
        raise BadOptionError(
            "A clip has no setting '{unknown}': choose from {choices}.",
            unknown=unknown[0],
            choices=", ".join(CLIP_SETTINGS),
        )
    chosen = FACES.check({True: "on", False: "off"}.get(faces, faces) if isinstance(faces, bool) else faces)
    options = options_from(style, {**settings, "faces": chosen == "on" or (chosen == "auto" and not live)})
    if options.restorer == "auto":
        options = options.replaced(restorer="light")  # a better restorer takes seconds a frame
    return options, live_style(options.style).id if live else options.style


def checked_fps(fps: Any) -> float | None:
    is_number = isinstance(fps, (int, float)) and not isinstance(fps, bool)
    if fps is not None and not (is_number and 0.1 <= fps <= 1000):
        raise BadOptionError("The frames a second are a number from 0.1 to 1000, not {fps!r}.", fps=fps)
    return fps


def check_part(clip: Clip, request: Request) -> int:
    """Check that the chosen part is in the clip and within its limits; return the number of frames to expect."""
    start, end = float(request.start), clip.seconds if request.end is None else float(request.end)
    if request.end is not None and end <= start:
        raise BadOptionError(
            "The end ({end:g} s) is not after the start ({start:g} s): choose a later one.", end=end, start=start
        )
    if start and start >= clip.seconds:
        raise BadOptionError(
            "The start ({start:g} s) is after the clip's end ({seconds:g} s): choose an earlier one.",
            start=start,
            seconds=clip.seconds,
        )
    seconds = max(0.0, min(end, clip.seconds) - start)
    rate = min([clip.fps, *(r for r in (request.fps, request.kind.most_fps) if r)])
    frames = max(1, round(seconds * rate)) if clip.seconds else clip.count
    request.check_limits(seconds, (frames - 1) / 1.02)  # an estimate
    return frames


def check_drawn(clip: Clip, side: int, scale: int) -> None:
    """Raise VideoTooLargeError if drawings with a long side of ``side`` pixels (0: the clip's own), ``scale`` times as
    large, would have more than `MAX_MEGAPIXELS`, or a longer side than `MOST_SIDE`.
    """
    longest = max(clip.width, clip.height)
    ratio = scale * min(1.0, (side or longest) / longest)
    width, height = round(ratio * clip.width), round(ratio * clip.height)
    if scale > 1 and (width * height > 1e6 * MAX_MEGAPIXELS or ratio * longest > MOST_SIDE):
        raise VideoTooLargeError(
            "At {scale} times its size a frame would have {width}×{height} pixels, more than a clip can hold: "
            "ask for a smaller scale or side.",
            scale=scale,
            width=width,
            height=height,
        )
