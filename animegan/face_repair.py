"""Restores tiny faces separately, by a network that has seen nothing but faces."""

from __future__ import annotations

from collections.abc import Callable

from animegan import blend
from animegan.frames import Face, frame_around, overlapping
from animegan.resize import Picture, resize

SURE = 0.97
"""MTCNN's probability from which a face is restored as one. Below it the restorer might invent a face."""
WORKING_SIDE = 96
"""Pixels along a side of the square in which a face is restored; the result has twice that, enough for all that a
tiny face can show."""
TINY = 68
"""Pixels: the side of a face's frame with no more pixels than its detail needs, below which it is restored here. Larger
faces have more detail than fits in `WORKING_SIDE`: on 15 faces by the recipe "tiny" this network gained 0.5 dB over
that of the scene, by "heavy" it lost 1.9 dB."""
FEATHER = 0.1
"""A restored face fades into the photo over this part of its frame."""


def restore_faces(
    photo: Picture, bad: Picture, faces: list[Face], double: Callable[[Picture], Picture], lost: float
) -> Picture:
    """Return ``photo``, the repaired ``bad``, with its tiny faces restored from ``bad``; all ``(H, W, 3) uint8``.

    ``double`` is the restorer of faces, ``lost`` the octaves of detail that ``bad`` has lost (see
    `animegan.quality.Quality`). Unsure faces and faces in profile stay as they are.
    """
    sure = [face for face in faces if face.score >= SURE and not face.in_profile]
    frames = [frame_around(face) for face in sure]
    restored = photo.copy()
    for number, frame in enumerate(frames):
        mask = overlapping(frames, number, photo.shape)
        if not mask.any() or frame.side / 2**lost > TINY:
            continue
        rows, columns = frame.region(photo.shape)
        size = max(16, round(frame.side))
        face = resize(double(frame.cut(bad, WORKING_SIDE)), size, size)
        weight = blend.feather(mask, FEATHER * frame.side)
        restored[rows, columns] = blend.mix(restored[rows, columns], frame.lay(face, photo.shape), weight)
    return restored
