"""The page in headless Chromium, as a person uses it."""

import os
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image

from .test_page import page, photo  # noqa: F401 (fixtures)
from .test_photos import BAD_FILES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = os.environ.get("ANIMEGAN_REQUIRE_BROWSER") == "1"
SCREENSHOTS = Path(__file__).parent / "screenshots"
EXAMPLES = Path(__file__).parent.parent / "examples"

BOTH_LOADED = """() => {
    const pictures = [...document.querySelectorAll('[data-testid=imageslider-image]')];
    return pictures.length === 2 && pictures.every(p => p.complete && p.naturalWidth > 0);
}"""


if CHROMIUM is None and not REQUIRED:
    pytestmark = pytest.mark.skip(reason="no Chromium: install it ('apt-get install chromium') to run these tests")


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.fail("Chromium is required here and is not installed: install the package 'chromium'.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture(params=[1400], ids=["wide"])
def visit(request, browser, page):  # noqa: F811
    """A visitor with the page open."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    hosts = set()
    tab.on("request", lambda r: hosts.add(re.sub(r"^(\w+:/*[^/]*).*", r"\1", r.url)))
    tab.hosts = hosts
    tab.goto(page.demo.local_url)
    tab.wait_for_selector("#go")
    yield tab
    context.close()


def screenshot(tab, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def draw(tab, path) -> None:
    tab.set_input_files("#photo input[type=file]", str(path))
    tab.wait_for_selector("#photo img")
    tab.click("#go")
    tab.wait_for_function(BOTH_LOADED, timeout=60_000)


def test_a_photo_is_drawn_and_taken_home(visit, photo):  # noqa: F811
    draw(visit, photo)
    visit.wait_for_selector("#download:not([disabled])")
    assert "1 face painted." in visit.inner_text("#done")
    assert "512 × 512" in visit.inner_text("#download")
    with visit.expect_download() as download:
        visit.click("#download")
    assert download.value.suggested_filename == "eileen-hayao.png"
    with Image.open(download.value.path()) as picture:
        assert picture.size == (512, 512)
        assert picture.format == "PNG"
    screenshot(visit, "drawn")


def test_a_crop_is_one_click(visit, photo):  # noqa: F811
    """Where a face is found its crops are shown; the one that is clicked is drawn."""
    visit.set_input_files("#photo input[type=file]", str(photo))
    pictures = visit.locator("#crops img")
    pictures.nth(2).wait_for(timeout=30_000)
    assert pictures.count() == 3
    screenshot(visit, "crops")
    pictures.nth(1).click()
    visit.wait_for_timeout(500)
    visit.click("#go")
    visit.wait_for_function(BOTH_LOADED, timeout=60_000)
    wide, high = visit.evaluate(
        "() => { const p = document.querySelector('[data-testid=imageslider-image]');"
        " return [p.naturalWidth, p.naturalHeight]; }"
    )
    assert abs(wide / high - 0.8) < 0.02
    visit.click("[aria-label='Clear'], [aria-label='Remove Image']")
    pictures.first.wait_for(state="hidden")


def test_nothing_but_the_page_itself_is_asked(visit, photo):  # noqa: F811
    draw(visit, photo)
    foreign = {host for host in visit.hosts if not host.startswith(("http://127.0.0.1", "data:", "blob:"))}
    assert foreign == set()


def test_an_example_can_be_clicked(visit):
    pictures = visit.locator("#examples img")
    pictures.first.wait_for()
    assert pictures.count() == len(list(EXAMPLES.glob("*.jpg")))
    pictures.nth(1).click()
    visit.wait_for_selector("#photo img")
    visit.click("#go")
    visit.wait_for_function(BOTH_LOADED, timeout=60_000)
    assert "Restored" in visit.inner_text("#done")
    screenshot(visit, "mended")


def test_a_broken_file_gets_a_toast_and_the_page_goes_on(visit, photo, tmp_path):  # noqa: F811
    broken = tmp_path / "holiday.jpg"
    broken.write_bytes(BAD_FILES["html"])
    visit.set_input_files("#photo input[type=file]", str(broken))
    visit.wait_for_timeout(500)
    visit.click("#go")
    toast = visit.locator("[data-testid=toast-body]")
    toast.wait_for(timeout=30_000)
    text = toast.inner_text()
    assert "holiday.jpg" in text
    assert "choose a JPEG" in text
    screenshot(visit, "broken-file")
    visit.locator("[data-testid=toast-close]").first.click()
    visit.locator("#photo button[aria-label='Remove Image']").first.click()
    draw(visit, photo)


def test_no_photo_gets_a_toast(visit):
    visit.click("#go")
    toast = visit.locator("[data-testid=toast-body]")
    toast.wait_for(timeout=30_000)
    assert "no photo yet" in toast.inner_text()


def test_closing_the_page_deletes_the_photo(browser, page, photo):  # noqa: F811
    """What a visitor sent and got is gone from the disk soon after the tab is closed."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.demo.local_url)
    tab.wait_for_selector("#go")
    before = {path for path in page.WORKROOM.rglob("*") if path.is_file()}
    draw(tab, photo)
    mine = {path for path in page.WORKROOM.rglob("*") if path.is_file()} - before
    assert any(path.suffix == ".png" for path in mine)
    tab.close(run_before_unload=True)
    context.close()
    import time

    deadline = time.time() + 20
    while any(path.exists() for path in mine) and time.time() < deadline:
        time.sleep(0.2)
    assert not [path.name for path in mine if path.exists()]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_every_width_and_theme(browser, page, photo, width, theme):  # noqa: F811
    context = browser.new_context(viewport={"width": width, "height": 800})
    tab = context.new_page()
    tab.goto(f"{page.demo.local_url}?__theme={theme}")
    tab.wait_for_selector("#go")
    draw(tab, photo)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    screenshot(tab, f"{width}-{theme}")
    context.close()
