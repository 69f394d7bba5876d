"""Restores faces separately, by a network that has seen nothing but faces."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from animegan.faces.face import Face, frame_around, overlapping
from animegan.images import blend
from animegan.images.resize import Picture, resize

SURE = 0.97
"""MTCNN's probability from which a face is restored as one. Below it the restorer might invent a face."""
PER_DETAIL = 2.2
"""Pixels at which a face is restored for each that its detail needs. Drawings of 12 tiny faces by `anime` gained 0.6 dB
with 1.5, 0.9 with 2, 1.0 with 2.5 and 0.9 with 3."""
LEAST_SIDE, MOST_SIDE = 120, 256
"""Pixels along a side of the square in which a face is restored; the result has twice that. With less, eyes stayed so
faint that their painter closed them. The network knows no faces that need more: they are left to the scene's restorer.
"""
TINY, SHARE = 75, 0.6
"""Pixels: the side of a frame with no more pixels than its detail needs, up to which a face is taken from here alone;
and how much of a larger one is. The rest is the scene's restorer's, which keeps nearer to the photo. By the recipe
"heavy", drawings gain 1.3 dB with that alone, 1.8 without it and 1.7 with both in `anime`; in `hayao` 0.6, 0.3, 0.5."""
FEATHER = 0.1
"""A restored face fades into the photo over this part of its frame."""


def is_sure(face: Face) -> bool:
    """Whether the network for faces may restore a face: MTCNN is sure of it, and it is not in profile."""
    return face.score >= SURE and not face.in_profile


def restore_faces(
    photo: Picture, bad: Picture, faces: list[Face], double: Callable[[Picture], Picture], lost: float
) -> Picture:
    """Return ``photo``, the repaired ``bad``, with its faces restored from ``bad``; all ``(H, W, 3) uint8``.

    ``double`` is the restorer of faces, ``lost`` the octaves of detail that ``bad`` has lost (see
    `animegan.repair.quality.Quality`). Unsure faces and faces in profile stay as they are.
    """
    frames = [frame_around(face) for face in faces if is_sure(face)]
    restored = photo.copy()
    for number, frame in enumerate(frames):
        mask = overlapping(frames, number, photo.shape)
        detail = frame.side / 2**lost
        side = max(LEAST_SIDE, round(PER_DETAIL * detail))
        if not mask.any() or side > MOST_SIDE:
            continue
        rows, columns = frame.region(photo.shape)
        size = max(16, round(frame.side))
        face = resize(double(frame.cut(bad, side)), size, size)
        weight = blend.feather(mask, FEATHER * frame.side) * np.float32(1.0 if detail <= TINY else SHARE)
        restored[rows, columns] = blend.mix(restored[rows, columns], frame.lay(face, photo.shape), weight)
    return restored


def natural(restored: Picture, scene: Picture) -> Picture:
    """Return ``restored``, a photo with restored faces, with the chroma of ``scene``, the same without; both
    ``(H, W, 3) uint8``. The network for faces tints dark eyes green: so their painter knows them for eyes, where they
    are most faint, but nobody wants them in a photo.
    """
    picture = cv2.cvtColor(restored, cv2.COLOR_RGB2YCrCb)
    picture[:, :, 1:] = cv2.cvtColor(scene, cv2.COLOR_RGB2YCrCb)[:, :, 1:]
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_YCrCb2RGB), np.uint8)
