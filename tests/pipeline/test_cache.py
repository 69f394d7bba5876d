"""What was computed of a photo once, and is not computed again."""

from typing import Any, cast

import numpy as np
import pytest

import animegan
from animegan.pipeline.cache import Memo, PhotoCache, cache_of
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools
from tests.support.pictures import blurred, noisy


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
    cache.once("repair", (), lambda: (loaded, photo.repeat(2, 0)))
    assert cache.nbytes == 3 * photo.nbytes


def test_a_cache_of_a_cache_is_that_one(coffee):
    cache = PhotoCache(coffee)
    assert cache_of(cache) is cache
    assert cache_of(coffee) is not cache


@pytest.mark.long
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


class Stages:
    """Two stages, and what they were called with."""

    def __init__(self):
        self.calls: list[tuple] = []

        def half(tools, photo, *, top=False):
            self.calls.append(("half", top))
            return photo[: len(photo) // 2] if top else photo[len(photo) // 2 :]

        def mean(tools, photo):
            self.calls.append(("mean",))
            return float(photo.mean())

        self.half, self.mean = half, mean


def memo(cache, pipeline: object = "one", without=frozenset()) -> Memo:
    return Memo(cache, Tools(cast(Any, None), Clock()), pipeline, without)


def test_a_key_is_the_stage_its_inputs_and_its_settings():
    cache, stages = PhotoCache(np.arange(48, dtype=np.uint8).reshape(4, 4, 3).repeat(4, 0).repeat(4, 1)), Stages()
    photo, call = cache.load(), memo(cache)
    first = call(stages.mean, call(stages.half, photo, top=True))
    assert call(stages.mean, call(stages.half, photo, top=True)) == first
    assert stages.calls == [("half", True), ("mean",)]
    assert call(stages.mean, call(stages.half, photo, top=False)) > first  # another input, so another key
    assert stages.calls[2:] == [("half", False), ("mean",)]


def test_the_pipeline_is_part_of_the_key():
    cache, stages = PhotoCache(np.zeros((16, 16, 3), np.uint8)), Stages()
    for pipeline in ("one", "one", "other"):
        memo(cache, pipeline)(stages.mean, cache.load())
    assert stages.calls == [("mean",)] * 2


def test_a_stage_that_is_left_out_hands_on_its_first_input():
    cache, stages = PhotoCache(np.zeros((16, 16, 3), np.uint8)), Stages()
    photo = cache.load()
    assert memo(cache, without=frozenset({"half"}))(stages.half, photo, top=True) is photo
    assert stages.calls == []


def test_a_cache_does_not_cross_pipelines(pipeline, astronaut):
    """The second pipeline leaves a stage out: it must not get the first one's picture."""
    bad = noisy(blurred(astronaut[:200, 100:300], 2), 9)
    cache, other = PhotoCache(bad), animegan.Pipeline(without=frozenset({"restore"}))
    first, second = pipeline.stylize(cache, faces=False), other.stylize(cache, faces=False)
    assert not np.array_equal(first.image, second.image)
    np.testing.assert_array_equal(second.image, other.stylize(bad, faces=False).image)
    np.testing.assert_array_equal(first.image, pipeline.stylize(cache, faces=False).image)
