"""The built-in generators against their targets."""

import pytest

from animegan.networks.checkpoints import metadata
from animegan.networks.painters import load
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.training import targets
from animegan.training.built_in import data
from animegan.training.built_in.validation import compare
from tests.conftest import SHARED

GAINS = {
    "anime": 6.0, "film": 4.5, "anime-portrait": 4.5, "cel": 4.0, "dusk": 5.0, "watercolour": 5.0, "manga": 4.5,
    "hayao": 3.6, "shinkai": 4.0, "portrait": 6.5,
}  # fmt: skip
"""dB by which the PSNR of a style to its target exceeds that of the photo, at least."""
LEAST = {"anime-portrait": 0.7, "manga": 0.8}
"""Smallest share of the target's lines and flat colour that a style must have; 0.88 for the others. A network that
moves features is less certain where a line or a shade ends.
"""
MOST = {"cel": 1.12, "dusk": 1.12}
"""Largest share of the lines; 1.08 for the others. These two learned before specks went out of their targets."""


@pytest.mark.long
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the teachers and photographs beside the project")
@pytest.mark.parametrize("style", GAINS)
def test_the_built_in_generators_draw_like_their_targets(style):
    """On validation photographs: far closer than the photo, as flat, and with as many lines."""
    path = weights.locate(find_style(style))
    target = targets.parse(metadata(path).get("target", f"{style}.onnx"), SHARED / "teachers")
    paths = {**data.kept_out(SHARED / "photos"), **data.other_sources(SHARED / "photos")}
    kinds = ["faces", "faces elsewhere"] + ([] if "portrait" in style else ["scenes", "scenes elsewhere"])
    photos = [data.View(path, 0).photo() for kind in kinds for path in paths[kind][::8]]
    figures = compare(load(path).paint, {"some": [(photo, target(photo)) for photo in photos]})[0]["some"]
    assert figures["psnr"] > figures["photo_psnr"] + GAINS[style]
    least = LEAST.get(style, 0.88)
    assert least < figures["lines"] < MOST.get(style, 1.08)
    assert least < figures["flat"] < 1.12


@pytest.mark.parametrize("style", ["cel", "dusk", "watercolour", "manga"])
def test_free_styles_learned_from_our_own_steps_only(style):
    """No foreign weights: every step of the target is ours, and so is the style that training started with."""
    steps = metadata(weights.locate(find_style(style)))["target"].split(",")
    assert set(steps) <= set(targets.STEPS)
    assert "free for any use" in find_style(style).licence
