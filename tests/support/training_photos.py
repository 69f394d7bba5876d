"""Photographs, a teacher and a network small enough for the tests of the training."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from animegan.images.resize import Picture
from animegan.training.built_in import data
from animegan.training.targets import Draw, Target

SMALL: dict[str, Any] = {
    "channels": (4, 6, 8), "encoder": (1, 1, 1), "decoder": (1, 1), "batch": 2, "side": 64, "warmup": 5,
}  # fmt: skip
"""Fields of a recipe."""


def write_photos(folder: Path, scene: Picture, face: Picture) -> Path:
    """Ten scenes and ten faces, cut from two photographs."""
    for kind, photo in (("scenes", scene), ("faces", face)):
        (folder / kind).mkdir()
        for i in range(10):
            Image.fromarray(photo[i * 8 : i * 8 + 220, i * 12 : i * 12 + 260]).save(folder / kind / f"{i:03}.png")
    return folder


def teacher(photo: Picture) -> Picture:
    """A drawing that can be learned: darker, with red and blue swapped."""
    return (photo[:, :, ::-1] * 0.8).astype(np.uint8)


def label_scenes(
    folder: Path, cache: Path, count: int, target: Draw | Target = teacher
) -> tuple[data.Pairs, list[data.View]]:
    """Let the target draw a few scenes."""
    pairs, views = data.Pairs(cache, target), data.views(folder, 1, 0)[:count]
    assert {view.name for view in pairs.label(views)} == {view.name for view in views}
    return pairs, views
