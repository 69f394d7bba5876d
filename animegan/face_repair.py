"""Restores faces separately, by a network that has seen nothing but faces."""

from __future__ import annotations

from collections.abc import Callable

from animegan import blend
from animegan.frames import Face, frame_around, overlapping
from animegan.resize import Picture, resize

SURE = 0.97
"""MTCNN's probability from which a face is restored as one. Below it the restorer might invent a face."""
PER_DETAIL = 2.2
"""Pixels at which a face is restored for each that its detail needs. Drawings of 12 tiny faces gained 0.6 dB with 1.5,
0.9 with 2, 1.0 with 2.5 and 0.9 with 3; those by the recipe "heavy" 1.25, 1.7, 1.7 and 1.6."""
LEAST_SIDE, MOST_SIDE = 48, 256
"""Pixels along a side of the square in which a face is restored; the result has twice that. The network knows no faces
that need more: they are left to the scene's restorer."""
FEATHER = 0.1
"""A restored face fades into the photo over this part of its frame."""


def restore_faces(
    photo: Picture, bad: Picture, faces: list[Face], double: Callable[[Picture], Picture], lost: float
) -> Picture:
    """Return ``photo``, the repaired ``bad``, with its faces restored from ``bad``; all ``(H, W, 3) uint8``.

    ``double`` is the restorer of faces, ``lost`` the octaves of detail that ``bad`` has lost (see
    `animegan.quality.Quality`). Unsure faces and faces in profile stay as they are.
    """
    sure = [face for face in faces if face.score >= SURE and not face.in_profile]
    frames = [frame_around(face) for face in sure]
    restored = photo.copy()
    for number, frame in enumerate(frames):
        mask = overlapping(frames, number, photo.shape)
        side = max(LEAST_SIDE, round(PER_DETAIL * frame.side / 2**lost))
        if not mask.any() or side > MOST_SIDE:
            continue
        rows, columns = frame.region(photo.shape)
        size = max(16, round(frame.side))
        face = resize(double(frame.cut(bad, side)), size, size)
        weight = blend.feather(mask, FEATHER * frame.side)
        restored[rows, columns] = blend.mix(restored[rows, columns], frame.lay(face, photo.shape), weight)
    return restored
