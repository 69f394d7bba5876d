"""The tab Video in headless Chromium: a clip is brought, one frame is drawn at once, then the part."""

import time

import pytest
from PIL import Image

from animegan import video
from tests.support.browser import PATIENCE, open_tab, screenshot, toast
from tests.support.page_clips import write_clip

pytest.importorskip("av")
pytestmark = pytest.mark.slow

PAIR = """before => { const p = [...document.querySelectorAll('#video-pair .stage > img')];
    return p.length === 2 && p.every(each => each.complete && each.naturalWidth) && p[1].src !== before; }"""
LAST = "[...document.querySelectorAll('#video-pair .stage > img')].at(-1)?.src"


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "holiday.mp4", frames=12)


def open_video(browser, url: str, **settings):
    tab = open_tab(browser, **settings)
    tab.goto(url)
    tab.wait_for_selector("#download")
    tab.locator("#tabs [role=tab]").nth(2).click()
    tab.wait_for_selector("#video-go")
    tab.wait_for_function(PAIR, arg="")
    return tab


def bring(tab, clip) -> None:
    """Choose a clip, and wait for the drawing of its first frame."""
    example = tab.evaluate(LAST)
    tab.set_input_files("#clip input[type=file]", str(clip))
    tab.wait_for_function(PAIR, arg=example)


@pytest.mark.long
def test_a_clip_is_drawn_with_its_sound(browser, page, clip):
    tab = open_video(browser, page.url)
    assert "at most 20 s, 600 frames, 640 pixels" in tab.inner_text("#video-info")
    bring(tab, clip)
    assert "1.0 s, 160 × 120 pixels, 12 frames a second, with sound." in tab.inner_text("#video-line")
    first = tab.evaluate(LAST)
    tab.locator("#video-end input[type=number]").fill("0.5")
    tab.locator("#video-end input[type=number]").press("Enter")
    tab.wait_for_function(PAIR, arg=first)
    tab.click("#video-go")
    tab.wait_for_selector("#video-download:not([disabled])", timeout=3 * PATIENCE)
    assert "6 frames drawn" in tab.inner_text("#video-line")
    tab.wait_for_function("document.querySelector('#video-player video')?.duration > 0.3")
    with tab.expect_download() as offered:
        tab.click("#video-download")
    assert offered.value.suggested_filename == "holiday-anime.mp4"
    path = clip.with_name("drawn.mp4")
    offered.value.save_as(path)
    drawn = video.probe(path)
    assert (drawn.width, drawn.height, drawn.has_sound) == (160, 120, True)
    assert Image.fromarray(video.preview(path)).size == (160, 120)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1400
    for theme in ("light", "dark"):
        tab.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        screenshot(tab, f"video-{theme}")
    tab.context.close()


def test_a_tall_clip_fits_the_screen_and_is_not_blown_up(browser, page, tmp_path):
    tab = open_video(browser, page.url)
    bring(tab, write_clip(tmp_path / "tall.mp4", frames=3, width=120, height=240, sound=False))
    stage, player = tab.locator("#video-pair .stage"), tab.locator("#clip video")
    for height in (900, 400):
        tab.set_viewport_size({"width": 1366, "height": height})
        drawn, photo = stage.bounding_box(), player.bounding_box()
        assert max(drawn["height"], photo["height"]) <= 0.7 * height + 1
        assert drawn["width"] <= 260  # 120 pixels, and room for its buttons
    tab.context.close()


def test_a_broken_clip_gets_a_toast(browser, page, clip, tmp_path):
    tab = open_video(browser, page.url)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no clip at all")
    tab.set_input_files("#clip input[type=file]", str(broken))
    said = "[...document.querySelectorAll('[data-testid=toast-body]')].some(each => each.innerText.includes('%s'))"
    tab.wait_for_function(said % "is no video that can be read")
    tab.context.close()


@pytest.mark.long
def test_a_clip_that_the_browser_cannot_play_is_drawn_all_the_same(browser, page, tmp_path):
    """The sentence "not playable" in a toast is Gradio's own."""
    tab = open_video(browser, page.url)
    bring(tab, write_clip(tmp_path / "old.avi", frames=6, sound=False, codec="mpeg4"))
    assert "not playable" in toast(tab)
    assert "0.5 s, 160 × 120 pixels" in tab.inner_text("#video-line")
    tab.click("#video-go")
    tab.wait_for_selector("#video-download:not([disabled])", timeout=3 * PATIENCE)
    tab.context.close()


@pytest.mark.long
def test_it_can_be_stopped_and_leaves_with_its_visitor(browser, page, tmp_path, monkeypatch):
    """The drawing takes fifty seconds at least, so that Stop is clicked before its end on a busy machine, too."""
    monkeypatch.setattr(page.state.cameras, "draw_between", lambda: time.sleep(0.5))
    clip = write_clip(tmp_path / "holiday.mp4", frames=100)
    tab = open_video(browser, page.url)
    bring(tab, clip)
    tab.click("#video-go")
    tab.wait_for_function("() => /frame \\d/i.test(document.querySelector('#video-pair').innerText)")
    tab.click("#video-stop")
    tab.wait_for_function("document.querySelector('#video-line').innerText.includes('Stopped')")
    tab.wait_for_selector("#video-download[disabled]")
    assert list(page.state.folder.rglob("holiday*"))
    context = tab.context
    tab.close(run_before_unload=True)
    context.close()
    end = time.monotonic() + PATIENCE / 1000
    while list(page.state.folder.rglob("holiday*")):
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.long
@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (768, "light")])
def test_it_fits_and_speaks_chinese(browser, page, clip, width, theme):
    viewport = {"width": width, "height": 800}
    tab = open_video(browser, f"{page.url}?__theme={theme}", viewport=viewport, locale="zh-CN")
    bring(tab, clip)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert "有声音" in tab.inner_text("#video-line")
    screenshot(tab, f"video-{width}-{theme}-zh")
    tab.context.close()
