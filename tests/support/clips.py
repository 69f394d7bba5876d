"""Clips for the tests, made with PyAV."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import skimage.data

from animegan.video.opening import opened

FPS = 25
SAMPLES = 44_100


def pictures(count: int, width: int = 96, height: int = 64) -> list[np.ndarray]:
    """The frames of a pan over a photograph."""
    photo = cv2.resize(skimage.data.coffee(), (2 * width, 2 * height), interpolation=cv2.INTER_AREA)
    lefts = [round(number * width / max(1, count - 1)) for number in range(count)]
    return [np.ascontiguousarray(photo[:height, left : left + width]) for left in lefts]


def write(
    path: Path,
    frames: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Iterable[int] | None = None,
    sound: str | None = None,
    metadata: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    **settings: Any,
) -> Path:
    """Write a clip: ``(H, W, 3)`` or ``(H, W, 4) uint8`` frames at `FPS`, or at ``times`` in milliseconds.

    ``sound`` is the codec of a tone; ``settings`` are set on the codec of the pictures.
    """
    with av.open(str(path), "w", options=options or {}) as output:
        output.metadata.update(metadata or {})
        stream: Any = output.add_stream(codec, rate=FPS)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for name, value in settings.items():
            setattr(stream.codec_context, name, value)
        tone: Any = output.add_stream(sound, rate=48_000 if sound == "libopus" else SAMPLES) if sound else None
        if tone is not None:
            tone.codec_context.layout = "stereo"
        seconds = len(frames) / FPS if times is None else max(times := list(times)) / 1000 + 1 / FPS
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
            if times is not None:
                frame.pts, frame.time_base = list(times)[number], Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if tone is not None:
            output.mux(tone.encode(_tone(seconds, tone.codec_context.sample_rate)))
            output.mux(tone.encode(None))
    return path


def _tone(seconds: float, rate: int) -> Any:
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
    frame.sample_rate, frame.pts = rate, 0
    return frame


def sound_of(path: Path) -> list[tuple[int, bytes]]:
    """The packets of a clip's sound: time in its own ticks, and content."""
    with av.open(str(path)) as container:
        return [(p.pts, bytes(p)) for p in container.demux(audio=0) if p.pts is not None]


def times_of(path: Path) -> list[float]:
    """When each frame of a clip is shown, in milliseconds."""
    with opened(path) as source:
        return [float(1000 * moment.time) for moment in source.read()]


def frames_of(path: Path) -> list[np.ndarray]:
    """All frames of a clip."""
    with opened(path) as source:
        return [moment.picture for moment in source.read()]


def turn(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a display matrix (a, b, c, d) into an MP4, as a phone does that is held upright."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 4 + 20 + 8 + 8  # version and flags, times and number, reserved, layer and volume
    a, b, c, d = (value << 16 for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    return path


def damage(path: Path, begin: float = 0.4, end: float = 0.6, seed: int = 0) -> Path:
    """Flip bits in a part of a file."""
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(int(begin * len(data)), int(end * len(data)), 200):
        data[at] ^= int(rng.integers(1, 256))
    path.write_bytes(data)
    return path
