"""Reads animated pictures: GIF, WebP and PNG."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from animegan.images.resize import Mask, Picture, like, shrink
from animegan.images.transparency import filled
from animegan.video.clips import Clip, broken, check_size, single_picture
from animegan.video.reading import Moment, Source

SHORTEST = 10
"""Milliseconds: a frame that is shown for this long or less is shown for `INSTEAD`, as browsers do."""
INSTEAD = 100
UNREADABLE = (Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError)
"""What Pillow raises for a broken file."""


class Animation(Source):
    """An animated picture, read by Pillow."""

    time_base = Fraction(1, 1000)
    only_pictures = True

    def __init__(self, path: Path):
        """Open it and add up how long its frames are shown. Errors are those of `animegan.video.opening.probe`."""
        self._name = path.name
        self._is_transparent = False
        try:
            self._image: Any = Image.open(path, formats=("GIF", "WEBP", "PNG"))
        except UNREADABLE as error:
            raise broken(path.name) from error
        try:
            self._measure()
        except UNREADABLE as error:
            self.close()
            raise broken(path.name) from error
        except BaseException:
            self.close()
            raise

    def _measure(self) -> None:
        width, height = self._image.size
        check_size(width, height, self._name)
        count = getattr(self._image, "n_frames", 1)
        if count < 2:
            raise single_picture(self._name)
        shown = list(self._shown())
        seconds, count = sum(shown) / 1000, len(shown)
        kind = self._image.format.lower()
        fps = round(count / seconds, 3)
        plays = self._plays(kind)
        self.clip = Clip(width, height, seconds, count, fps, has_sound=False, container=kind, codec=kind, plays=plays)

    def _plays(self, kind: str) -> int:
        """Return how often it is played: a GIF says how often again, or nothing; the others say how often."""
        told = self._image.info.get("loop", 0 if kind == "gif" else 1)
        if kind != "gif":
            return int(told)
        return int(told) + 1 if told or "loop" not in self._image.info else 0

    def _shown(self) -> Iterator[int]:
        """Go through all frames, and yield how many milliseconds each is shown."""
        # The picture that an APNG shows where it cannot move may stand before its frames.
        for number in range(int(getattr(self._image, "default_image", False)), self._image.n_frames):
            self._image.seek(number)
            if self._image.format == "WEBP":
                self._image.load()  # it learns how long only now
            shown = round(self._image.info.get("duration") or 0)
            self._is_transparent = self._is_transparent or self._has_holes()
            yield shown if shown > SHORTEST else INSTEAD

    @property
    def is_transparent(self) -> bool:
        """See `Source.is_transparent`."""
        return self._is_transparent

    def _has_holes(self) -> bool:
        """Whether something of the present frame is transparent. Most GIFs only say so: they repeat what was there."""
        if not self._image.has_transparency_data:
            return False
        lowest, _ = self._image.convert("RGBA").getextrema()[3]
        return bool(lowest < 255)

    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield Pillow's image at each frame; see `Source.frames`. A file that is cut off gives what it has."""
        time = self.damaged = 0
        try:
            for shown in self._shown():
                yield Moment(Fraction(time, 1000), Fraction(shown, 1000), self._image.convert("RGBA"))
                time += shown
        except UNREADABLE as error:
            self.damaged += 1
            if time == 0:
                raise broken(self._name) from error

    def picture(self, frame: Any, side: int | None) -> Picture:
        """Convert a frame; transparency is laid on white. See `Source.picture`."""
        paper = Image.new("RGB", frame.size, "white")
        paper.paste(frame, mask=frame)
        return shrink(np.array(paper), side or max(frame.size))

    def cut_out(self, frame: Any, side: int | None) -> tuple[Picture, Mask | None]:
        """See `Source.cut_out`."""
        if not self.is_transparent:
            return self.picture(frame, side), None
        pixels = np.array(frame)
        alpha: Mask = np.ascontiguousarray(pixels[:, :, 3])
        picture = shrink(filled(np.ascontiguousarray(pixels[:, :, :3]), alpha), side or max(frame.size))
        return picture, like(alpha, picture)

    def close(self) -> None:
        """Close the file."""
        self._image.close()
