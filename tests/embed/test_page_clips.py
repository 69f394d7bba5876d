"""Clips on the embedded page. Its engine is a stand-in; what it makes of a clip is tested in test_clips.py."""

import numpy as np
import pytest

from tests import axe
from tests.conftest import ROOT
from tests.support import clips
from tests.support.browser import open_tab
from tests.support.embed_page import bring, build, reader, serve, until

pytestmark = pytest.mark.slow
PHOTO = ROOT / "examples" / "4-coffee.jpg"
OF_PHOTOS = "#parts, #enhance, #kinds, #copy, #crop-open"
"""What clips do not have."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("clips") / "site")) as host:
        yield host


@pytest.fixture
def tab(browser, host):
    with reader(browser, host.url) as tab:
        yield tab


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    frames = [np.full((48, 64, 3), level, np.uint8) for level in range(0, 240, 40)]
    return clips.write(tmp_path_factory.mktemp("clip") / "My walk.mp4", frames, sound="aac")


def test_a_clip_is_drawn_picture_by_picture_stopped_drawn_again_and_saved(tab, clip, tmp_path):
    tab.evaluate("fake.hold = 2")
    bring(tab, clip)
    tab.wait_for_function("() => document.querySelector('#coming').textContent === '2 of 6'")
    assert tab.evaluate("document.querySelector('#progress progress').value") == pytest.approx(1 / 3)
    assert tab.inner_text("#status") == "Drawing each picture of the clip: Anime …"
    greys = tab.evaluate("""() => [...document.querySelectorAll('#slider canvas')]
        .map(canvas => canvas.getContext('2d').getImageData(30, 20, 1, 1).data[0])""")
    assert sorted(greys) == [192, 215]  # the second picture and its drawing, in the stand-in's steps of 48
    assert tab.locator(OF_PHOTOS).evaluate_all("all => all.every(each => !each.checkVisibility())")
    tab.click("#stop")
    until(tab, "ready")
    assert tab.inner_text("#status") == "Stopped. Your clip is still here."
    tab.evaluate("fake.hold = 0")
    tab.click("#retry")
    until(tab, "done")
    assert tab.inner_text("#status").strip() == "6 pictures drawn on this device in 1:05."
    video = tab.locator("#clip video")
    video.wait_for()
    tab.wait_for_function("() => document.querySelector('#clip video').videoWidth === 64")
    assert tab.locator("#slider").is_hidden()
    with tab.expect_download() as offered:
        tab.click("#download")
    assert offered.value.suggested_filename == "My-walk-anime.mp4"
    offered.value.save_as(tmp_path / "saved.mp4")
    assert (tmp_path / "saved.mp4").read_bytes() == clip.read_bytes()  # the stand-in's drawing
    assert tab.inner_text("#download-size").startswith("64 × 48")


def test_another_style_waits_for_a_word_and_a_photo_takes_the_clips_place(tab, clip):
    """Minutes of work are not thrown away by a click on a style."""
    tab.evaluate("fake.silent = true")
    bring(tab, clip)
    until(tab, "done")
    assert tab.inner_text("#status").endswith("Its sound does not fit into an MP4 and was left out.")
    tab.check("[name=styles][value=cel]")
    assert tab.inner_text("#retry") == "Draw it"
    assert tab.get_attribute("#download", "download") == "My-walk-anime.mp4"
    tab.click("#retry")
    tab.locator("#download[download='My-walk-cel.mp4']").wait_for()
    bring(tab, PHOTO)
    tab.locator("#download[download='4-coffee-cel.png']").wait_for()
    assert tab.locator("#clip").is_hidden()
    assert tab.locator("#slider img.after").count() == 1
    assert tab.locator("#kinds").is_visible()
    tab.check("[name=styles][value=anime]")
    until(tab, "done")
    calls = [call for call in tab.evaluate("fake.calls") if call.startswith(("clip", "draw"))]
    assert calls == ["clip anime", "clip cel", "draw cel", "draw anime"]


def test_a_clip_that_cannot_be_drawn_gets_a_sentence_and_the_photo_stays(tab, clip):
    bring(tab, PHOTO)
    until(tab, "done")
    for code, words in (
        ("long-clip", "too long for this device: choose one of 180 seconds at most"),
        ("no-decoder", "MP4 with H.264"),
        ("no-codecs", "cannot write clips"),
        ("no-clips", "draws no clips"),
        ("bad-clip", "cannot be read as a clip"),
    ):
        tab.evaluate("code => { fake.clipFail = code; }", code)
        bring(tab, clip)
        tab.wait_for_function("words => document.querySelector('#failure').innerText.includes(words)", arg=words)
        assert tab.locator("#retry").is_hidden()
        assert tab.get_attribute("#download", "download") == "4-coffee-anime.png"
    tab.evaluate("fake.clipFail = 'no-network'")
    bring(tab, clip)
    tab.locator("#retry").wait_for()
    tab.evaluate("delete fake.clipFail")
    tab.click("#retry")
    until(tab, "done")
    assert tab.locator("#failure").is_hidden()


@pytest.mark.parametrize(("width", "locale", "theme"), [(360, "ja-JP", "dark"), (1366, "zh-CN", "light")])
def test_axe_finds_nothing(browser, host, clip, width, locale, theme):
    source = axe.script()
    size = {"width": width, "height": 740}
    tab = open_tab(browser, service_workers="block", viewport=size, locale=locale, color_scheme=theme)
    tab.goto(host.url)
    until(tab, "ready")
    tab.evaluate("fake.hold = 6")
    bring(tab, clip)
    tab.wait_for_function("() => document.querySelector('#coming').textContent.startsWith('6')")
    assert axe.violations(tab, source) == []
    tab.evaluate("fake.hold = 0")
    until(tab, "done")
    assert axe.violations(tab, source) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.context.close()
