"""Write the moving picture of the README: a photograph under a pan, beside its drawing.

    python -m examples.make_clip

It needs ``pip install '.[video]'``.
"""

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

import animegan
from animegan import examples
from animegan.images.resize import Picture, resize
from animegan.video.kinds import kind_of
from animegan.video.opening import opened
from animegan.video.writing import Writer

PHOTO = examples.FOLDER / "6-pagoda.jpg"
FPS, FRAMES = 8, 20
WIDTH, HEIGHT = 480, 360
"""Pixels of the clip."""
SHOWN = 240
"""Pixels: width of each half of the moving picture."""


def pan(photo: Picture) -> Iterator[Picture]:
    """Yield the frames of a pan there and back, so that it can play in a loop."""
    for number in range(FRAMES):
        along = 0.5 - 0.5 * np.cos(2 * np.pi * number / FRAMES)
        left, top = along * (photo.shape[1] - WIDTH), 0.5 * (photo.shape[0] - HEIGHT)
        yield np.asarray(
            cv2.warpAffine(photo, np.array([[1, 0, -left], [0, 1, -top]]), (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC),
            np.uint8,
        )


def write(path: Path, frames: Iterator[Picture], width: int, height: int) -> None:
    """Write frames at `FPS`."""
    tick = Fraction(1, FPS)
    writer = Writer(path, kind_of(path), width, height, tick, Fraction(FPS))
    for number, frame in enumerate(frames):
        writer.add(frame, number * tick, tick)
    writer.finish()


def main() -> None:
    """Make the clip, draw it, and write both side by side."""
    photo = animegan.load(PHOTO)
    with tempfile.TemporaryDirectory() as folder:
        clip, drawn = Path(folder) / "clip.mp4", Path(folder) / "anime.mp4"
        write(clip, pan(photo), WIDTH, HEIGHT)
        animegan.stylize_video(clip, drawn, faces="off", enhance="off")  # it has none, and needs none
        with opened(clip) as left, opened(drawn) as right:
            pairs = (
                np.hstack([resize(half.picture, SHOWN, SHOWN * HEIGHT // WIDTH) for half in both])
                for both in zip(left.read(), right.read(), strict=True)
            )
            write(examples.FOLDER / "clip.webp", pairs, 2 * SHOWN, SHOWN * HEIGHT // WIDTH)


if __name__ == "__main__":
    main()
