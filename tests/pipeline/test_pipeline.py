"""The way of a photo, from its file to the finished picture."""

import threading

import cv2
import numpy as np
import pytest

import animegan
from animegan import errors
from animegan.images.metrics import psnr
from animegan.pipeline.pipeline import default_pipeline
from tests.support.pictures import blurred, dull, noisy


def test_a_photo_becomes_anime(drawn, astronaut):
    """Same size, clearly changed, flatter colour, outlines kept: and the face was painted."""
    assert drawn.image.shape == astronaut.shape
    assert drawn.image.dtype == np.uint8
    np.testing.assert_array_equal(drawn.photo, astronaut)
    assert 15 < psnr(drawn.image, astronaut) < 28
    walls = [cv2.cvtColor(p[10:100, 312:370], cv2.COLOR_RGB2GRAY) for p in (astronaut, drawn.image)]
    grain = [np.abs(cv2.Laplacian(wall, cv2.CV_32F)).mean() for wall in walls]
    assert grain[1] < 0.6 * grain[0]
    assert len(drawn.faces) == 1
    assert drawn.enhanced == []


def test_the_report_is_plain_values(drawn):
    report = drawn.to_dict()
    assert report["size"] == [512, 512]
    assert set(report["quality"]) >= {"sharpness", "noise", "contrast"}
    assert set(report["faces"][0]) == {"number", "box", "landmarks", "score"}
    assert report["seconds"]["total"] >= report["seconds"]["paint"] > 0
    assert report["seconds"]["paint faces"] > 0
    import json

    assert json.loads(json.dumps(report)) == report


def test_a_result_is_saved_and_becomes_a_pil_image(drawn, tmp_path):
    path = drawn.save(tmp_path / "anime.png")
    assert path == tmp_path / "anime.png"
    np.testing.assert_array_equal(animegan.load(path), drawn.image)
    assert drawn.pil.size == (512, 512)
    np.testing.assert_array_equal(np.asarray(drawn.pil), drawn.image)
    with pytest.raises(errors.OutputNotWritableError):
        drawn.save(tmp_path / "anime.txt")


def test_a_pipeline_is_called_like_a_function(pipeline, coffee):
    photo = coffee[:100, :120]
    np.testing.assert_array_equal(pipeline(photo, "cel").image, pipeline.stylize(photo, "cel").image)


def test_same_in_same_out_on_one_pipeline_and_on_another(drawn, pipeline, astronaut):
    np.testing.assert_array_equal(pipeline.stylize(astronaut).image, drawn.image)
    np.testing.assert_array_equal(animegan.stylize(astronaut).image, drawn.image)


@pytest.mark.slow
def test_a_second_call_loads_nothing(pipeline, astronaut):
    animegan.stylize(astronaut)
    before = dict(default_pipeline().models.painters)
    animegan.stylize(astronaut)
    after = default_pipeline().models.painters
    assert all(after[name] is generator for name, generator in before.items())
    assert before


@pytest.mark.slow
def test_a_crop_around_the_face(pipeline, astronaut, coffee):
    result = pipeline.stylize(astronaut, crop="portrait")
    height, width = result.image.shape[:2]
    assert width / height == pytest.approx(4 / 5, rel=0.02)
    assert width < 400
    assert result.photo.shape == result.image.shape
    assert len(result.faces) == 1
    assert pipeline.stylize(coffee, crop="square").image.shape == coffee.shape  # no face: whole
    assert set(pipeline.suggest_crop(astronaut)) == {"portrait", "square"}
    with pytest.raises(errors.BadOptionError):
        pipeline.stylize(coffee, crop="round")


@pytest.mark.slow
def test_a_smaller_detail_gives_broader_strokes(pipeline, coffee):
    """With fewer lines; 0 paints at the photo's own size."""
    large = cv2.resize(coffee, (1500, 1000), interpolation=cv2.INTER_CUBIC)
    broad, usual, own = (pipeline.stylize(large, paint_side=d, faces=False).image for d in (300, 1024, 0))
    assert broad.shape == usual.shape == own.shape == large.shape
    again = pipeline.stylize(large, paint_side=1500, faces=False).image
    np.testing.assert_array_equal(own, again)
    assert min(psnr(broad, usual), psnr(usual, own)) < 33


@pytest.mark.slow
def test_twice_the_size(pipeline, astronaut):
    """Larger, the same picture, and its report in the photo's own pixels."""
    photo = astronaut[:300, 60:400]
    once, twice = (pipeline.stylize(photo, scale=scale) for scale in (1, 2))
    assert twice.image.shape == (600, 680, 3)
    assert twice.photo.shape == photo.shape
    again = cv2.resize(twice.image, (340, 300), interpolation=cv2.INTER_AREA)
    assert psnr(again, once.image) > 20
    np.testing.assert_allclose(twice.faces[0].box, once.faces[0].box, atol=6)
    assert {picture.shape for picture in twice.preview()} == {(600, 680, 3)}


@pytest.mark.slow
def test_strength_goes_from_the_photo_to_the_drawing_and_beyond(pipeline, drawn, astronaut):
    np.testing.assert_array_equal(pipeline.stylize(astronaut, strength=0).image, astronaut)
    half, beyond = (pipeline.stylize(astronaut, strength=s).image for s in (0.5, 1.5))
    assert psnr(half, astronaut) > psnr(drawn.image, astronaut) + 4
    assert psnr(beyond, astronaut) < psnr(drawn.image, astronaut) - 2


@pytest.mark.slow
def test_vividness_and_guided_filter(pipeline, drawn, astronaut):
    def chroma(picture):
        return np.abs(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)[:, :, 1:].astype(float) - 128).mean()

    assert chroma(pipeline.stylize(astronaut, vividness=1.5).image) > 1.2 * chroma(drawn.image)
    assert chroma(pipeline.stylize(astronaut, vividness=0).image) < 1
    smooth = pipeline.stylize(astronaut, guided=True).image
    lines = [np.abs(cv2.Laplacian(p, cv2.CV_32F)).mean() for p in (smooth, drawn.image)]
    assert lines[0] < lines[1]
    assert psnr(smooth, drawn.image) > 24


@pytest.mark.long
def test_a_bad_photo_is_repaired_and_a_good_one_is_not(pipeline, astronaut):
    bad = noisy(dull(blurred(astronaut)), 12)
    repaired = pipeline.stylize(bad)
    assert repaired.enhanced[0] == "restore"
    assert "contrast" in repaired.enhanced
    assert repaired.quality.blurry
    assert repaired.quality.noisy
    assert repaired.quality.flat
    off = pipeline.stylize(bad, enhance="off")
    assert off.enhanced == []
    np.testing.assert_array_equal(off.photo, bad)
    assert psnr(repaired.image, off.image) < 35
    assert pipeline.stylize(astronaut, enhance="on").enhanced == ["restore"]


@pytest.mark.slow
def test_a_large_photo_comes_back_at_its_size(pipeline, astronaut):
    large = cv2.resize(astronaut, (2600, 2000), interpolation=cv2.INTER_CUBIC)
    result = pipeline.stylize(large)
    assert result.image.shape == large.shape
    assert len(result.faces) == 1
    before, after = result.preview(640)
    assert before.shape == after.shape == (492, 640, 3)
    left, top, right, bottom = result.faces[0].box
    assert 700 < left < right < 1500
    assert 150 < top < bottom < 800


@pytest.mark.parametrize("size", [(16, 16), (17, 23), (16, 2000), (2000, 16)])
def test_odd_sizes(pipeline, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for mode in ("auto", "on"):
        assert pipeline.stylize(photo, enhance=mode, guided=True).image.shape == photo.shape


def test_many_threads_get_their_own_pictures(pipeline, coffee):
    photos = [np.ascontiguousarray(coffee[i * 20 : i * 20 + 120, :160]) for i in range(6)]
    alone = [pipeline.stylize(photo).image for photo in photos]
    together = [None] * len(photos)

    def work(i):
        together[i] = pipeline.stylize(photos[i]).image

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)
