"""Opens video files by FFmpeg, and takes packets and frames out of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
from av.codec import CodecContext
from av.container import InputContainer
from av.filter import Graph
from av.stream import Disposition
from av.video.stream import VideoStream

from animegan.errors import AnimeganError, NotAVideoError, shown
from animegan.images.files import load
from animegan.video.clips import READABLE, single_picture

FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,dv,ivf,nut,h264,hevc,m4v,yuv4mpegpipe,"
    "wav,mp3,aac,flac"  # sound alone, to say so
)
"""FFmpeg's names of the formats that are opened. Playlists and other lists of files are not: a stranger's list could
name any file of this machine, or an address."""
THREADS = 2
"""That decode one clip. Each holds a frame, and drawing takes far longer than decoding."""
CLEAR_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Codec → the decoder that reads its transparency; FFmpeg's own leaves it out."""


def open_container(path: Path) -> tuple[InputContainer, VideoStream]:
    """Open a video file; return it, and its stream of pictures. Raise NotAVideoError if it has none."""
    # No other protocol than files of this machine, and no path taken for a protocol's address.
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(f"file:{os.path.abspath(path)}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        try:
            load(path)
        except AnimeganError:
            raise NotAVideoError(
                "'{name}' is no video that can be read: choose an {readable} file.",
                name=shown(path.name),
                readable=READABLE,
            ) from error
        raise single_picture(path.name) from error
    for stream in container.streams.video:
        is_cover = stream.disposition & Disposition.attached_pic  # of an album
        if stream.codec_context is not None and not is_cover:
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = THREADS
            return container, stream
    what = "sound, but no moving pictures" if container.streams.audio else "no moving pictures"
    container.close()
    raise NotAVideoError("'{name}' holds {what}: choose another file.", name=shown(path.name), what=what)


def beginning(container: InputContainer, pictures: VideoStream) -> Fraction:
    """Return the time in the file, in seconds, at which the clip begins: with the pictures or the sound."""
    starts = [
        each.start_time * each.time_base
        for each in (pictures, *container.streams.audio[:1])
        if each.start_time is not None and each.time_base
    ]
    first = min(starts, default=Fraction(0))
    return min(Fraction(0), starts[0]) if first < 0 else first  # below 0: an encoder's lead-in, which no player shows


def codec_of(stream: Any) -> str:
    """Return the name of a stream's codec, such as ``mp3``, whatever decodes it."""
    return str(stream.codec_context.codec.canonical_name)


def decoder_of(stream: VideoStream) -> Any:
    """Return the decoder of a stream of pictures: its own, or a new one that reads its transparency as well."""
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    if tags.get("alpha_mode") != "1" or codec_of(stream) not in CLEAR_DECODERS:
        return stream.codec_context
    decoder: Any = CodecContext.create(CLEAR_DECODERS[codec_of(stream)], "r")
    decoder.thread_count = THREADS
    return decoder


def packets(container: InputContainer, *streams: Any, on_damage: Callable[[], None] = lambda: None) -> Iterator[Any]:
    """Yield the packets of some streams, and an empty one at their end. A file that is cut off gives what it has."""
    try:
        yield from container.demux(*streams)
    except av.error.FFmpegError:
        on_damage()


def decoded(found: Iterable[Any], on_damage: Callable[[], None] = lambda: None, decoder: Any = None) -> Iterator[Any]:
    """Decode packet by packet, so that a damaged one costs no more than its own frames. ``decoder``: that of
    `decoder_of`; None: the stream's own.
    """
    for packet in found:
        try:
            frames = packet.decode() if decoder is None else decoder.decode(packet)
        except av.error.FFmpegError:
            on_damage()
        else:
            yield from frames


def filtered(graph: Graph, frame: Any) -> Iterator[Any]:
    """Push a frame into a graph of filters, None at the end; yield the frames that have come out."""
    graph.push(frame)
    with suppress(av.error.BlockingIOError, av.error.EOFError):
        while True:
            yield graph.pull()
