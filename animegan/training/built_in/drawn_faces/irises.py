"""Irises of colours that photos of faces rarely show: of 1,088 faces 13 had blue ones, too few to learn blue from."""

from __future__ import annotations

import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Picture
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.lab import to_lab, to_rgb

COLOURS = ((48, -3, -16), (40, -1, -22), (55, -6, -9), (45, -9, 12), (50, -3, -4), (43, 5, 22))
"""Lab of irises: blue, dark blue, pale blue, green, grey, hazel."""
VIVID = (0.45, 1.0)
"""Their chroma in a photo, in parts of that."""
PUPIL, RING, LAMP = 0.34, 1.0, 68.0
"""Where the pupil ends and the iris, in parts of the iris' radius; and the L* above which a pixel is a reflection."""


def recoloured(photo: Picture, points: Points, rng: np.random.Generator) -> Picture:
    """Give both eyes of a face one other colour, drawn with ``rng``. Pupils, lids and reflections stay.

    Args:
        photo: ``(H, W, 3) uint8``.
        points: the face mesh with irises in the photo's pixels, ``(478, 2)``.
    """
    light, a, b = COLOURS[int(rng.integers(len(COLOURS)))] + rng.normal(0, 2.5, 3)
    a, b = np.array([a, b]) * rng.uniform(*VIVID)
    lab = to_lab(photo)
    before = lab.copy()
    rows, columns = np.mgrid[: photo.shape[0], : photo.shape[1]]
    for eye in g.EYES:
        middle = points[eye.iris]
        radius = max(1.0, float(np.mean(np.linalg.norm(points[list(eye.ring)] - middle, axis=1))))
        away = np.hypot(rows - middle[1], columns - middle[0]) / radius
        lids = g.polygon(photo.shape, points[[*eye.top, *eye.bottom[::-1]]])
        edge = 1.2 / radius  # soft over some pixels
        ring = np.clip((RING + edge - away) / (2 * edge), 0, 1) * np.clip((away - PUPIL + edge) / (2 * edge), 0, 1)
        weight = ring * lids * np.clip((LAMP - lab[..., 0]) / 10, 0, 1)
        if not (weight > 0.5).any():
            continue
        own = float(np.median(lab[..., 0][weight > 0.5]))
        other = lab.copy()
        other[..., 0] = np.clip(lab[..., 0] + max(0.0, light - own), 0, 100)  # never darker; the eye keeps its shading
        other[..., 1:] = 0.25 * (lab[..., 1:] - lab[..., 1:][weight > 0.5].mean(0)) + (a, b)
        lab += weight[..., None] * (other - lab)
    changed = (lab != before).any(axis=2, keepdims=True)
    return np.where(changed, to_rgb(lab), photo)
