"""Opens clips, to read or to measure them."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from animegan.errors import VideoNotFoundError, shown
from animegan.video.clips import Clip, check_pyav, checked_time

if TYPE_CHECKING:
    from animegan.images.resize import Picture
    from animegan.video.reading import Source


def probe(path: str | os.PathLike[str]) -> Clip:
    """Measure a clip: a video, or an animated GIF, WebP or PNG. It decodes the first frame only.

    Raises:
        VideoNotFoundError: there is no such file.
        NotAVideoError: it is no video, or broken; or it has no frames.
        VideoTooSmallError, VideoTooLargeError: its frames have too few or too many pixels.
        MissingExtraError: PyAV is not installed.
    """
    with opened(path) as source:
        return source.clip


def preview(path: str | os.PathLike[str], at: float = 0.0) -> Picture:
    """Return the frame that a clip shows ``at`` seconds from its beginning: ``(H, W, 3) uint8`` sRGB, upright, at its
    own size. After the end it is the last frame.

    Raises:
        BadOptionError: ``at`` is no number from 0.
        AnimeganError: the clip cannot be read; see `probe`.
    """
    moment = checked_time(at, "The time of a preview") or Fraction(0)
    with opened(path) as source:
        picture: Picture = source.at(moment).picture
        return picture


def opened(path: str | os.PathLike[str]) -> Source:
    """Open a clip to read it; close it, or use it in a ``with`` block. Errors are those of `probe`."""
    if not isinstance(path, (str, os.PathLike)):
        raise VideoNotFoundError("A clip is the path of a file, not {name}: pass a path.", name=type(path).__name__)
    if str(path).lower().startswith(("http://", "https://")):
        raise VideoNotFoundError(
            "'{path}' is an address: download the clip first, and name the file.", path=shown(path)
        )
    path = Path(path)
    if not os.path.isfile(path):  # unlike pathlib, it does not raise on invalid names
        raise VideoNotFoundError("There is no clip at '{path}': check the path.", path=shown(path))
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise VideoNotFoundError(
            "'{path}' cannot be read ({why}): check its permissions.", path=shown(path), why=error.strerror
        ) from error
    if head[:4] == b"GIF8" or head[:8] == b"\x89PNG\r\n\x1a\n" or (head[:4], head[8:12]) == (b"RIFF", b"WEBP"):
        from animegan.video.animations import Animation

        return Animation(path)
    check_pyav()
    from animegan.video.film import Film

    return Film(path)
