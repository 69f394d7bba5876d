"""The small networks that draw moving pictures."""

import shutil

import numpy as np
import pytest

import animegan
from animegan.errors import UnknownStyleError
from animegan.styles import lookup, weights
from animegan.styles.lookup import find_style, live_style
from animegan.styles.sources import BuiltIn, OnDisk
from animegan.styles.table import LIVE, OF_FACES, STYLES


@pytest.fixture
def small_networks(monkeypatch, tmp_path):
    """A package whose only small network is that of Cel."""
    folder = tmp_path / "builtin"
    folder.mkdir()
    shutil.copy(weights.locate(find_style("cel")), folder / "cel-live.safetensors")
    for name in ("dusk", "restore"):
        shutil.copy(weights.BUILT_IN / f"{name}.safetensors", folder)
    monkeypatch.setattr(lookup, "BUILT_IN", folder)
    monkeypatch.setattr(weights, "BUILT_IN", folder)


def test_a_style_has_its_small_network_where_the_file_is(small_networks):
    live = live_style(" Cel ")
    assert (live.id, live.source) == ("cel-live", BuiltIn("cel-live.safetensors"))
    assert (live.label, live.licence) == (find_style("cel").label, find_style("cel").licence)
    assert live_style("dusk") is find_style("dusk")
    assert live_style("cel-live") is live


def test_a_small_network_loads_and_draws_like_any_other(small_networks):
    picture = np.full((64, 64, 3), 90, np.uint8)
    drawn = animegan.Pipeline("cpu").stylize(picture, "cel-live", enhance="off", faces=False)
    assert drawn.style == "cel-live"
    assert drawn.image.shape == picture.shape


def test_small_networks_are_in_no_list(small_networks):
    assert not {style.id for style in animegan.list_styles()} & set(LIVE)
    with pytest.raises(UnknownStyleError) as raised:
        find_style("nothing")
    assert "live" not in str(raised.value)
    with pytest.raises(UnknownStyleError):
        find_style("dusk-live")  # it has none


def test_a_network_for_faces_alone_is_in_no_list_but_paints_faces():
    assert not {style.id for style in animegan.list_styles()} & set(OF_FACES)
    assert animegan.Options("cel", faces_style="Likeness").face_painter == "likeness"
    assert find_style("likeness").licence == find_style("cel").licence


def test_a_file_of_one_s_own_draws_itself(tmp_path):
    path = tmp_path / "mine.safetensors"
    path.touch()
    assert live_style(str(path)).source == OnDisk(str(path))


def test_the_small_networks_that_are_there_are_small():
    there = [style for name in STYLES if (style := live_style(name)).id in LIVE]
    assert all(weights.locate(style).stat().st_size <= 600_000 for style in there)


def test_a_file_that_is_trained_anew_draws_anew(tmp_path):
    """Under the same path, in the same pipeline."""
    path, picture = tmp_path / "mine.safetensors", np.full((64, 64, 3), (90, 50, 120), np.uint8)
    pipeline, plain = animegan.Pipeline("cpu"), {"enhance": "off", "faces": False}
    for name in ("cel", "dusk"):
        shutil.copy(weights.BUILT_IN / f"{name}.safetensors", path)
        drawn = pipeline.stylize(picture, str(path), **plain).image
        np.testing.assert_array_equal(drawn, pipeline.stylize(picture, name, **plain).image)
