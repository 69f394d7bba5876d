"""A page that draws at once: the photo's colours are inverted. For tests of the page itself, not of drawings."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from animegan.faces.face import Face
from animegan.options import Options
from animegan.pipeline.cache import PhotoCache
from animegan.pipeline.result import Result
from animegan.repair.quality import assess


def draw_quickly(page: Any, monkeypatch: pytest.MonkeyPatch, faces: int = 0) -> SimpleNamespace:
    """Let a page invert photos, and find so many faces in each, from the left to the right.

    Returns what it was asked for: ``options``, the last at the end.
    """
    asked = SimpleNamespace(options=[])

    def stylize(photo: PhotoCache, options: Options, **_: Any) -> Result:
        asked.options.append(options)
        picture = photo.load()
        height, width = picture.shape[:2]
        parts = [(n / (faces + 1), (n + 0.6) / (faces + 1)) for n in range(1, faces + 1)]
        found = [
            Face((width * (left - 0.05), height * 0.3, width * (right - 0.05), height * 0.6), (), 1.0, number)
            for number, (left, right) in enumerate(parts, 1)
        ]
        chosen = [face for face in found if not options.face_numbers or face.number in options.face_numbers]
        image = np.ascontiguousarray(255 - picture)
        return Result(image, picture, options.style, "anime", chosen, assess(picture), [], seconds={"total": 0.1})

    monkeypatch.setattr(page.state.pipeline, "stylize", stylize)
    monkeypatch.setattr(page.state.pipeline, "suggest_crop", lambda photo: {})
    monkeypatch.setattr(page.state.pipeline, "draw_frame", lambda frame, style: frame)
    return asked
