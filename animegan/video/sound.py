"""Brings the sound of a clip along: its packets as they are where the new file takes them, else encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from animegan.video.kinds import Kind
from animegan.video.reading import moving_pictures, open_container, zero_of

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

RATES = (48_000, 44_100, 32_000, 24_000, 16_000, 8_000)
"""Samples a second that an encoder is asked for: the clip's own if it is one of these, else the first."""


class Sound:
    """The sound of a clip from ``start`` to ``end`` (seconds of the clip), as packets of a new file."""

    def __init__(self, path: Path, output: OutputContainer, kind: Kind, start: Fraction, end: Fraction | None):
        """Add a stream to ``output``; it must have its stream of pictures already, and nothing written."""
        self._container = open_container(path)
        try:
            self._source = next(s for s in self._container.streams.audio if s.codec_context is not None)
            pictures = moving_pictures(self._container, path.name)
            # A whole clip keeps what lies before its beginning, such as an encoder's lead-in.
            self._first = zero_of(self._container, pictures) + start if start else None
            self._shift = zero_of(self._container, pictures) + start
            self._last = None if end is None else end + self._shift - start
            codec = self._source.codec_context.name
            self.how = "copied" if _plain(codec) in kind.copied else "encoded"
            if self.how == "copied":
                self._target: AudioStream = output.add_stream_from_template(self._source)
                packets = self._copied()
            else:
                self._target = _encoder(output, kind, self._source)
                packets = self._encoded()
        except BaseException:
            self.close()
            raise
        self._packets = packets
        self._next = next(packets, None)

    def until(self, time: Fraction | None) -> Iterator[Any]:
        """Yield the packets up to a time of the new file, in seconds; None: the rest."""
        while self._next is not None and (time is None or _begins(self._next) <= time):
            yield self._next
            self._next = next(self._packets, None)

    def close(self) -> None:
        """Close the clip."""
        self._container.close()

    def _read(self) -> Iterator[Any]:
        """Yield the clip's packets of sound; the last one is empty and ends the decoding."""
        import av.error

        if self._first is not None and self._source.time_base:
            try:
                self._container.seek(int(self._first / self._source.time_base), stream=self._source)
            except (av.error.FFmpegError, OSError):
                self._container.seek(0)
        packets = self._container.demux(self._source)
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.error.FFmpegError):  # at its end, or cut off
                return
            yield packet

    def _copied(self) -> Iterator[Any]:
        for packet in self._read():
            if packet.pts is None or packet.dts is None:
                continue
            time = packet.pts * packet.time_base
            if self._first is not None and time < self._first:
                continue
            if self._last is not None and time >= self._last:
                return
            ticks = round(self._shift / packet.time_base)
            packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
            packet.stream = self._target
            yield packet

    def _encoded(self) -> Iterator[Any]:
        from av import AudioResampler

        context = self._target.codec_context
        resampler = AudioResampler(context.format, context.layout, context.sample_rate)
        for frame in self._decoded():
            for part in resampler.resample(frame):
                yield from self._target.encode(part)
        for part in resampler.resample(None):
            yield from self._target.encode(part)
        yield from self._target.encode(None)

    def _decoded(self) -> Iterator[Any]:
        """Yield decoded sound, with the times of the new file."""
        import av.error

        for packet in self._read():
            try:
                frames = packet.decode()
            except av.error.FFmpegError:  # one damaged packet is one short gap
                continue
            for frame in frames:
                if frame.pts is None or frame.time_base is None:
                    continue
                time = frame.pts * frame.time_base
                if time < (self._shift if self._first is None else self._first):
                    continue
                if self._last is not None and time >= self._last:
                    return
                frame.pts -= round(self._shift / frame.time_base)
                yield frame


def _plain(codec: str) -> str:
    """Return the name of the codec behind one of its decoders, such as mp3float."""
    return {"mp3float": "mp3", "libopus": "opus", "libvorbis": "vorbis"}.get(codec, codec)


def _encoder(output: OutputContainer, kind: Kind, source: AudioStream) -> AudioStream:
    context = source.codec_context
    rate = context.sample_rate if context.sample_rate in RATES else RATES[0]
    if kind.sound == "libopus" and rate not in (48_000, 24_000, 16_000, 8_000):
        rate = RATES[0]
    stream = cast("AudioStream", output.add_stream(kind.sound or "aac", rate=rate))
    stream.codec_context.layout = "mono" if context.layout.nb_channels == 1 else "stereo"
    stream.codec_context.bit_rate = 96_000 if context.layout.nb_channels == 1 else 160_000
    return stream


def _begins(packet: Any) -> Fraction:
    return Fraction(packet.dts if packet.dts is not None else packet.pts or 0) * packet.time_base
