"""What a clip is, and what is wrong with one that cannot be read."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from animegan.errors import BadOptionError, NotAVideoError, VideoTooLargeError, VideoTooSmallError, missing_extra, shown
from animegan.images.files import MAX_MEGAPIXELS, MIN_SIDE

READABLE = "MP4, MOV, WebM, MKV, AVI, GIF or animated WebP"


@dataclass(frozen=True)
class Clip:
    """What `probe` found out about a clip."""

    width: int
    """Pixels, as shown: turned upright, with square pixels."""
    height: int
    seconds: float
    """How long it plays."""
    frames: int | None
    """Number of frames; None: the file does not tell."""
    fps: float
    """Frames a second on average."""
    has_sound: bool
    container: str
    """Name of the file's format, such as ``mp4``, ``matroska`` or ``gif``."""
    codec: str
    """Name of the codec of the pictures, such as ``h264``."""
    sound_codec: str | None = None
    """Name of the codec of the sound, such as ``aac``; None: there is no sound."""
    plays: int | None = None
    """How often an animation is played; 0: again and again; None: it is a video."""

    @property
    def count(self) -> int:
        """Number of frames, estimated from the length where the file does not tell."""
        return self.frames or max(1, round(self.seconds * self.fps))

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        return asdict(self)


def checked_time(seconds: Any, label: str) -> Fraction | None:
    """Check a number of seconds from 0, and return it as a fraction; None stays None."""
    if seconds is None:
        return None
    with suppress(TypeError, ValueError, OverflowError):
        if not isinstance(seconds, (bool, str)) and math.isfinite(seconds) and seconds >= 0:
            return Fraction(seconds).limit_denominator(1_000_000)
    raise BadOptionError("{label} is a number of seconds from 0, not {seconds!r}.", label=label, seconds=seconds)


def broken(name: str, why: str = "") -> NotAVideoError:
    """The error of a clip of which nothing can be shown."""
    reason = f" ({why})" if why else ""
    return NotAVideoError(
        "'{name}' is broken or cut off{reason}: choose another file.", name=shown(name), reason=reason
    )


def single_picture(name: str) -> NotAVideoError:
    """The error of a photo."""
    return NotAVideoError(
        "'{name}' is a single picture: draw it as a photo, or choose an {readable} file.",
        name=shown(name),
        readable=READABLE,
    )


def check_pyav() -> None:
    """Raise MissingExtraError if PyAV is not installed."""
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise missing_extra("PyAV", "video") from error


def check_size(width: int, height: int, name: str) -> None:
    """Raise VideoTooSmallError or VideoTooLargeError for frames of another size than allowed, in pixels."""
    if min(width, height) < MIN_SIDE:
        raise VideoTooSmallError(
            "'{name}' has {width}×{height} pixels: choose one with at least {min_side} pixels on each side.",
            name=shown(name),
            width=width,
            height=height,
            min_side=MIN_SIDE,
        )
    if width * height > MAX_MEGAPIXELS * 1e6:
        raise VideoTooLargeError(
            "'{name}' has frames of {width}×{height} pixels: choose one of at most {max_megapixels:g} "
            "megapixels a frame, or make it smaller first.",
            name=shown(name),
            width=width,
            height=height,
            max_megapixels=MAX_MEGAPIXELS,
        )
