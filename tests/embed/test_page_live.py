"""The live tab of the embedded page, before a camera that Chromium plays."""

import re
from itertools import pairwise

import av
import pytest
from playwright.sync_api import Browser, Page

from tests import axe
from tests.support.browser import ARGUMENTS, CHROMIUM, open_tab
from tests.support.embed_page import build, serve, until

pytestmark = pytest.mark.slow
DRAWN = "() => document.body.classList.contains('live')"
PIXEL = """n => { const canvas = document.querySelectorAll('#live-slider canvas')[n];
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return [canvas.width, canvas.height, [...new Set(data.filter((_, place) => place % 4 === 1))].length]; }"""


QUICK_SECONDS = """{
    const later = setTimeout;
    window.setTimeout = (work, time, ...values) => later(work, time === 1000 ? 20 : time, ...values);
}"""
"""A countdown takes no time."""
WATCH_COUNTDOWN = """() => {
    const count = document.querySelector("#countdown");
    window.counted = [];
    new MutationObserver(() => counted.push(count.textContent)).observe(count, {childList: true});
}"""
TALL = """async () => {
    window.held = Object.assign(document.createElement("canvas"), {width: 90, height: 160});
    const paint = () => held.getContext("2d").fillRect(0, 0, 300 * Math.random(), 9);
    setInterval(paint, 30);
    navigator.mediaDevices.getUserMedia = async () => held.captureStream();
}"""
"""A telephone that is held upright; its camera is a canvas."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("live") / "site")) as host:
        yield host


@pytest.fixture(scope="module")
def with_camera(browser):
    """A browser with a camera that shows a moving test picture; ``browser`` itself has none."""
    chromium = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*ARGUMENTS, "--use-fake-device-for-media-stream"]
    )
    yield chromium
    chromium.close()


def visit(browser: Browser, url: str, allowed: bool = True, **settings) -> Page:
    tab = open_tab(
        browser, service_workers="block", locale="en-GB", permissions=["camera"] if allowed else [], **settings
    )
    tab.goto(url)
    until(tab, "ready")
    tab.click("#tab-live")
    return tab


def test_the_camera_is_drawn_while_it_moves(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    tab.wait_for_function(
        "() => /^[\\d.]+ pictures a second, \\d+ × \\d+$/.test(document.querySelector('#live-status').innerText)"
    )
    _, _, before = tab.evaluate(PIXEL, 0)
    width, height, after = tab.evaluate(PIXEL, 1)
    assert width * height <= 512 * 512
    assert after < before  # the drawing has few levels of each colour, the camera's own picture many
    assert tab.inner_text("#camera") == "Stop the camera"
    tab.click("#camera")
    assert tab.inner_text("#camera") == "Start the camera"
    assert tab.locator("#live-slider canvas").count() == 0
    assert tab.locator("#snapshot").count() == 0
    tab.context.close()


@pytest.mark.long
def test_pictures_become_larger_where_there_is_time(with_camera, host):
    """By a clock of our own, on which a picture takes 5 milliseconds at first, and 200 later."""
    tab = visit(with_camera, host.url)
    tab.evaluate(
        "fake.at = 0; fake.took = 5; performance.now = () => fake.at; fake.onFrame = () => { fake.at += fake.took; }"
    )
    tab.click("#camera")
    tab.wait_for_function("() => document.querySelectorAll('#live-slider canvas')[1]?.width > 400")
    tab.evaluate("fake.took = 200")
    tab.wait_for_function("() => document.querySelectorAll('#live-slider canvas')[1]?.width < 300")
    tab.context.close()


def test_a_picture_that_is_taken_is_drawn_at_the_cameras_size(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    size = tab.evaluate("document.querySelector('#live-slider').style.getPropertyValue('--ratio')")
    tab.click("#snapshot")
    until(tab, "done")
    assert tab.locator("#panel-live").is_hidden()
    wide, high = tab.locator("#slider img.after").evaluate("picture => [picture.naturalWidth, picture.naturalHeight]")
    assert wide >= 640
    assert abs(wide / high - float(size)) < 0.01
    assert tab.get_attribute("#download", "download") == "camera-anime.png"
    tab.context.close()


@pytest.mark.long
def test_it_is_mirrored_unless_one_asks_otherwise(with_camera, host):
    """The camera's picture is the same at the moment it is mirrored, from right to left."""
    tab = visit(with_camera, host.url)
    tab.evaluate("""() => { const draw = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (from, ...rest) {
            if (from instanceof HTMLVideoElement) window.mirrored = this.getTransform().a < 0;
            return draw.call(this, from, ...rest); } }""")
    tab.click("#camera")
    tab.wait_for_function("() => window.mirrored === true")
    tab.uncheck("#mirror")
    tab.wait_for_function("() => window.mirrored === false")
    tab.context.close()


def test_the_camera_goes_off_with_the_tab(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.evaluate("""() => { const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async wish => (window.stream = await ask(wish)); }""")
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    assert tab.evaluate("stream.getTracks().map(track => track.readyState)") == ["live"]
    tab.click("#tab-photo")
    assert tab.evaluate("stream.getTracks().map(track => track.readyState)") == ["ended"]
    tab.context.close()


def test_the_line_between_before_and_after_moves(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    tab.focus("#live-slider input")
    tab.keyboard.press("End")
    assert tab.evaluate("getComputedStyle(document.querySelector('#live-slider')).getPropertyValue('--at')") == "100%"
    tab.context.close()


def refusal(tab: Page) -> str:
    tab.click("#camera")
    tab.locator("#live-failure:not([hidden])").wait_for()
    return tab.inner_text("#live-failure")


def test_a_refused_camera_gets_a_sentence(with_camera, host):
    tab = visit(with_camera, host.url, allowed=False)
    assert refusal(tab).startswith("The camera is not allowed here")
    tab.select_option("#language", "zh")
    assert tab.inner_text("#live-failure").startswith("摄像头未获许可")
    tab.context.close()


def test_no_camera_gets_a_sentence(browser, host):
    tab = visit(browser, host.url)
    assert refusal(tab).startswith("There is no camera")
    tab.context.close()


def test_a_busy_camera_gets_a_sentence(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.evaluate("""() => { navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('in use', 'NotReadableError'); }; }""")
    assert refusal(tab).startswith("The camera does not answer")
    tab.context.close()


def test_a_page_around_it_may_forbid_the_camera(with_camera, host, tmp_path):
    (tmp_path / "index.html").write_text(f"<iframe src='{host.url}?lang=en' width=800 height=900></iframe>")
    with serve(tmp_path) as blog:
        tab = open_tab(with_camera, service_workers="block", permissions=["camera"])
        tab.goto(blog.url)
        frame = tab.frame_locator("iframe")
        frame.locator("body[data-state=ready]").wait_for()
        frame.locator("#tab-live").click()
        frame.locator("#camera").click()
        frame.locator("#live-failure:not([hidden])").wait_for()
        assert frame.locator("#live-failure").inner_text().startswith("The page around this one keeps the camera")
        tab.context.close()


def test_a_network_that_fails_ends_it_with_a_sentence(with_camera, host):
    tab = visit(with_camera, host.url)
    tab.evaluate("fake.frameFail = 'corrupt-network'")
    assert re.search("weights that came are damaged", refusal(tab))
    assert tab.inner_text("#camera") == "Start the camera"
    tab.context.close()


def test_what_is_drawn_is_recorded(with_camera, host, tmp_path):
    """Its file is as large as the drawing, and is there when the camera goes off as well."""
    tab = visit(with_camera, host.url)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    assert tab.locator("#recording").is_hidden()
    tab.click("#record")
    assert tab.get_attribute("#record", "aria-label") == "Stop the recording"
    tab.wait_for_function("() => document.querySelector('#length').textContent === '0:01'")
    width, height, _ = tab.evaluate(PIXEL, 1)
    tab.click("#camera")
    with tab.expect_download() as offered:
        tab.click("#recording")
    assert re.fullmatch(r"camera-anime\.(mp4|webm)", offered.value.suggested_filename)
    assert re.fullmatch(r"0:0\d · \d+\.\d MB", tab.inner_text("#recording-size"))
    offered.value.save_as(tmp_path / "film")
    with av.open(str(tmp_path / "film")) as film:
        shapes = [(frame.width, frame.height) for frame in film.decode(video=0)]
    assert len(shapes) > 2
    assert set(shapes) == {(width, height)}
    tab.context.close()


def test_a_timer_counts_down_and_the_shutter_is_there_in_full_screen(with_camera, host):
    """A second press ends the countdown."""
    tab = visit(with_camera, host.url)
    tab.evaluate(QUICK_SECONDS)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    labels = []
    for _ in range(4):
        labels.append(tab.get_attribute("#timer", "aria-label"))
        tab.click("#timer")
    assert labels == ["Timer: off", "Timer: 3 s", "Timer: 10 s", "Timer: off"]
    pressed = """() => [1, 2].map(() => {
        document.querySelector("#snapshot").click();
        return document.querySelector("#countdown").textContent;
    })"""
    assert tab.evaluate(pressed) == ["3", ""]
    tab.evaluate(WATCH_COUNTDOWN)
    tab.click("#live-slider .full")
    tab.wait_for_function("() => document.fullscreenElement?.id === 'live-slider'")
    assert tab.locator("#shoot button").evaluate_all(
        "all => all.filter(each => document.fullscreenElement.contains(each) && each.checkVisibility()).length === 3"
    )
    tab.click("#snapshot")
    until(tab, "done")
    assert tab.evaluate("counted") == ["3", "2", "1", ""]
    tab.wait_for_function("() => !document.fullscreenElement")
    assert tab.get_attribute("#download", "download") == "camera-anime.png"
    tab.context.close()


def box_of(tab, place: str):
    """Where something is on the screen."""
    box = tab.locator(place).bounding_box()
    assert box
    return box


def test_a_camera_that_is_held_upright_is_shown_tall(with_camera, host):
    """And wide when it is turned. Nothing is wrong with the buttons over it for axe-core, nor for a thumb."""
    tab = visit(with_camera, host.url, viewport={"width": 360, "height": 740})
    tab.evaluate(TALL)
    tab.click("#camera")
    tab.wait_for_function(DRAWN)
    box = box_of(tab, "#live-slider .stage")
    assert box["width"] / box["height"] == pytest.approx(9 / 16, abs=0.01)
    sides = tab.locator("#shoot button").evaluate_all(
        "all => all.flatMap(each => [each.offsetWidth, each.offsetHeight])"
    )
    assert min(sides) >= 44
    places = [box_of(tab, place) for place in ("#timer", "#snapshot", "#record", "#live-slider .full")]
    for left, right in pairwise(places):
        assert left["x"] + left["width"] <= right["x"]
    assert axe.violations(tab, axe.script()) == []
    tab.evaluate("Object.assign(held, {width: 160, height: 90})")
    tab.wait_for_function(
        "() => { const {width, height} = document.querySelector('#live-slider .stage').getBoundingClientRect();"
        " return width > 1.7 * height; }"
    )
    tab.context.close()
