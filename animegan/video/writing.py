"""Writes drawn frames, each with its time, and the sound to a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.filter import Graph
from av.video.stream import VideoStream

from animegan.images.resize import Picture
from animegan.video.container import filtered
from animegan.video.ending import show_last
from animegan.video.kinds import Kind
from animegan.video.mark import mark_animation, mark_clip
from animegan.video.stamps import fine
from animegan.video.tracks import Tracks

BT709, TELEVISION = 1, 1
"""FFmpeg's numbers of the colours (matrix, primaries, transfer) and of the range, 16 to 235, that players expect."""


class Writer:
    """Encodes frames into a file that is being written. Of metadata it gets the name of this program."""

    def __init__(
        self,
        path: Path,
        kind: Kind,
        width: int,
        height: int,
        time_base: Fraction,
        fps: Fraction,
        plays: int | None = None,
        is_clear: bool = False,
    ):
        """Begin the file at ``path``; ``time_base`` is the source's, ``fps`` an estimate for the encoder; ``plays``:
        how often the source is played, 0: again and again; None: it is no animation; ``is_clear``: frames have alpha,
        and ``kind`` holds it.
        """
        self._path, self._kind = path, kind
        self.width, self.height = width, height
        self._output = av.open(
            str(path), "w", format=kind.container, options={**kind.container_settings, **kind.loop(plays or 0)}
        )
        self._tick = Fraction(1, kind.ticks) if kind.ticks else fine(time_base)
        self._stream = cast(VideoStream, self._output.add_stream(kind.codec, rate=fps, options=dict(kind.settings)))
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = self._pixels = kind.pixels
        context = self._stream.codec_context
        context.time_base = self._tick
        if kind.codec == "apng":
            context.sample_aspect_ratio = Fraction(1)  # else FFmpeg writes 0 : 1
        mark_clip(self._output)
        if plays is not None and kind.codec == "libx264":
            context.max_b_frames = 0  # the frame that is encoded last is shown last, so it tells how long that is
        self._colours: dict[str, Any] = {}
        if not kind.is_animation:
            self._colours = {"dst_colorspace": BT709, "dst_color_range": TELEVISION}
            context.color_range = TELEVISION
            context.colorspace = context.color_primaries = context.color_trc = BT709
        self._palettes = _palettes(width, height, self._tick, is_clear) if kind.pixels == "pal8" else None
        self._tracks: Tracks | None = None
        self._durations: dict[int, int] = {}  # of frames that are in the encoder, by their stamps
        self._last = -1
        self.frames = 0
        """Number of frames written."""
        self.seconds = self._last_seconds = Fraction(0)
        """How long they are shown."""

    @property
    def sound(self) -> str | None:
        """How the sound was brought along: ``copied`` or ``encoded``; None: there is none."""
        return self._tracks.sound if self._tracks is not None else None

    @property
    def left_out(self) -> list[str]:
        """What the file cannot hold; see `Tracks`."""
        return self._tracks.left_out if self._tracks is not None else []

    def add_tracks(self, source: Path, start: Fraction, end: Fraction | None, copies: bool) -> None:
        """Bring sound, subtitles and chapters of a clip along, before the first frame; see `Tracks`."""
        self._tracks = Tracks(source, self._output, self._kind, start, end, copies)

    def add(self, picture: Picture, time: Fraction, seconds: Fraction) -> None:
        """Write a frame, ``(H, W, 3 or 4) uint8``, with its time and how long it is shown: seconds of the new file."""
        self._last = max(self._last + 1, round(time / self._tick))
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24" if picture.shape[2] == 3 else "rgba")
        frame.pts, frame.time_base = self._last, self._tick
        frame.duration = self._durations[self._last] = max(1, round(seconds / self._tick))
        self._mux_tracks(time)
        for ready in self._converted(frame):
            self._encode(ready)
        self.frames += 1
        self.seconds, self._last_seconds = time + seconds, seconds

    def finish(self) -> None:
        """Write what is left, and close the file."""
        for ready in filtered(self._palettes, None) if self._palettes is not None else ():
            self._encode(ready)
        self._encode(None)
        self._mux_tracks(None)
        self._output.close()
        self.close()
        if self._kind.is_animation:
            show_last(self._path, self._last_seconds)
            mark_animation(self._path)

    def close(self) -> None:
        """Close the file, whatever is in it, if it is not closed yet."""
        with suppress(Exception):  # what is not finished is thrown away
            self._output.close()
        if self._tracks is not None:
            self._tracks.close()

    def _encode(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = self._durations.pop(packet.pts or 0, packet.duration)
            self._output.mux(packet)

    def _converted(self, frame: Any) -> Iterator[Any]:
        if self._palettes is not None:
            yield from filtered(self._palettes, frame)
            return
        ready = frame.reformat(format=self._pixels, threads=1, **self._colours)
        ready.pts, ready.time_base, ready.duration = frame.pts, frame.time_base, frame.duration
        yield ready

    def _mux_tracks(self, until: Fraction | None) -> None:
        for packet in self._tracks.until(until) if self._tracks is not None else ():
            self._output.mux(packet)


def _palettes(width: int, height: int, tick: Fraction, is_clear: bool) -> Graph:
    """Make filters that give every frame of a GIF its own palette of 256 colours, of which one may be transparent."""
    graph = Graph()
    pixels = av.VideoFormat("rgba" if is_clear else "rgb24")
    source = graph.add_buffer(width=width, height=height, format=pixels, time_base=tick)
    split = graph.add("split")
    palette = graph.add("palettegen", f"stats_mode=single:reserve_transparent={int(is_clear)}")
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=5:diff_mode=rectangle")
    graph.link_nodes(source, split, use, graph.add("buffersink"))
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    graph.configure()
    return graph
