"""The strip: several photos are drawn in turn, a click brings a drawing back, and a zip has all of them."""

import io
import zipfile

import pytest
from PIL import Image

from tests import axe
from tests.images.test_files import BAD_FILES
from tests.support.browser import DRAWN, after, draw, enter, open_tab, screenshot, until_another
from tests.support.line import until
from tests.support.quick_page import draw_quickly

pytestmark = pytest.mark.slow
STATES = "[...document.querySelectorAll('.strip li button')].map(each => each.dataset.state)"
ENDED = "() => { const states = %s; return states.length && states.every(each => ['done', 'failed'].includes(each)); }"
CHOSEN = "[...document.querySelectorAll('.strip li button')].findIndex(each => each.ariaPressed === 'true')"
NAMES = "[...document.querySelectorAll('.strip li button')].map(each => each.ariaLabel)"


@pytest.fixture
def photos(tmp_path, coffee):
    """Four files, the third of which is no picture, and two of which have one name."""
    paths = [tmp_path / folder / name for folder, name in (("a", "sea.jpg"), ("b", "hill.png"), ("b", "sea.jpg"))]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(coffee[20 * number : 20 * number + 96, 160 : 288 + 10 * number]).save(path)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(BAD_FILES["html"])
    return [*paths[:2], broken, paths[2]]


def choose(tab, paths) -> None:
    """Choose several photos, as a person does."""
    with tab.expect_file_chooser() as chooser:
        tab.click("#another")
    chooser.value.set_files(paths)


def zipped(tab) -> dict[str, Image.Image]:
    """The pictures in the zip of all drawings."""
    with tab.expect_download() as offered:
        tab.click(".strip .all")
    assert offered.value.suggested_filename == "animegan.zip"
    with zipfile.ZipFile(offered.value.path()) as archive:
        assert archive.testzip() is None
        return {name: Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()}


def test_several_photos_are_drawn_in_turn(visit, page, photos, monkeypatch):
    """The first before one's eyes; a broken one is named; each is in the zip; a click brings photo and drawing back."""
    draw_quickly(page, monkeypatch)
    example = after(visit)
    choose(visit, photos)
    visit.wait_for_selector(".strip:not([hidden])")
    until_another(visit, example)
    visit.wait_for_function(ENDED % STATES)
    assert visit.evaluate(STATES) == ["done", "done", "failed", "done"]
    assert visit.inner_text(".strip .count") == "3 of 4 drawn. Not drawn: broken.jpg."
    assert "choose a JPEG" in visit.evaluate(NAMES)[2]
    files = {path for path in page.state.folder.rglob("*") if path.is_file()}
    assert not [path for path in files if path.name.startswith("hill")]
    drawings = zipped(visit)
    assert {name: picture.size for name, picture in drawings.items()} == {
        "sea-anime.png": (128, 96), "hill-anime.png": (138, 96), "sea-anime-2.png": (148, 96),
    }  # fmt: skip
    first = after(visit)
    visit.click(".strip li:nth-child(4) button")
    until_another(visit, first)
    visit.wait_for_function("document.querySelector('#slider .after').src.startsWith('http')")  # the server's, again
    assert visit.evaluate("document.querySelector('#slider .after').naturalWidth") == 148
    visit.wait_for_function("document.querySelector('#download').innerText.includes('148 × 96')")
    assert len(visit.evaluate(STATES)) == 4
    for width, height in ((1366, 700), (360, 740)):
        visit.set_viewport_size({"width": width, "height": height})
        visit.evaluate("document.querySelector(innerWidth > 720 ? '#title' : '#cards').scrollIntoView()")
        bottom = visit.evaluate("document.querySelector('#download').getBoundingClientRect().bottom")
        assert bottom <= height
        screenshot(visit, f"strip-{width}")
    assert axe.violations(visit, axe.script()) == []


def test_the_drawings_of_this_visit_come_back_until_it_ends(browser, page, photos, monkeypatch):
    """One drawing needs no strip. A click brings the style and the crop of before; after a reload nothing is there."""
    asked = draw_quickly(page, monkeypatch)
    tab = open_tab(browser)
    enter(tab, page.url)
    draw(tab, photos[0])
    assert tab.locator(".strip").is_hidden()
    before = after(tab)
    tab.click("#cards button >> nth=1")
    until_another(tab, before)
    tab.wait_for_selector(".strip:not([hidden])")
    assert tab.evaluate(NAMES) == ["sea-anime.png", "sea-cel.png"]
    assert tab.evaluate(CHOSEN) == 1
    tab.locator("#kind label", has_text="JPEG").click()
    tab.wait_for_function(f"{NAMES}[1] === 'sea-cel.jpg'")
    tab.click(".strip li:nth-child(1) button")
    tab.wait_for_function("document.querySelector('#style input').value === 'Anime'")
    tab.wait_for_function(DRAWN)
    tab.wait_for_function(f"{CHOSEN} === 0 && !document.documentElement.classList.contains('drawing')")
    until(lambda: asked.options[-1].style == "anime")
    assert {name: picture.format for name, picture in zipped(tab).items()}["sea-cel.jpg"] == "JPEG"
    tab.reload()
    tab.wait_for_selector("#download")
    assert tab.evaluate(NAMES) == []
    assert tab.locator(".strip").is_hidden()
    tab.context.close()


def test_what_waits_can_be_stopped_and_drawn_by_a_click(visit, page, photos, monkeypatch):
    """And a connection that fails is said."""
    draw_quickly(page, monkeypatch)
    example = after(visit)
    visit.route("**/draw", lambda route: None)  # never answered
    choose(visit, photos[:2])
    until_another(visit, example)
    visit.wait_for_function(f"{STATES}[1] === 'draws'")
    visit.click(".strip .quiet >> nth=0")
    visit.wait_for_function(f"{STATES}[1] === 'waits'")
    assert visit.evaluate(NAMES)[1] == "hill.png: waits"
    before = after(visit)
    visit.click(".strip li:nth-child(2) button")
    until_another(visit, before)
    visit.wait_for_function(ENDED % STATES)
    assert visit.inner_text(".strip .count") == "2 of 2 drawn."
