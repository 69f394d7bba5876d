"""A clip made by the test: a moving picture with a tone."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data

FPS = 12


def write_clip(
    path: Path, frames: int = 24, width: int = 160, height: int = 120, sound: bool = True, codec: str = "libx264"
) -> Path:
    """The astronaut under a pan, as H.264, with a tone of 440 Hz as AAC."""
    av = pytest.importorskip("av")
    photo = skimage.data.astronaut()
    with av.open(str(path), "w") as file:
        pictures = file.add_stream(codec, rate=FPS)
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p"
        tone = file.add_stream("aac", rate=44100, layout="mono") if sound else None
        for number in range(frames):
            part = photo[20 : 20 + 2 * height, number : number + 2 * width][::2, ::2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(part), format="rgb24")
            frame.pts = number
            file.mux(pictures.encode(frame))
        file.mux(pictures.encode())
        if tone is not None:
            wave = np.sin(2 * np.pi * 440 / 44100 * np.arange(44100 * frames // FPS, dtype=np.float32))[None]
            for start in range(0, wave.shape[1], 1024):
                samples = np.ascontiguousarray(0.3 * wave[:, start : start + 1024])
                part = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
                part.sample_rate, part.pts = 44100, start
                file.mux(tone.encode(part))
            file.mux(tone.encode())
    return path
