"""The tab Live in headless Chromium, with the camera that Chromium pretends to have."""

import base64
import http.server
import io
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.support.browser import ARGUMENTS, CHROMIUM, PATIENCE, REQUIRED, enter, failure, open_tab, screenshot
from tests.support.proxy import Proxy

pytestmark = pytest.mark.slow

RUNS = "() => document.querySelector('.live-stage:not(.idle)')"
"""A drawing is shown."""
PIXELS = "document.querySelector('#live canvas').toDataURL().split(',')[1]"
"""The picture as a PNG file in Base64: an array of numbers takes Playwright seconds."""
STREAMS = """() => { window.streams = [];
    const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
    media.getUserMedia = async wish => {
        const given = await ask(wish);
        window.streams.push(given);
        return given;
    }; }"""
"""Remembers each stream that the camera gives."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium with a camera that shows a moving pattern; each visitor is asked whether the page may use it."""
    if CHROMIUM is None:
        pytest.fail("Chromium is required here.") if REQUIRED else pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


def open_live(browser, url: str, **settings) -> Any:
    """A visitor on the tab, who allows the camera if nothing else is said."""
    tab = open_tab(browser, **{"permissions": ["camera"], **settings})
    tab.add_init_script(f"({STREAMS})()")
    enter(tab, url)
    tab.get_by_role("tab", name=re.compile("Live|实时")).click()
    tab.locator("#live-cards img").nth(8).wait_for()
    return tab


def told(tab, text: str) -> None:
    """Wait until the line below the picture says this."""
    tab.wait_for_function("text => document.querySelector('.live-say').innerText.includes(text)", arg=text)


def pixels(tab) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(tab.evaluate(PIXELS)))) as picture:
        return np.asarray(picture.convert("RGB"), np.int16).reshape(-1, 3)


@pytest.mark.long
def test_the_camera_is_drawn_as_it_moves(browser, page):
    """Start, see it drawn, move the line by key and by mouse, keep a picture, stop."""
    tab = open_live(browser, page.url)
    before = sorted(page.state.folder.rglob("*"))
    tab.click("#live-go")
    tab.wait_for_function(RUNS)
    told(tab, "pictures a second")
    first = pixels(tab)
    end = time.monotonic() + PATIENCE / 1000
    while np.abs(pixels(tab) - first).max() <= 20:  # it moves
        assert time.monotonic() < end
        tab.wait_for_timeout(200)
    for theme in ("light", "dark"):
        tab.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        screenshot(tab, f"live-{theme}")
    tab.click("#live-stop")
    told(tab, "the camera is off")
    assert tab.evaluate("streams.flatMap(s => s.getTracks()).every(track => track.readyState === 'ended')")
    line = tab.locator(".live-line")
    line.focus()
    line.press("End")
    camera = pixels(tab)
    line.press("Home")
    drawing = pixels(tab)
    assert np.abs(camera - drawing).mean() > 2
    line.press("ArrowRight")
    assert line.get_attribute("aria-valuenow") == "2"
    box = tab.locator(".live-stage").bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    assert line.get_attribute("aria-valuenow") == "50"
    with tab.expect_download() as offered:
        tab.click("#live-snapshot")
    assert re.fullmatch(r"live-anime-\d{6}\.png", offered.value.suggested_filename)
    with Image.open(offered.value.path()) as picture:
        assert max(picture.size) == 384
        kept = np.asarray(picture.convert("RGB"), np.int16).reshape(-1, 3)
    assert np.abs(kept - drawing).mean() < 1
    assert sorted(page.state.folder.rglob("*")) == before
    tab.context.close()


@pytest.mark.long
def test_style_size_and_mirror_are_chosen(browser, page):
    tab = open_live(browser, page.url)
    tab.click("#live-go")
    tab.wait_for_function(RUNS)
    with tab.expect_request(lambda request: request.url.endswith("style=manga")):
        tab.click("#live-cards button >> nth=4")
    tab.locator("#live-side label").first.click()
    tab.wait_for_function("document.querySelector('#live canvas').width === 288")
    tab.wait_for_timeout(3000)
    tab.click("#live-stop")
    tab.locator(".live-line").press("Home")
    assert np.ptp(pixels(tab), axis=1).max() < 40  # ink has no colour
    tab.context.close()


@pytest.mark.long
def test_another_tab_pauses_it(browser, page):
    tab = open_live(browser, page.url)
    tab.click("#live-go")
    tab.wait_for_function(RUNS)
    tab.get_by_role("tab", name="Draw", exact=True).click()
    tab.wait_for_timeout(2000)
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(request.url) if "/live/frame" in request.url else None)
    tab.wait_for_timeout(2000)
    assert sent == []
    tab.get_by_role("tab", name="Live").click()
    told(tab, "pictures a second")
    tab.wait_for_timeout(1000)
    assert sent
    tab.context.close()


def test_a_refused_camera_gets_a_sentence(browser, page):
    tab = open_live(browser, page.url, permissions=[])
    tab.click("#live-go")
    told(tab, "The camera was refused: allow it")
    assert tab.locator("#live-go").is_enabled()
    tab.context.close()


def test_a_camera_that_is_refused_for_a_photo_gets_a_sentence(browser, page):
    tab = open_tab(browser, permissions=[])
    enter(tab, page.url)
    tab.click("#photo [aria-label='Capture from camera']")
    tab.get_by_title("grant webcam access").locator("button").first.click()
    assert "The camera was refused: allow it" in failure(tab)
    tab.context.close()


@pytest.mark.long
@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("NotFoundError", "There is no camera: connect one"),
        ("NotReadableError", "Another program uses the camera"),
        ("AbortError", "The camera did not start"),
    ],
)
def test_a_missing_camera_gets_a_sentence(browser, page, trouble, sentence):
    tab = open_live(browser, page.url)
    broken = f"async () => {{ throw new DOMException('', '{trouble}'); }}"
    tab.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {broken}; }}")
    tab.click("#live-go")
    told(tab, sentence)
    tab.context.close()


def test_a_lost_connection_is_said_and_it_goes_on(browser, page):
    tab = open_live(browser, page.url)
    tab.click("#live-go")
    tab.wait_for_function(RUNS)
    tab.context.set_offline(True)
    told(tab, "The connection was lost")
    tab.context.set_offline(False)
    told(tab, "pictures a second")
    tab.context.close()


@pytest.mark.long
@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (768, "light")])
def test_it_fits_and_speaks_chinese(browser, page, width, theme):
    tab = open_live(browser, f"{page.url}?__theme={theme}", viewport={"width": width, "height": 800}, locale="zh-CN")
    tab.click("#live-go")
    told(tab, "每秒")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    words = tab.inner_text("#live-columns")
    assert set(re.findall(r"[a-z]{4,}", words, re.I)) <= {"Hayao", "Shinkai"}
    screenshot(tab, f"live-{width}-{theme}-zh")
    tab.context.close()


@pytest.mark.long
def test_behind_a_proxy_in_another_site_s_page(browser, tmp_path, under_a_path):
    """Under a path, in an iframe that allows the camera; one that does not is told what is missing."""
    proxy = Proxy(under_a_path, "/tools/anime")
    (tmp_path / "blog").mkdir()
    for name, allowed in (("yes", "camera"), ("no", "")):
        post = f"<!doctype html><iframe src='{proxy.url}' allow='{allowed}' width=900 height=900></iframe>"
        (tmp_path / "blog" / f"{name}.html").write_text(post)
    handler = type(
        "Quiet",
        (http.server.SimpleHTTPRequestHandler,),
        {
            "__init__": lambda self, *a: http.server.SimpleHTTPRequestHandler.__init__(
                self, *a, directory=tmp_path / "blog"
            ),
            "log_message": lambda *_: None,
        },
    )
    blog = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=blog.serve_forever, daemon=True).start()
    for name in ("yes", "no"):
        tab = open_tab(browser, permissions=["camera"])
        tab.goto(f"http://localhost:{blog.server_port}/{name}.html")
        frame = tab.frames[1]
        frame.wait_for_selector("#download")
        frame.get_by_role("tab", name="Live").click()
        frame.click("#live-go")
        said = "pictures a second" if name == "yes" else "does not allow the camera"
        frame.wait_for_function(
            "text => document.querySelector('.live-say').innerText.includes(text)", arg=said, timeout=PATIENCE
        )
        tab.context.close()
    blog.shutdown()
    blog.server_close()
    proxy.close()
