"""Reads a clip frame by frame, each with its own time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from animegan.images.resize import Mask, Picture
from animegan.video.clips import Clip


@dataclass(frozen=True)
class Moment:
    """One frame of a clip."""

    time: Fraction
    """Seconds from the clip's beginning."""
    seconds: Fraction
    """How long it is shown; 0: unknown."""
    picture: Any
    """``(H, W, 3) uint8`` sRGB; while it is still encoded, the decoder's frame."""
    alpha: Mask | None = None
    """``(H, W) uint8``; None: it is opaque, or nobody asked."""


class Source(ABC):
    """An open clip. `read` may be called again to read from the beginning."""

    clip: Clip
    time_base: Fraction
    """Seconds: all its times are close to multiples of this."""
    only_pictures: bool = False
    """Whether such files have neither sound nor subtitles."""
    besides: tuple[str, ...] = ()
    """What it has besides pictures, as a report calls it."""
    searchable: bool = True
    """Whether it can be searched by time; set it to False to read all from the beginning."""
    damaged: int = 0
    """Packets that could not be decoded and were left out."""

    @property
    def is_transparent(self) -> bool:
        """Whether some of its frames have transparent parts."""
        return False

    @abstractmethod
    def frames(self, start: Fraction) -> Iterator[Moment]:
        """Yield the undecoded or unconverted frames; the first at ``start`` or at some time before."""

    @abstractmethod
    def picture(self, frame: Any, side: int | None) -> Picture:
        """Convert a frame to ``(H, W, 3) uint8`` sRGB: upright, with square pixels, at most ``side`` pixels long."""

    def cut_out(self, frame: Any, side: int | None) -> tuple[Picture, Mask | None]:
        """Convert a frame as `picture` does, and return its alpha, ``(H, W) uint8``, where it has one; the colours that
        nobody sees are those of the visible parts around them.
        """
        return self.picture(frame, side), None

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def read(
        self,
        start: Fraction = Fraction(0),
        end: Fraction | None = None,
        fps: float | None = None,
        side: int | None = None,
        even: bool = False,
        with_alpha: bool = False,
    ) -> Iterator[Moment]:
        """Yield what the clip shows from ``start`` to ``end`` in seconds; the first frame gets that start.
        ``fps``: at most so many a second. ``side``: the longest long side, in pixels; None: its own. ``even``: both
        sides are even numbers, as most codecs want; a last row or column is cut off. ``with_alpha``: see `cut_out`;
        otherwise what is transparent is white.
        """
        for moment in thinned(between(self.frames(start), start, end), fps):
            frame = moment.picture
            picture, alpha = self.cut_out(frame, side) if with_alpha else (self.picture(frame, side), None)
            if even:
                height, width = (max(2, length // 2 * 2) for length in picture.shape[:2])
                picture = picture[:height, :width]
                alpha = None if alpha is None else alpha[:height, :width]
            yield replace(moment, picture=np.ascontiguousarray(picture), alpha=alpha)

    def at(self, time: Fraction, side: int | None = None) -> Moment:
        """Return what the clip shows at a time, in seconds; after its end that is the last frame."""
        return next(self.read(time, side=side))


def between(moments: Iterator[Moment], start: Fraction, end: Fraction | None) -> Iterator[Moment]:
    """Yield what is shown from ``start`` to ``end``; the frame that is on at ``start`` gets that time."""
    on: Moment | None = None
    for moment in moments:
        if moment.time <= start:
            on = moment
            continue
        if on is not None:
            yield _until(replace(on, time=start, seconds=moment.time - start), end)
            on = None
        if end is not None and moment.time >= end:
            return
        yield _until(moment, end)
    if on is not None:
        yield _until(replace(on, time=start, seconds=max(Fraction(0), on.time + on.seconds - start)), end)


def _until(moment: Moment, end: Fraction | None) -> Moment:
    return moment if end is None else replace(moment, seconds=min(moment.seconds, end - moment.time))


def thinned(moments: Iterator[Moment], fps: float | None) -> Iterator[Moment]:
    """Leave out frames until there are at most ``fps`` a second: the first of each period stays, with its time, and is
    shown until the next.
    """
    if fps is None:
        yield from moments
        return
    kept, last = None, None
    for moment in moments:
        period = int(moment.time * Fraction(fps) + Fraction(1, 1000))
        if kept is not None and period == last:
            kept = replace(kept, seconds=moment.time + moment.seconds - kept.time)
            continue
        if kept is not None:
            yield kept
        kept, last = moment, period
    if kept is not None:
        yield kept
