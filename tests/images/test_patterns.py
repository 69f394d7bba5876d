"""Patterns on finished drawings."""

import numpy as np
import pytest

from animegan.images import metrics, patterns
from animegan.options import Options
from animegan.styles.table import STYLES


@pytest.mark.parametrize("name", sorted(patterns.FINISHES))
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_a_pattern_keeps_the_size_and_the_input_and_is_deterministic(name, scale, coffee):
    drawing = coffee[:121, :97]
    before = drawing.copy()
    done = patterns.FINISHES[name](drawing, scale)
    assert (done.shape, done.dtype) == (drawing.shape, np.uint8)
    np.testing.assert_array_equal(drawing, before)
    np.testing.assert_array_equal(patterns.FINISHES[name](drawing, scale), done)
    assert not np.array_equal(done, drawing)


def test_dots_render_the_lightness_of_a_tone():
    tones = (0.4, 0.5, 0.65, 0.8)
    means = [patterns.screentone(np.full((200, 200, 3), round(255 * tone), np.uint8)).mean() / 255 for tone in tones]
    assert means == sorted(means)
    assert means[0] < 0.25
    assert means[-1] > 0.75
    assert all(np.ptp(patterns.screentone(np.full((50, 50, 3), round(255 * tone), np.uint8))) > 200 for tone in tones)


@pytest.mark.parametrize("grey", [0, 40, 250, 255])
def test_black_and_white_have_no_dots(grey):
    page = patterns.screentone(np.full((64, 64, 3), grey, np.uint8))
    assert np.ptp(page) == 0
    assert abs(int(page[0, 0, 0]) - grey) <= 5


def test_dots_grow_with_the_picture():
    """At twice the scale the rows of dots are twice as far apart."""

    def spacing(scale: float) -> float:
        row = patterns.screentone(np.full((400, 400, 3), 140, np.uint8), scale)[:, :, 0].astype(float)
        power = np.abs(np.fft.rfft2(row - row.mean()))
        down, across = np.unravel_index(power.argmax(), power.shape)
        return 400 / np.hypot(min(down, 400 - down), across)

    assert spacing(1.0) == pytest.approx(patterns.PERIOD, rel=0.05)
    assert spacing(2.0) == pytest.approx(2 * patterns.PERIOD, rel=0.05)


def test_paper_has_grain_and_no_colour():
    sheet = patterns.paper(np.full((128, 128, 3), 200, np.uint8))
    assert 2 < sheet.std() < 8
    assert abs(sheet.mean() - 200) < 1
    assert (sheet.max(axis=2) == sheet.min(axis=2)).all()


@pytest.mark.slow
def test_a_style_with_a_pattern_has_it_on_scene_and_faces(pipeline, astronaut):
    result = pipeline.stylize(astronaut, style="manga")
    assert len(result.faces) == 1
    assert metrics.chroma(result.image) < 3
    middle = ((result.image > 60) & (result.image < 200)).mean()
    assert middle < 0.35  # ink and paper, little in between


def test_strength_fades_the_pattern_as_well(pipeline, astronaut):
    half = pipeline.stylize(astronaut, style="manga", strength=0.5, faces=False).image
    whole = pipeline.stylize(astronaut, style="manga", faces=False).image
    expected = (astronaut.astype(float) + whole) / 2
    assert np.abs(half - expected).max() <= 1


def test_every_finish_of_a_style_exists():
    named = {style.finish for style in STYLES.values()} - {None}
    assert named == set(patterns.FINISHES)
    assert Options().style == "anime"
