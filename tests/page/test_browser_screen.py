"""What one sees of the page without a scroll, what stays where it is, and what comes in from anywhere."""

import base64

import pytest
from PIL import Image

from animegan.images import files
from tests.support.browser import after, draw, enter, open_tab, screenshot, until_another
from tests.support.quick_page import draw_quickly

pytestmark = pytest.mark.slow
WIDTHS = [(1400, 900), (1366, 700), (768, 900), (360, 740)]
SHIFTS = """() => { window.shifts = []; window.observer?.disconnect();
    window.observer = new PerformanceObserver(list => shifts.push(...list.getEntries().map(entry => entry.value)));
    observer.observe({type: 'layout-shift'}); }"""
OUTSIDE = """() => ['#slider .after', '#cards .selected', '#download'].filter(part => {
    const {top, bottom, left, right} = document.querySelector(part).getBoundingClientRect();
    return top < 0 || left < 0 || bottom > innerHeight || right > innerWidth; })"""
"""What is not wholly on the screen."""
BROUGHT = """([kind, place, name, data]) => {
    const carrier = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
    carrier.items.add(new File([bytes], name, {type: 'image/png'}));
    const about = {bubbles: true, cancelable: true};
    const event = kind === 'paste' ? new ClipboardEvent(kind, {...about, clipboardData: carrier})
        : new DragEvent(kind, {...about, dataTransfer: carrier});
    document.querySelector(place).dispatchEvent(event); }"""
"""Drops or pastes a file on a part of the page."""


def test_drawing_style_and_download_are_on_the_screen(browser, page, photo, still):
    """At all widths, after a drop and after a click on a style; and nothing moves from the drop until all is drawn."""
    tab = open_tab(browser, viewport={"width": 360, "height": 740})
    enter(tab, page.url)
    for width, height, dropped in ((360, 740, still), (1366, 700, photo)):
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate("scrollTo(0, 0)")
        tab.wait_for_timeout(300)
        tab.evaluate(SHIFTS)
        example = after(tab)
        data = base64.b64encode(dropped.read_bytes()).decode()
        tab.evaluate(BROUGHT, ["drop", "body", dropped.name, data])
        until_another(tab, example)
        cards = "[...document.querySelectorAll('#cards img')].every(card => !card.src.includes('examples'))"
        tab.wait_for_function(cards)
        if dropped is photo:
            tab.locator("#crops img").nth(2).wait_for()
        assert tab.evaluate(OUTSIDE) == [], width
        assert sum(tab.evaluate("shifts")) <= 0.02, width
    assert tab.locator("#examples").is_hidden()
    drawing = after(tab)
    tab.click("#cards button >> nth=5")
    until_another(tab, drawing)
    assert sum(tab.evaluate("shifts")) <= 0.02
    for number, (width, height) in enumerate(WIDTHS, 1):
        tab.set_viewport_size({"width": width, "height": height})
        tab.evaluate("scrollTo(0, innerWidth > 720 ? 120 : 0)")
        before = after(tab)
        tab.evaluate(f"document.querySelectorAll('#cards button')[{number}].click()")  # a click by mouse would scroll
        until_another(tab, before)
        if width > 720:
            assert tab.evaluate("scrollY") == 120
            assert "#slider .after" not in tab.evaluate(OUTSIDE)
            tab.evaluate("scrollTo(0, 0)")
        tab.wait_for_timeout(100)
        assert tab.evaluate(OUTSIDE) == [], (width, height)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(tab, f"screen-{width}")
    tab.context.close()


def test_a_photo_comes_from_anywhere_and_its_download_is_what_was_chosen(visit, still, tmp_path, coffee):
    """Dropped on the title, a HEIC under another name, which a browser cannot show; and pasted on another tab."""
    files.register_formats()
    Image.fromarray(coffee[100:164, 160:256]).save(tmp_path / "phone.heic", quality=90)
    example = after(visit)
    data = base64.b64encode((tmp_path / "phone.heic").read_bytes()).decode()
    visit.evaluate(BROUGHT, ["drop", "#title", "phone.heic", data])
    until_another(visit, example)
    visit.wait_for_function("document.querySelector('#photo img')?.naturalWidth === 96")
    assert "No face." in visit.inner_text("#done")
    first = after(visit)
    visit.get_by_role("tab", name="All styles").click()
    data = base64.b64encode(still.read_bytes()).decode()
    visit.evaluate(BROUGHT, ["paste", "body", "cup.png", data])
    until_another(visit, first)
    assert visit.locator("#columns").is_visible()
    visit.wait_for_function(
        "[...document.querySelectorAll('#cards img')].every(card => !card.src.includes('examples'))"
    )
    for press, name in (("#cards button >> nth=4", "cup-manga.png"), ("#kind label >> nth=1", "cup-manga.jpg")):
        with visit.expect_download() as offered:
            visit.click(press)
            visit.click("#save", position={"x": 40, "y": 20})
        assert offered.value.suggested_filename == name
    assert visit.locator("#cards .selected").inner_text() == "Manga"
    address = visit.get_attribute("#cards img >> nth=0", "src")
    visit.set_input_files("#next input[type=file]", str(tmp_path / "phone.heic"))
    visit.wait_for_function("before => document.querySelector('#cards img').src !== before", arg=address)
    visit.wait_for_function("document.querySelector('#cards .selected')?.innerText === 'Manga'")


def test_share_and_copy_give_the_drawing(browser, page, still, monkeypatch):
    """Share the file of the kind that is chosen, under its name; copy a PNG, whatever is chosen."""
    draw_quickly(page, monkeypatch)
    tab = open_tab(browser, permissions=["clipboard-read", "clipboard-write"])
    tab.add_init_script(
        "navigator.canShare = () => true; navigator.share = async ({files}) => { window.shared = files; };"
    )
    enter(tab, page.url)
    draw(tab, still)
    tab.locator("#kind label", has_text="WebP").click()
    tab.wait_for_function("document.querySelector('#download').innerText.includes('WebP ·')")
    tab.click("#share")
    tab.wait_for_function("window.shared")
    assert tab.evaluate("shared.map(file => [file.name, file.type])") == [["cup-anime.webp", "image/webp"]]
    sizes = "async blob => { const {width, height} = await createImageBitmap(await blob); return [width, height]; }"
    assert tab.evaluate(f"({sizes})(shared[0])") == [192, 128]
    tab.click("#copy")
    tab.wait_for_selector("#copy.told")
    copied = "navigator.clipboard.read().then(([item]) => item.getType('image/png'))"
    assert tab.evaluate(f"({sizes})({copied})") == [192, 128]
    tab.context.close()
