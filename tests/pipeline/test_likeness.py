"""Faces by the network that knows nothing else: the person's own, in the style of the scene, along the head."""

import numpy as np
import pytest

from animegan.faces.face import face_crop
from animegan.networks.painters import paint_head
from animegan.training.lab import to_lab

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawings(pipeline, astronaut):
    """The astronaut by `cel` without painted faces, and with likeness."""
    alone = pipeline.stylize(astronaut, "cel", faces=False)
    return alone.image, pipeline.stylize(astronaut, "cel", faces_style="likeness")


def test_it_is_drawn_and_found_again(pipeline, drawings):
    alone, drawn = drawings
    (face,) = drawn.faces
    assert drawn.faces_style == "likeness"
    again = pipeline.models.finder.find(drawn.image)
    assert len(again) == 1
    apart = np.hypot(*np.subtract(face.landmarks[1], face.landmarks[0]))
    assert np.abs(np.subtract(again[0].landmarks, face.landmarks)).max() < 0.25 * apart
    left, top, right, bottom = (round(value) for value in face.box)
    assert np.abs(drawn.image[top:bottom, left:right].astype(int) - alone[top:bottom, left:right]).mean() > 4


def test_the_mask_is_the_head_and_nothing_else_changes(pipeline, astronaut, drawings):
    alone, drawn = drawings
    crop = face_crop(drawn.faces[0])
    _, head = paint_head(pipeline.models.painter("likeness"), crop.cut(astronaut, 256))
    assert head is not None
    middle = head[100:180, 90:166]
    assert (middle > 127).mean() > 0.97
    assert 0.3 < (head > 127).mean() < 0.85
    outside = np.ones(astronaut.shape[:2], bool)
    outside[crop.region(astronaut.shape)] = False
    np.testing.assert_array_equal(drawn.image[outside], alone[outside])


def test_skin_keeps_its_lightness_and_hue(astronaut, drawings):
    _, drawn = drawings
    eyes = np.array(drawn.faces[0].landmarks)
    x, y = (eyes[0] + eyes[3]) / 2  # a cheek
    cheek = slice(round(y) - 4, round(y) + 5), slice(round(x) - 4, round(x) + 5)
    before, after = (to_lab(picture)[cheek].reshape(-1, 3).mean(0) for picture in (astronaut, drawn.image))
    assert abs(after[0] - before[0]) < 10
    hues = [np.degrees(np.arctan2(colour[2], colour[1])) for colour in (before, after)]
    assert abs(hues[1] - hues[0]) < 15


@pytest.mark.parametrize("style", ["dusk", "manga"])
def test_every_style_paints_it_in_its_own_way(pipeline, astronaut, style):
    """A grey style gets a grey face."""
    small = astronaut[:256, 100:356]
    scene, drawn = (
        pipeline.stylize(small, style, faces_style="scene"),
        pipeline.stylize(small, style, faces_style="likeness"),
    )
    left, top, right, bottom = (max(0, round(value)) for value in drawn.faces[0].box)
    face, own = drawn.image[top:bottom, left:right].astype(int), scene.image[top:bottom, left:right].astype(int)
    assert np.abs(face.mean((0, 1)) - own.mean((0, 1))).max() < 30
    if style == "manga":
        assert np.ptp(face, axis=2).max() <= 2
