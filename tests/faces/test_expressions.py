"""What `likeness` keeps of expressions, on people whom its training did not see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from animegan.faces.face import face_crop
from animegan.faces.finder import Finder
from animegan.faces.thresholds import FACES
from animegan.images import files
from animegan.images.resize import Picture
from animegan.networks.painters import load, paint_head
from animegan.styles import weights
from animegan.styles.lookup import find_style
from tests.conftest import SHARED

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not SHARED.is_dir(), reason="needs the folder of photographs beside the project"),
]

TEETH = {
    "more/faces": """002 005 008 013 016 021 023 025 026 028 030 031 032 037 065""",
    "more/synthetic-faces": """
        female-white-209 female-white-269 female-white-293 male-white-033 male-white-045
    """,
}
"""Photographs that show teeth, by folder."""
LIPS_CLOSED = {
    "more/faces": """001 003 004 006 007 010 011 012 014 015 017 018""",
    "more/synthetic-faces": """
        female-asian-001 female-asian-037 female-asian-061 female-asian-109
        female-asian-121 female-black-031 female-black-043 female-black-055
    """,
}
"""And ones that show none."""


@pytest.fixture(scope="module")
def likeness():
    return load(weights.locate(find_style("likeness")))


def listed(names: dict[str, str]) -> list[Path]:
    return [SHARED / "photos" / folder / f"{name}.jpg" for folder, those in names.items() for name in those.split()]


def white_between_lips(drawing: Picture, left: np.ndarray, right: np.ndarray) -> float:
    """The share of white in the ellipse between the corners of the mouth."""
    wide = float(np.linalg.norm(right - left))
    x, y = (left + right) / 2 + np.array([0, 0.08 * wide])
    rows, columns = np.mgrid[: drawing.shape[0], : drawing.shape[1]]
    inside = ((columns - x) / (0.5 * wide)) ** 2 + ((rows - y) / (0.3 * wide)) ** 2 < 1
    lab = cv2.cvtColor(drawing.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[inside]
    return float(((lab[:, 0] > 72) & (np.hypot(lab[:, 1], lab[:, 2]) < 10)).mean())


@pytest.mark.parametrize(("names", "least", "most"), [(TEETH, 18, 20), (LIPS_CLOSED, 0, 2)], ids=["teeth", "lips"])
def test_teeth_are_drawn_where_the_photo_shows_them(likeness, finder: Finder, names, least, most):
    seen = 0
    for path in listed(names):
        photo = files.load(path)
        face = finder.find(photo)[0]
        crop, side = face_crop(face), FACES.small_canvas
        drawing, _ = paint_head(likeness, crop.cut(photo, side))
        seen += white_between_lips(drawing, *crop.landmarks(face, side)[3:]) > 0.02
    assert len(listed(names)) == 20
    assert least <= seen <= most
