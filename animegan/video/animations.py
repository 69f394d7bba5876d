"""Reads animated pictures: GIF, WebP and PNG."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from animegan.images.resize import Picture, shrink
from animegan.video.clips import Clip, broken, check_size, single_picture
from animegan.video.reading import Moment, Source

SHORTEST = 10
"""Milliseconds: a frame that is shown for this long or less is shown for `INSTEAD`, as browsers do."""
INSTEAD = 100


def is_animation(head: bytes) -> bool:
    """Whether a file that begins with these 16 bytes is a GIF, a WebP or a PNG."""
    return head[:4] == b"GIF8" or head[:8] == b"\x89PNG\r\n\x1a\n" or (head[:4], head[8:12]) == (b"RIFF", b"WEBP")


class Animation(Source):
    """An animated picture, read by Pillow."""

    time_base = Fraction(1, 1000)

    def __init__(self, path: Path):
        """Open it and add up how long its frames are shown.

        Raises:
            AnimeganError: it cannot be read; see `animegan.video.opening.probe`.
        """
        from PIL import Image, UnidentifiedImageError

        self._path = path
        try:
            self._image = Image.open(path, formats=("GIF", "WEBP", "PNG"))
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
            raise broken(path.name) from error
        try:
            check_size(*self._image.size, path.name)
            count = getattr(self._image, "n_frames", 1)
            if count < 2:
                raise single_picture(path.name)
            milliseconds = sum(self._shown())
            self._image.seek(0)
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            self._image.close()
            raise broken(path.name) from error
        except BaseException:
            self._image.close()
            raise
        width, height = self._image.size
        name = (self._image.format or "").lower()
        self.clip = Clip(
            width,
            height,
            seconds=milliseconds / 1000,
            frames=count,
            fps=round(1000 * count / milliseconds, 3),
            has_sound=False,
            container=name,
            codec=name,
        )

    def _shown(self) -> Iterator[int]:
        """Go through all frames, and yield how many milliseconds each is shown."""
        for number in range(self._image.n_frames):  # type: ignore[attr-defined]  # of animations
            self._image.seek(number)
            if self._image.format == "WEBP":
                self._image.load()  # it learns how long only now
            shown = round(self._image.info.get("duration") or 0)
            yield shown if shown > SHORTEST else INSTEAD

    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield Pillow's image at each frame; see `Source.frames`."""
        time = 0
        durations = self._shown()
        while True:
            try:
                shown = next(durations, None)
                if shown is None:
                    return
                frame = self._image.convert("RGBA")
            except (OSError, ValueError, SyntaxError, EOFError) as error:
                self.damaged += 1
                if time == 0:
                    raise broken(self._path.name) from error
                return  # cut off: what came before it counts
            yield Moment(Fraction(time, 1000), Fraction(shown, 1000), frame)
            time += shown

    def picture(self, frame: Any, side: int | None, even: bool) -> Picture:
        """Convert a frame; transparency is laid on white. See `Source.picture`."""
        from PIL import Image

        paper = Image.new("RGB", frame.size, "white")
        paper.paste(frame, mask=frame)
        picture = np.array(paper)
        if side is not None:
            picture = shrink(picture, side)
        if even:
            height, width = (max(2, length // 2 * 2) for length in picture.shape[:2])
            picture = np.ascontiguousarray(picture[:height, :width])
        return picture

    def close(self) -> None:
        """Close the file."""
        self._image.close()
