"""What was computed of a photo once, and is not computed again."""

import numpy as np
import pytest

import animegan
from animegan.pipeline.cache import PhotoCache, cache_of


def test_a_stage_is_done_once_for_the_same_settings():
    cache, done = PhotoCache(np.zeros((16, 16, 3), np.uint8)), []

    def once(stage: str, *settings) -> str:
        return cache.once(stage, settings, lambda: done.append((stage, *settings)) or f"{stage} {settings}")

    assert once("paint", "cel") == once("paint", "cel") == "paint ('cel',)"
    assert once("paint", "anime") == "paint ('anime',)"
    once("crop", "cel")
    once("paint", "cel")  # it keeps the last outcome alone
    assert done == [("paint", "cel"), ("paint", "anime"), ("crop", "cel"), ("paint", "cel")]


def test_a_stage_that_fails_is_done_again():
    cache = PhotoCache(np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(ZeroDivisionError):
        cache.once("paint", (), lambda: 1 / 0)
    assert cache.once("paint", (), lambda: 7) == 7


def test_each_picture_counts_once():
    photo = np.zeros((20, 30, 3), np.uint8)
    cache = PhotoCache(photo)
    assert cache.nbytes == 0
    loaded = cache.load()
    assert cache.nbytes == photo.nbytes
    cache.once("crop", (), lambda: loaded)
    assert cache.nbytes == photo.nbytes
    cache.once("mend", (), lambda: (loaded, photo.repeat(2, 0)))
    assert cache.nbytes == 3 * photo.nbytes


def test_a_cache_of_a_cache_is_that_one(coffee):
    cache = PhotoCache(coffee)
    assert cache_of(cache) is cache
    assert cache_of(coffee) is not cache


@pytest.mark.slow
def test_only_what_a_setting_changes_is_computed_again(pipeline, astronaut):
    """What was computed once is not computed again, and the picture is the same byte for byte."""
    cache = animegan.PhotoCache(astronaut)
    first = pipeline.stylize(cache)
    assert {"assess", "find faces", "paint", "paint faces"} <= set(first.seconds)
    ways = [
        ({}, set()),
        ({"strength": 0.5}, set()),
        ({"faces": False}, set()),
        ({"style": "shinkai"}, {"models", "paint", "paint faces"}),
        ({"style": "shinkai", "faces_style": "portrait"}, {"models", "paint faces"}),
        ({"enhance": "on"}, {"enhance", "find faces", "models", "paint", "paint faces"}),
        ({"crop": "square"}, {"crop", "assess", "enhance", "find faces", "models", "paint", "paint faces"}),
    ]
    for settings, computed in ways:
        result = pipeline.stylize(cache, **settings)
        assert set(result.seconds) - {"load", "weights", "finish", "total"} == computed, settings
        alone = pipeline.stylize(astronaut, **settings)
        np.testing.assert_array_equal(result.image, alone.image)
        assert result.to_dict() | {"seconds": {}} == alone.to_dict() | {"seconds": {}}


@pytest.mark.slow
def test_a_cache_reads_its_photo_once_and_knows_its_size(pipeline, astronaut, tmp_path):
    animegan.save(astronaut, tmp_path / "photo.png")
    cache = animegan.PhotoCache(tmp_path / "photo.png")
    assert cache.nbytes == 0
    crops = pipeline.suggest_crop(cache)
    (tmp_path / "photo.png").unlink()
    result = pipeline.stylize(cache, crop="portrait", enhance="on")
    left, top, right, bottom = crops["portrait"]
    assert result.image.shape == (bottom - top, right - left, 3)
    assert cache.nbytes >= astronaut.nbytes + 2 * result.image.nbytes


@pytest.mark.slow
def test_a_cache_still_works_after_a_failure(pipeline, astronaut):
    """What stops a run stops nothing of the next one."""
    cache = animegan.PhotoCache(astronaut)

    def stop(fraction, what):
        if what == "Painting the scene":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.stylize(cache, on_progress=stop)
    np.testing.assert_array_equal(pipeline.stylize(cache).image, pipeline.stylize(astronaut).image)
