"""Pairs of a face and its drawing for a folder of photos, to train a network on.

A folder of pairs holds ``photo/``, ``drawn/`` and ``head/``, with PNG files of the same names, `SIDE` pixels along a
side. ``head/`` is the mask of the head in grey, white inside: outside it nothing of the drawing counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from animegan.faces.face import face_crop
from animegan.faces.finder import Finder
from animegan.faces.thresholds import FACES
from animegan.images import files
from animegan.images.resize import to_uint8
from animegan.training.built_in.drawn_faces.compose import draw_face
from animegan.training.built_in.drawn_faces.irises import recoloured
from animegan.training.built_in.drawn_faces.measured import Measurer

SIDE = FACES.canvas
"""Pixels: faces are drawn at the size at which they are painted."""
PHOTO, DRAWN, HEAD = "photo", "drawn", "head"
"""The folders of a folder of pairs."""


def named(photos: Path) -> dict[str, Path]:
    """The photos in a folder and below it, by the names of their pairs.

    Raises:
        PhotoNotFoundError: there are none.
    """
    return {"-".join(path.relative_to(photos).with_suffix("").parts): path for path in files.all_below(photos)}


def missing(photos: Path, out: Path) -> dict[str, Path]:
    """The photos of which ``out`` has no pair yet."""
    return {name: path for name, path in named(photos).items() if not (out / HEAD / f"{name}.png").exists()}


def label(photos: dict[str, Path], out: Path, other_irises: bool = False) -> Iterator[bool]:
    """Draw the largest face of each photo, and write the pairs into ``out``. Yields for each whether it has a face that
    can be drawn. ``other_irises`` gives the photos eyes of another colour first.

    Raises:
        MissingExtraError: MediaPipe is not installed.
    """
    measure, finder = Measurer(), Finder()
    for folder in (PHOTO, DRAWN, HEAD):
        (out / folder).mkdir(parents=True, exist_ok=True)
    for name, path in photos.items():
        photo = files.load(path)
        found = finder.find(photo)
        crop = face_crop(found[0]).cut(photo, SIDE) if found else None
        measured = measure(crop) if crop is not None else None
        if crop is None or measured is None:
            yield False
            continue
        if other_irises:
            crop = recoloured(crop, measured.points, np.random.default_rng(zlib.crc32(name.encode())))
        drawn = draw_face(crop, measured)
        files.save(crop, out / PHOTO / f"{name}.png")
        files.save(drawn.drawing, out / DRAWN / f"{name}.png")
        files.save(np.repeat(to_uint8(255 * drawn.head)[..., None], 3, axis=2), out / HEAD / f"{name}.png")
        yield True  # the mask is written last: it says that the pair is whole
