"""The slider of before and after, which the folder's page and the page on a server share, alone in a long page."""

import pytest

from animegan.embed.contents import SITE
from tests.support.browser import open_tab

pytestmark = pytest.mark.slow
PAGE = """<!doctype html><style>body {{ margin: 0; height: 3000px }} {css} .slider {{ width: 400px }}</style>
<div id="box" class="slider"></div><script>{js}
const slider = new Slider(document.getElementById("box"), (key, ...values) => [key, ...values].join(" "));
const picture = () => Object.assign(document.createElement("canvas"), {{ width: 40, height: 30 }});
slider.show(picture(), picture(), 4 / 3);
</script>"""


@pytest.fixture(scope="module")
def tab(browser):
    tab = open_tab(browser, viewport={"width": 500, "height": 600}, has_touch=True)
    css, js = ((SITE / "page" / f"slider.{kind}").read_text() for kind in ("css", "js"))
    tab.set_content(PAGE.format(css=css, js=js.replace("export ", "")))
    yield tab
    tab.context.close()


@pytest.fixture(autouse=True)
def _as_it_was(tab):
    tab.evaluate("slider.out.click(); slider.move(20); scrollTo(0, 0)")


def look(tab) -> list[float]:
    """The line's place in per cent, the zoom, and where the page is scrolled to."""
    return [round(each, 2) for each in tab.evaluate("[slider.at, slider.zoom, scrollY]")]


@pytest.fixture
def fingers(tab):
    """Touches the page: ``fingers(kind, *places)``."""
    session = tab.context.new_cdp_session(tab)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(places)]
        session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})

    return touch


def test_a_swipe_down_the_page_scrolls_it_and_one_aside_moves_the_line(tab, fingers):
    fingers("Start", (300, 250))
    for y in range(240, 100, -10):
        fingers("Move", (300, y))
    fingers("End")
    tab.wait_for_function("scrollY > 50")
    assert look(tab)[:2] == [20, 1]
    tab.evaluate(
        """new Promise(done => {
            let at;
            const look = () => scrollY === at ? done() : setTimeout(look, 150, at = scrollY);
            look();
        })"""
    )  # a swipe has momentum
    tab.evaluate("scrollTo(0, 0)")
    fingers("Start", (100, 150))
    for x in range(110, 310, 10):
        fingers("Move", (x, 152))
    fingers("End")
    assert look(tab) == [75, 1, 0]


def test_a_tap_brings_the_line_to_it(tab):
    tab.touchscreen.tap(200, 100)
    assert look(tab) == [50, 1, 0]


def test_two_fingers_zoom_and_one_then_moves_the_part(tab, fingers):
    fingers("Start", (180, 150), (220, 150))
    for n in range(1, 9):
        fingers("Move", (180 - 5 * n, 150), (220 + 5 * n, 150))
    fingers("End")
    at, zoom, scrolled = look(tab)
    assert (at, scrolled) == (20, 0)
    assert 2.5 <= zoom <= 3
    before = tab.evaluate("slider.pan")
    fingers("Start", (300, 200))
    for n in range(1, 6):
        fingers("Move", (300 - 10 * n, 200 - 10 * n))
    fingers("End")
    x, y = tab.evaluate("slider.pan")
    assert x < before[0]
    assert y < before[1]
    assert look(tab) == [20, zoom, 0]


def test_the_wheel_scrolls_and_zooms_with_ctrl(tab):
    tab.mouse.move(300, 75)
    tab.mouse.wheel(0, 100)
    tab.wait_for_function("scrollY > 0")
    assert look(tab)[:2] == [20, 1]
    tab.evaluate("scrollTo(0, 0)")
    tab.keyboard.down("Control")
    tab.mouse.wheel(0, -100)
    tab.keyboard.up("Control")
    tab.wait_for_function("slider.zoom > 1")
    at, zoom, scrolled = look(tab)
    assert (at, zoom, scrolled) == (20, 1.43, 0)
    x, y = tab.evaluate("slider.pan")  # what was under the pointer still is: 3/4 across, 1/4 down
    assert [(0.75 - x) / zoom, (0.25 - y) / zoom] == pytest.approx([0.75, 0.25], abs=0.01)


def test_the_line_stands_between_the_pictures_in_a_part_too(tab):
    """The drawing begins at the line, seen on the screen."""
    tab.evaluate("slider.range.focus()")
    for key in ("+", "+", "End", "PageDown"):
        tab.keyboard.press(key)
    at, zoom, _ = look(tab)
    assert (at, zoom) == (90, 2.25)
    left, cut = tab.evaluate("[slider.pan[0], parseFloat(slider.box.style.getPropertyValue('--cut'))]")
    assert left * 100 + cut * zoom == pytest.approx(at)
    assert tab.inner_text(".out") == "2.3 ×" or tab.inner_text(".out") == "2.2 ×"
    tab.keyboard.press("0")
    assert look(tab) == [90, 1, 0]
    assert tab.locator(".out").is_hidden()


def test_a_double_click_zooms_in_and_out(tab):
    tab.mouse.dblclick(200, 150)
    assert look(tab)[1] == 2.25
    tab.click(".out")
    assert look(tab)[1] == 1
    assert tab.evaluate("document.activeElement === slider.range")


def test_it_fills_the_screen_and_says_what_it_is(tab):
    tab.click(".full")
    tab.wait_for_function("document.fullscreenElement?.id === 'box'")
    tab.click(".full")
    tab.wait_for_function("!document.fullscreenElement")
    assert [each.inner_text() for each in tab.locator(".tag").all()] == ["slider.before", "slider.after"]
    assert tab.get_attribute("input", "aria-label") == "slider"
    assert tab.get_attribute("input", "aria-valuetext") == "slider.value 20"
