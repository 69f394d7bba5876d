"""Tells the people in a matte apart by their faces."""

from __future__ import annotations

from typing import cast

import numpy as np

from animegan.faces.face import Face
from animegan.images.mattes import Matte

BELOW = 0.35
"""Factor of the distance of a place below a face: a body is there."""


def matte_of_some(matte: Matte, faces: list[Face], wanted: list[Face]) -> Matte:
    """Leave of a matte of people, ``(H, W)``, those whose faces are wanted: each pixel belongs to the face that is
    nearest, in sides of that face.
    """
    if not wanted:
        return np.zeros_like(matte)
    rows, columns = np.ogrid[: matte.shape[0], : matte.shape[1]]
    nearest, of_wanted = np.full(matte.shape, np.inf, np.float32), np.zeros(matte.shape, bool)
    for face in faces:
        (x, y), side = face.centre, face.side
        across, down = (columns - x) / side, (rows - y) / side
        distance = across**2 + (np.where(down > 0, BELOW, 1.0) * down) ** 2
        closer = distance < nearest
        nearest[closer] = distance[closer]
        of_wanted[closer] = face in wanted
    return cast(Matte, matte * of_wanted)
