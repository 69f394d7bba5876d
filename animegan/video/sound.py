"""Brings the sound of a clip along: its packets as they are where the new file takes them, else encoded anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av.error
from av.audio.stream import AudioStream
from av.container import OutputContainer

from animegan.video.container import beginning, decoded, open_container, packets
from animegan.video.kinds import Kind

RATES = {"aac": (48_000, 44_100, 32_000, 24_000, 16_000, 8_000), "libopus": (48_000, 24_000, 16_000, 8_000)}
"""Samples a second that an encoder is asked for: the clip's own if it is one of these, else the first."""
CODECS = {"mp3float": "mp3", "libopus": "opus", "libvorbis": "vorbis"}
"""Decoder → its codec, where the names differ."""


class Sound:
    """The sound of a clip from ``start`` to ``end`` (seconds of the clip), as packets of a new file."""

    def __init__(self, path: Path, output: OutputContainer, kind: Kind, start: Fraction, end: Fraction | None):
        """Add a stream to ``output``; it must have its stream of pictures already, and nothing written."""
        self._container, pictures = open_container(path)
        try:
            self._source = next(s for s in self._container.streams.audio if s.codec_context is not None)
            self._is_part = start > 0
            self._first = beginning(self._container, pictures) + start
            self._last = None if end is None else self._first + end - start
            codec = self._source.codec_context.name
            self.how = "copied" if CODECS.get(codec, codec) in kind.copied else "encoded"
            if self.how == "copied":
                self._target = output.add_stream_from_template(self._source)
                self._packets = self._copied()
            else:
                self._target = _encoder(output, kind.sound or "aac", self._source)
                self._packets = self._encoded()
            self._next = next(self._packets, None)
        except BaseException:
            self.close()
            raise

    def until(self, time: Fraction | None) -> Iterator[Any]:
        """Yield the packets up to a time of the new file, in seconds; None: the rest."""
        while (packet := self._next) is not None:
            begins = packet.pts or 0 if packet.dts is None else packet.dts
            if time is not None and begins * packet.time_base > time:
                return
            yield packet
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the clip."""
        self._container.close()

    def _read(self) -> Iterator[Any]:
        """Yield the clip's packets of sound; the last one is empty and ends the decoding."""
        if self._is_part and self._source.time_base:
            try:
                self._container.seek(int(self._first / self._source.time_base), stream=self._source)
            except (av.error.FFmpegError, OSError):
                self._container.seek(0)
        return packets(self._container, self._source)

    def _part(self, items: Iterable[Any], first: Fraction | None) -> Iterator[Any]:
        """Yield the packets or frames from ``first`` to the end, with the times of the new file."""
        for item in items:
            if item.pts is None or item.time_base is None:
                continue
            time = item.pts * item.time_base
            if self._last is not None and time >= self._last:
                return
            if first is None or time >= first:
                item.pts -= round(self._first / item.time_base)
                yield item

    def _copied(self) -> Iterator[Any]:
        timed = (packet for packet in self._read() if packet.dts is not None)
        # A whole clip keeps what lies before its beginning, such as an encoder's lead-in.
        for packet in self._part(timed, self._first if self._is_part else None):
            packet.dts -= round(self._first / packet.time_base)
            packet.stream = self._target
            yield packet

    def _encoded(self) -> Iterator[Any]:
        context = self._target.codec_context
        resampler = av.AudioResampler(context.format, context.layout, context.sample_rate)
        for frame in chain(self._part(decoded(self._read()), self._first), [None]):
            for part in resampler.resample(frame):
                yield from self._target.encode(part)
        yield from self._target.encode(None)


def _encoder(output: OutputContainer, codec: str, source: AudioStream) -> AudioStream:
    context, rates = source.codec_context, RATES[codec]
    rate = context.sample_rate if context.sample_rate in rates else rates[0]
    is_mono = context.layout.nb_channels == 1
    stream = cast(AudioStream, output.add_stream(codec, rate=rate))
    stream.codec_context.layout = "mono" if is_mono else "stereo"
    stream.codec_context.bit_rate = 96_000 if is_mono else 160_000
    return stream
