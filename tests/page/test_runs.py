"""What a visitor may ask of a run."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from animegan.errors import PhotoTooLargeError
from animegan.options import Options
from animegan.page.serving.runs import Run
from animegan.page.serving.sessions import Session


def test_on_the_page_an_enlarged_drawing_has_at_most_as_many_megapixels_as_a_photo():
    """Visitors share the memory. At its own size any photo is drawn that was let in."""
    drawn: list[Options] = []
    pipeline = SimpleNamespace(stylize=lambda photo, options, on_progress: drawn.append(options))
    state: Any = SimpleNamespace(lent_gpu=None, pipeline=pipeline)
    photo: Any = np.zeros((3600, 3600, 3), np.uint8)
    run = Run("en", lambda fraction, text: None, lambda: None, state, Session(photo))
    with pytest.raises(PhotoTooLargeError, match=r"At 2 times its size .* 50 megapixels: ask for a smaller scale"):
        run.draw(Options(scale=2))
    assert drawn == []
    run.draw(Options(scale=1))
    assert drawn == [Options(scale=1)]
