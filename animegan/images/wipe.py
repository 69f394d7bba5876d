"""A moving picture that wipes from a photo to its drawing and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from animegan.images.marks import mark_animation
from animegan.images.resize import Picture, like, shrink
from animegan.storage import written_whole

SIDE = 480
"""Pixels: its long side."""
STEPS = 10
"""Pictures of one wipe."""
STEP_MS, PHOTO_MS, DRAWING_MS = 50, 700, 1400
"""Milliseconds for which a picture of the wipe, the photo, and the drawing are shown."""


def frames(photo: Picture, drawing: Picture) -> list[tuple[Picture, int]]:
    """The pictures, ``(h, w, 3) uint8`` with a long side of at most `SIDE`, and for how long each is shown, in ms."""
    after = shrink(drawing, SIDE)
    before = like(photo, after)
    width = after.shape[1]
    wiped = []
    for step in range(1, STEPS):
        edge = round(width * step / STEPS)
        wiped.append((np.hstack([after[:, :edge], before[:, edge:]]), STEP_MS))
    return [(before, PHOTO_MS), *wiped, (after, DRAWING_MS), *wiped[::-1]]


def save_wipe(photo: Picture, drawing: Picture, path: Path) -> Path:
    """Write the wipe as a GIF that goes on for ever, whole or not at all.

    Raises:
        OSError: the place cannot be written to.
    """
    from PIL import Image

    shown = frames(photo, drawing)
    # One palette of the two pictures for all: colours of their own would flicker.
    both = Image.fromarray(np.hstack([shown[0][0], shown[STEPS][0]])).quantize(255)
    first, *rest = (Image.fromarray(picture).quantize(palette=both) for picture, _ in shown)
    with written_whole(path) as file:
        lengths = [length for _, length in shown]
        first.save(file, "GIF", save_all=True, append_images=rest, duration=lengths, loop=0, optimize=False)
        mark_animation(file)
    return path
