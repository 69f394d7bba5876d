"""What tests do on the page in headless Chromium. Waits end after `PATIENCE` where nothing else is said."""

import os
import re
import shutil
from pathlib import Path

PATIENCE = 240_000
"""Milliseconds: a busy machine is slow."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SHELL = shutil.which("chromium-headless-shell") or CHROMIUM
"""It draws no window around the page, which takes half the processor's time, and has no camera."""
REQUIRED = os.environ.get("ANIMEGAN_REQUIRE_BROWSER") == "1"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
SCREENSHOTS = Path(__file__).parent.parent / "screenshots"
DRAWN = r"""() => {
    const pictures = [...document.querySelectorAll('#slider .stage > img')];
    const download = document.querySelector('#download');
    return / s\.| 秒。/.test(document.querySelector('#done').innerText) && !download.disabled
        && pictures.length === 2 && pictures.every(p => p.complete && p.naturalWidth > 0);
}"""
"""Both pictures are there, and the line below them and the download."""


def open_tab(browser, **settings):
    """A tab of a new visitor, who accepts downloads and wants nothing to move: an animation takes the time of what it
    waits for. ``hosts`` are all that it asks.
    """
    usual = {"viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"}
    context = browser.new_context(**{**usual, **settings})
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    tab.hosts = set()
    tab.on("request", lambda request: tab.hosts.add(re.sub(r"^(\w+:/*[^/]*).*", r"\1", request.url)))
    return tab


def enter(tab, url: str) -> None:
    """Open the page, and wait until it shows its styles."""
    tab.goto(url)
    tab.wait_for_selector("#download")
    tab.wait_for_function("document.querySelectorAll('#cards img').length >= 3")


def screenshot(tab, name: str) -> None:
    """Keep what is seen, for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def bring(tab, path) -> None:
    """Choose a photo; the page draws it at once."""
    tab.set_input_files("#photo input[type=file]", str(path))
    tab.wait_for_selector("#photo [data-testid=image] img")


def give(tab, place: str, path: Path) -> None:
    """Choose a file, and wait until the page lists it."""
    tab.set_input_files(f"{place} input[type=file]", str(path))
    tab.wait_for_selector(f"{place} a[download='{path.name}']")


def draw(tab, path) -> None:
    """Choose a photo, and wait for its drawing."""
    bring(tab, path)
    tab.wait_for_function(DRAWN)


def after(tab) -> str:
    """The address of the drawing in the slider."""
    tab.wait_for_function("document.querySelectorAll('#slider .stage > img').length === 2")
    return tab.evaluate("[...document.querySelectorAll('#slider .stage > img')].at(-1).src")


def until_another(tab, before: str) -> None:
    """Wait for a drawing that is not the one of before."""
    tab.wait_for_function(
        "before => { const p = [...document.querySelectorAll('#slider .stage > img')].at(-1);"
        " return p && p.src !== before && p.complete && p.naturalWidth > 0; }",
        arg=before,
    )
    tab.wait_for_function(DRAWN)


def failure(tab) -> str:
    """The sentence that says why nothing was drawn."""
    sentence = tab.locator("#done .failed")
    sentence.wait_for()
    return sentence.inner_text()


def toast(tab) -> str:
    """What the first message on the page says."""
    body = tab.locator("[data-testid=toast-body]").first
    body.wait_for()
    return body.inner_text()


def download(tab, name: str) -> Path:
    """Where the file is that the button gives, once it gives the one with this name."""
    for _ in range(PATIENCE // 1000):
        tab.wait_for_selector("#download:not([disabled])")
        with tab.expect_download() as offered:
            tab.click("#download")
        if offered.value.suggested_filename == name:
            return offered.value.path()
        tab.wait_for_timeout(1000)  # the file of before, while the next one is written
    raise AssertionError(f"There came no '{name}'.")
