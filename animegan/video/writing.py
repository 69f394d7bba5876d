"""Writes drawn frames, each with its time, and the sound to a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from animegan.images.resize import Picture
from animegan.video.kinds import Kind
from animegan.video.sound import Sound

if TYPE_CHECKING:
    from av.video.stream import VideoStream

FINEST = 10_000
"""Ticks a second that a video's clock has at least, so that times stay within a tenth of a millisecond."""


class Writer:
    """Encodes frames into a file that is being written; no metadata of the source gets into it."""

    def __init__(self, path: Path, kind: Kind, width: int, height: int, time_base: Fraction, fps: Fraction):
        """Begin the file at ``path``; ``time_base`` is the source's, ``fps`` an estimate for the encoder."""
        import av

        self._kind = kind
        self.width, self.height = width, height
        self._output = av.open(str(path), "w", format=kind.container, options=dict(kind.container_settings))
        self._tick = Fraction(1, kind.ticks) if kind.ticks else time_base / max(1, ceil(time_base * FINEST))
        self._stream = cast("VideoStream", self._output.add_stream(kind.codec, rate=fps, options=dict(kind.settings)))
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = kind.pixels
        self._stream.codec_context.time_base = self._tick
        if not kind.is_animation:
            self._stream.codec_context.color_range = 1
            for name in ("colorspace", "color_primaries", "color_trc"):
                setattr(self._stream.codec_context, name, 1)  # BT.709
        self._palettes = _Palettes(width, height, self._tick) if kind.pixels == "pal8" else None
        self._sound: Sound | None = None
        self._last = -1
        self.frames = 0
        """Number of frames written."""
        self.seconds = Fraction(0)
        """How long they are shown."""

    def add_sound(self, source: Path, start: Fraction, end: Fraction | None) -> str:
        """Bring the sound of a clip along, from ``start`` to ``end`` in its seconds; return how: ``copied`` or
        ``encoded``. To be called before the first frame.
        """
        self._sound = Sound(source, self._output, self._kind, start, end)
        return self._sound.how

    def add(self, picture: Picture, time: Fraction, seconds: Fraction) -> None:
        """Write a frame, ``(H, W, 3) uint8``, with its time and how long it is shown, in seconds of the new file."""
        import av

        ticks = max(self._last + 1, round(time / self._tick))
        self._last = ticks
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = ticks, self._tick
        with suppress(AttributeError, ValueError):
            frame.duration = max(1, round(seconds / self._tick))
        self._mux_sound(time)
        for ready in self._converted(frame):
            for packet in self._stream.encode(ready):
                self._output.mux(packet)
        self.frames += 1
        self.seconds = time + seconds

    def finish(self) -> None:
        """Write what is left, and close the file."""
        if self._palettes is not None:
            for frame in self._palettes.rest():
                self._output.mux(self._stream.encode(frame))
        self._output.mux(self._stream.encode(None))
        self._mux_sound(None)
        self._output.close()
        self._close_sound()

    def abandon(self) -> None:
        """Close the file, whatever is in it."""
        with suppress(Exception):  # it is thrown away
            self._output.close()
        self._close_sound()

    def _converted(self, frame: Any) -> Iterator[Any]:
        if self._palettes is not None:
            yield from self._palettes.add(frame)
            return
        colours: dict[str, Any] = {} if self._kind.is_animation else {"dst_colorspace": 1, "dst_color_range": 1}
        ready = frame.reformat(format=self._kind.pixels, threads=1, **colours)
        ready.pts, ready.time_base, ready.duration = frame.pts, frame.time_base, frame.duration
        yield ready

    def _mux_sound(self, until: Fraction | None) -> None:
        if self._sound is not None:
            for packet in self._sound.until(until):
                self._output.mux(packet)

    def _close_sound(self) -> None:
        if self._sound is not None:
            self._sound.close()


class _Palettes:
    """Gives every frame of a GIF its own palette of 256 colours (FFmpeg's palettegen and paletteuse)."""

    def __init__(self, width: int, height: int, tick: Fraction):
        import av
        from av.filter import Graph

        self._graph = Graph()
        source = self._graph.add_buffer(width=width, height=height, format=av.VideoFormat("rgb24"), time_base=tick)
        split = self._graph.add("split")
        palette = self._graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
        use = self._graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=5:diff_mode=rectangle")
        sink = self._graph.add("buffersink")
        source.link_to(split)
        split.link_to(palette, 0, 0)
        split.link_to(use, 1, 0)
        palette.link_to(use, 0, 1)
        use.link_to(sink)
        self._graph.configure()

    def add(self, frame: Any) -> Iterator[Any]:
        self._graph.push(frame)
        yield from self._ready()

    def rest(self) -> Iterator[Any]:
        self._graph.push(None)
        yield from self._ready()

    def _ready(self) -> Iterator[Any]:
        import av.error

        while True:
            try:
                yield self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
