"""Restores faces separately: a face fills a frame that the restorer of faces has learnt by heart."""

from __future__ import annotations

from collections.abc import Callable

from animegan import blend
from animegan.frames import Face, frame_around, overlapping
from animegan.resize import Picture, resize

SURE = 0.97
"""MTCNN's probability from which a face is restored as one. Below it the restorer might invent a face."""
WORKING_SIDE = 96
"""Pixels along a side of the square in which a face is restored; the result has twice that, enough for all that a
face that has lost detail can show."""
FEATHER = 0.1
"""A restored face fades into the photo over this part of its frame."""


def restore_faces(photo: Picture, bad: Picture, faces: list[Face], double: Callable[[Picture], Picture]) -> Picture:
    """Return ``photo``, the repaired ``bad``, with its faces restored from ``bad``; all ``(H, W, 3) uint8``.

    ``double`` is the restorer of faces. Unsure faces and faces in profile stay as they are.
    """
    sure = [face for face in faces if face.score >= SURE and not face.in_profile]
    frames = [frame_around(face) for face in sure]
    restored = photo.copy()
    for number, frame in enumerate(frames):
        mask = overlapping(frames, number, photo.shape)
        if not mask.any():
            continue
        rows, columns = frame.region(photo.shape)
        size = max(16, round(frame.side))
        face = resize(double(frame.cut(bad, WORKING_SIDE)), size, size)
        weight = blend.feather(mask, FEATHER * frame.side)
        restored[rows, columns] = blend.mix(restored[rows, columns], frame.lay(face, photo.shape), weight)
    return restored
