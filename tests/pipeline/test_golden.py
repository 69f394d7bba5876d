"""Small drawings as they were when they were last looked at: whatever changes them is seen.

    ANIMEGAN_WRITE_GOLDEN=1 pytest tests/pipeline/test_golden.py

writes them anew, for a change that is wanted, such as new weights. Look at them before you commit them.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

import animegan
from animegan.images.resize import resize
from tests.support.pictures import blurred, dull, noisy

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("ANIMEGAN_WRITE_GOLDEN") == "1"
MEAN, MOST = 0.5, 8
"""Levels by which a drawing may differ, on average and anywhere: machines round differently."""


def head() -> np.ndarray:
    """One face."""
    return resize(skimage.data.astronaut()[40:168, 160:288], 96, 96)


def cup() -> np.ndarray:
    """Coffee, cup and spoon."""
    return resize(skimage.data.coffee()[100:292, 150:406], 96, 72)


def worn() -> np.ndarray:
    """The same, blurred, flat and noisy."""
    return noisy(dull(blurred(cup(), 1.2)), 3)


GOOD = {"enhance": "off"}
DRAWINGS: dict[str, tuple[Any, dict[str, Any]]] = {
    "anime": (head, {"style": "anime", **GOOD}),
    "anime-repaired": (worn, {"style": "anime", "enhance": "on"}),
    "film": (cup, {"style": "film", **GOOD}),
    "hayao": (cup, {"style": "hayao", **GOOD}),
    "hayao-finished": (cup, {"style": "hayao", "guided": True, "vividness": 1.4, "strength": 0.8, **GOOD}),
    "cel": (head, {"style": "cel", "faces_style": "scene", **GOOD}),
    "cel-double": (lambda: cup()[:48, :64], {"style": "cel", "scale": 2, **GOOD}),
    "portrait": (head, {"style": "portrait", **GOOD}),
    "manga": (cup, {"style": "manga", **GOOD}),
}
"""Name of a drawing → its photo, and its settings."""


@pytest.fixture(scope="module")
def exact() -> animegan.Pipeline:
    """In single precision, as every machine can."""
    return animegan.Pipeline("cpu")


def drawing(pipeline: animegan.Pipeline, name: str) -> np.ndarray:
    photo, settings = DRAWINGS[name]
    return pipeline.stylize(np.ascontiguousarray(photo()), restorer="light", **settings).image


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_is_as_it_was(exact, name, tmp_path):
    drawn, path = drawing(exact, name), GOLDEN / f"{name}.png"
    if WRITE:
        GOLDEN.mkdir(exist_ok=True)
        Image.fromarray(drawn).save(path, optimize=True)
    golden = animegan.load(path)
    assert drawn.shape == golden.shape
    difference = np.abs(drawn.astype(int) - golden)
    if difference.mean() >= MEAN or difference.max() > MOST:
        now = animegan.save(np.hstack([golden, drawn]), tmp_path / f"{name}.png")
        pytest.fail(
            f"'{name}' is another drawing: {difference.mean():.2f} levels away, {difference.max()} at most. Before and "
            f"after: {now}. If that is wanted: ANIMEGAN_WRITE_GOLDEN=1 pytest tests/pipeline/test_golden.py"
        )


@pytest.mark.slow
def test_the_photos_are_what_the_names_say(exact):
    """A face is painted where there is one, and the worn one is repaired."""
    assert len(exact.stylize(head(), **GOOD).faces) == 1
    assert len(exact.stylize(cup(), **GOOD).faces) == 0
    assert {"restore", "contrast"} <= set(exact.stylize(worn(), enhance="on", restorer="light").enhanced)


def test_every_golden_drawing_is_compared():
    assert sorted(path.stem for path in GOLDEN.glob("*")) == sorted(DRAWINGS)
