"""The page in headless Chromium, as a person uses it."""

import http.server
import os
import re
import shutil
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from .conftest import ROOT
from .proxy import Proxy
from .test_page import page, photo, served  # noqa: F401 (fixtures)
from .test_photos import BAD_FILES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = os.environ.get("ANIMEGAN_REQUIRE_BROWSER") == "1"
SCREENSHOTS = Path(__file__).parent / "screenshots"
EXAMPLES = ROOT / "examples"

DRAWN = r"""() => {
    const pictures = [...document.querySelectorAll('[data-testid=imageslider-image]')];
    const download = document.querySelector('#download');
    return / s\.| 秒。/.test(document.querySelector('#done').innerText) && !download.disabled
        && pictures.length === 2 && pictures.every(p => p.complete && p.naturalWidth > 0);
}"""
"""Both pictures are there, and the line below them and the download."""


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


@pytest.fixture
def visit(browser, page):  # noqa: F811
    """A visitor with the page open."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    hosts = set()
    tab.on("request", lambda r: hosts.add(re.sub(r"^(\w+:/*[^/]*).*", r"\1", r.url)))
    tab.hosts = hosts
    enter(tab, page.demo.local_url)
    yield tab
    context.close()


def enter(tab, url: str) -> None:
    tab.goto(url)
    tab.wait_for_selector("#go")
    tab.wait_for_function("document.querySelectorAll('#cards img').length >= 3")


def screenshot(tab, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def bring(tab, path) -> None:
    """Choose a photo; the page draws it at once."""
    tab.set_input_files("#photo input[type=file]", str(path))
    tab.wait_for_selector("#photo [data-testid=image] img")


def draw(tab, path) -> None:
    bring(tab, path)
    tab.wait_for_function(DRAWN, timeout=60_000)


def after(tab) -> str:
    """The address of the drawing in the slider."""
    tab.wait_for_function("document.querySelectorAll('[data-testid=imageslider-image]').length === 2")
    return tab.evaluate("[...document.querySelectorAll('[data-testid=imageslider-image]')].at(-1).src")


def until_another(tab, before: str) -> None:
    """Wait for a drawing that is not the one of before."""
    tab.wait_for_function(
        "before => { const p = [...document.querySelectorAll('[data-testid=imageslider-image]')].at(-1);"
        " return p && p.src !== before && p.complete && p.naturalWidth > 0; }",
        arg=before,
        timeout=60_000,
    )
    tab.wait_for_function(DRAWN, timeout=60_000)


def toast(tab) -> str:
    body = tab.locator("[data-testid=toast-body]").first
    body.wait_for(timeout=30_000)
    return body.inner_text()


def test_a_photo_is_drawn_at_once_and_taken_home(visit, photo):  # noqa: F811
    draw(visit, photo)
    assert "1 face painted." in visit.inner_text("#done")
    assert "512 × 512" in visit.inner_text("#download")
    for kind, name, form, size in (
        ("PNG", "eileen-anime.png", "PNG", (512, 512)),
        ("WebP", "eileen-anime.webp", "WEBP", (512, 512)),
        ("Side by side", "eileen-anime-side-by-side.webp", "WEBP", (1026, 512)),
    ):
        visit.locator("#kind label", has_text=kind).click()
        visit.wait_for_function(
            "name => [...document.querySelectorAll('#download a, a#download, a[download]')].some("
            "a => a.download === name || a.href.endsWith(name)) || document.querySelector('#download').dataset",
            arg=name,
        )
        visit.wait_for_timeout(1500)
        with visit.expect_download() as download:
            visit.click("#download")
        assert download.value.suggested_filename == name
        with Image.open(download.value.path()) as picture:
            assert (picture.format, picture.size) == (form, size)
            assert not picture.getexif()
    screenshot(visit, "drawn")


def test_a_picture_of_a_style_chooses_it(visit, photo):  # noqa: F811
    """By its picture or by the list beside it: the drawing follows, from what is computed already."""
    draw(visit, photo)
    first = after(visit)
    visit.click("#cards button >> nth=1")
    until_another(visit, first)
    assert visit.input_value("#style input") == "Cel"
    visit.wait_for_function("document.querySelector('#style-line').innerText.includes('animation cel')")
    second = after(visit)
    visit.click("#style input")
    visit.locator("#style [role=option]", has_text="Dusk").click()
    until_another(visit, second)
    visit.wait_for_function("document.querySelectorAll('#cards button')[2].classList.contains('selected')")
    third = after(visit)
    visit.click("#more > button, #more .label-wrap")
    visit.locator("#strength input[type=number]").fill("0.5")
    visit.locator("#strength input[type=number]").press("Enter")
    until_another(visit, third)


def test_the_switch_leaves_it_to_the_button(visit, photo):  # noqa: F811
    visit.click("#more > button, #more .label-wrap")
    visit.locator("#at-once input").uncheck()
    before = after(visit)
    bring(visit, photo)
    visit.wait_for_timeout(2500)
    assert after(visit) == before
    visit.click("#go")
    until_another(visit, before)


def test_another_photo_and_the_result_as_input_are_one_click(visit, photo):  # noqa: F811
    draw(visit, photo)
    first = after(visit)
    visit.click("#again")
    until_another(visit, first)
    visit.wait_for_function("document.querySelector('#photo [data-testid=image] img').src.includes('eileen-anime.png')")
    visit.click("#another")
    visit.wait_for_selector("#photo input[type=file]", state="attached")
    visit.wait_for_function("!document.querySelector('[data-testid=imageslider-image]')")


def test_a_crop_is_one_click(visit, photo):  # noqa: F811
    """Where a face is found its crops are shown; the one that is clicked is drawn."""
    draw(visit, photo)
    whole = after(visit)
    pictures = visit.locator("#crops img")
    pictures.nth(2).wait_for(timeout=30_000)
    assert pictures.count() == 3
    screenshot(visit, "crops")
    pictures.nth(1).click()
    until_another(visit, whole)
    wide, high = visit.evaluate(
        "() => { const p = document.querySelector('[data-testid=imageslider-image]');"
        " return [p.naturalWidth, p.naturalHeight]; }"
    )
    assert abs(wide / high - 0.8) < 0.02
    visit.click("[aria-label='Clear'], [aria-label='Remove Image']")
    pictures.first.wait_for(state="hidden")


def test_all_styles_side_by_side(visit, photo):  # noqa: F811
    """The photo in every style whose weights are here, a sheet of them, and a click that chooses one."""
    draw(visit, photo)
    drawn = after(visit)
    visit.get_by_role("tab", name="All styles").click()
    visit.click("#all")
    visit.wait_for_selector("#sheet:not([disabled])", timeout=60_000)
    assert visit.locator("#gallery img").count() == 10
    assert "Shinkai · luminous sky" in visit.inner_text("#gallery")
    screenshot(visit, "all-styles")
    with visit.expect_download() as download:
        visit.click("#sheet")
    assert download.value.suggested_filename == "eileen-all-styles.png"
    with Image.open(download.value.path()) as sheet:
        assert min(sheet.size) > 1024
    visit.click("#gallery button >> nth=2")
    visit.wait_for_selector("#slider", state="visible")
    until_another(visit, drawn)
    assert visit.input_value("#style input") == "Cel"


def test_nothing_but_the_page_itself_is_asked(visit, photo):  # noqa: F811
    draw(visit, photo)
    foreign = {host for host in visit.hosts if not host.startswith(("http://127.0.0.1", "data:", "blob:"))}
    assert foreign == set()


def test_an_example_can_be_clicked(visit):
    pictures = visit.locator("#examples img")
    pictures.first.wait_for()
    assert pictures.count() == len(list(EXAMPLES.glob("*.jpg")))
    pictures.nth(1).click()
    visit.wait_for_function(DRAWN, timeout=60_000)
    assert "Restored" in visit.inner_text("#done")
    screenshot(visit, "mended")


def test_a_broken_file_gets_a_toast_and_the_page_goes_on(visit, photo, tmp_path):  # noqa: F811
    broken = tmp_path / "holiday.jpg"
    broken.write_bytes(BAD_FILES["html"])
    visit.set_input_files("#photo input[type=file]", str(broken))
    text = toast(visit)
    assert "holiday.jpg" in text
    assert "choose a JPEG" in text
    screenshot(visit, "broken-file")
    visit.locator("[data-testid=toast-close]").first.click()
    visit.locator("#photo button[aria-label='Remove Image']").first.click()
    draw(visit, photo)


def test_a_toast_shows_text_and_never_markup(visit, tmp_path):
    """A file may be called anything; nothing of its name becomes a part of the page."""
    broken = tmp_path / "<img src=x onerror=window.caught=1><b>bold<b>.jpg"
    broken.write_bytes(BAD_FILES["html"])
    visit.set_input_files("#photo input[type=file]", str(broken))
    assert "is no picture" in toast(visit)
    assert visit.locator("[data-testid=toast-body] img, [data-testid=toast-body] b").count() == 0
    assert visit.evaluate("window.caught") is None


def test_no_photo_gets_a_toast(visit):
    visit.click("#go")
    assert "no photo yet" in toast(visit)


def test_a_style_whose_download_fails_gets_a_toast_and_the_page_goes_on(visit, photo, monkeypatch):  # noqa: F811
    """The Hub is not there: the named error, the styles that need none, and no lost photo."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    draw(visit, photo)
    before = after(visit)
    visit.click("#style input")
    visit.locator("#style [role=option]", has_text="Paprika").click()
    text = toast(visit)
    assert "HF_HUB_OFFLINE" in text or "Hub" in text
    assert (
        "Built in: Anime, Cel, Dusk, Watercolour, Manga, Anime portrait, Hayao (Miyazaki), Shinkai, Portrait." in text
    )
    visit.locator("[data-testid=toast-close]").first.click()
    visit.click("#cards button >> nth=1")
    until_another(visit, before)


def test_who_is_turned_away_sees_how_many_are_ahead(visit, page, photo, monkeypatch):  # noqa: F811
    monkeypatch.setattr(page.demo._queue, "max_size", 0)
    bring(visit, photo)
    assert "Busy: 0 ahead of you" in toast(visit)
    monkeypatch.undo()
    visit.locator("[data-testid=toast-close]").first.click()
    before = after(visit)
    visit.click("#go")
    until_another(visit, before)


def slowed(page, monkeypatch, seconds: float):  # noqa: F811
    """Let every scene take so long, and note which styles were begun."""
    painter, begun = page.pipeline._painter, []

    def slow(style):
        begun.append(style)
        time.sleep(seconds)
        return painter(style)

    monkeypatch.setattr(page.pipeline, "_painter", slow)
    return begun


def test_it_can_be_stopped(visit, page, photo, monkeypatch):  # noqa: F811
    slowed(page, monkeypatch, 3)
    before = after(visit)
    bring(visit, photo)
    visit.wait_for_selector("#slider .progress-text, #slider .progress-level, #slider .eta-bar, #slider .meta-text")
    screenshot(visit, "progress")
    visit.click("#stop")
    visit.wait_for_function("document.querySelector('#done').innerText.includes('Stopped')")
    visit.wait_for_timeout(4000)
    assert after(visit) == before
    monkeypatch.undo()
    visit.click("#go")
    until_another(visit, before)


def test_ten_clicks_in_a_row_and_a_change_while_it_draws(visit, page, photo, monkeypatch):  # noqa: F811
    """No queue of stale drawings: at most what was under way and the last wish are drawn."""
    draw(visit, photo)
    before = after(visit)
    begun = slowed(page, monkeypatch, 0.7)
    for n in range(10):
        visit.click(f"#cards button >> nth={(n + 1) % 3}")
    until_another(visit, before)
    visit.wait_for_timeout(4000)
    assert visit.input_value("#style input") == "Cel"
    assert begun[-1] == "cel"
    assert len(begun) <= 8  # scene and faces, a few times at most
    monkeypatch.undo()
    for _ in range(10):
        visit.locator("#go").click(force=True)
    visit.wait_for_timeout(1500)
    visit.wait_for_function(DRAWN, timeout=60_000)
    assert visit.locator("[data-testid=toast-body]").count() == 0


def test_a_lost_connection_is_said_and_the_page_goes_on(visit, photo):  # noqa: F811
    """Gradio says so, and opens the page anew as soon as it can."""
    draw(visit, photo)
    visit.context.set_offline(True)
    visit.click("#cards button >> nth=2")
    assert "Connection to the server was lost" in toast(visit)
    screenshot(visit, "offline")
    visit.context.set_offline(False)
    visit.wait_for_function("document.querySelector('#done')?.innerText.includes('An example')", timeout=30_000)
    draw(visit, photo)


def test_closing_the_page_deletes_the_photo(browser, page, photo):  # noqa: F811
    """What a visitor sent and got is gone from the disk soon after the tab is closed."""
    context = browser.new_context()
    tab = context.new_page()
    enter(tab, page.demo.local_url)
    before = {path for path in page.WORKROOM.rglob("*") if path.is_file()}
    draw(tab, photo)
    mine = {path for path in page.WORKROOM.rglob("*") if path.is_file()} - before
    assert any(path.suffix == ".png" for path in mine)
    tab.close(run_before_unload=True)
    context.close()
    deadline = time.time() + 20
    while any(path.exists() for path in mine) and time.time() < deadline:
        time.sleep(0.2)
    assert not [path.name for path in mine if path.exists()]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1400])
def test_every_width_theme_and_language(browser, page, photo, width, theme, language):  # noqa: F811
    """Nothing is wider than the screen, and nothing is left in the other language."""
    locale = {"en": "en-GB", "zh": "zh-CN"}[language]
    context = browser.new_context(viewport={"width": width, "height": 800}, locale=locale)
    tab = context.new_page()
    enter(tab, f"{page.demo.local_url}?__theme={theme}")
    draw(tab, photo)
    tab.locator("#crops img").nth(2).wait_for(timeout=30_000)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    assert tab.evaluate("document.documentElement.lang") == language
    alone = [
        image for image in tab.locator("#photo img, #slider img, #cards img, #crops img").all() if image.is_visible()
    ]
    assert all(image.get_attribute("alt") for image in alone)
    chinese = re.findall(r"[\u4e00-\u9fff]+", tab.inner_text("#tabs"))
    english = re.findall(r"[a-z]{4,}", tab.inner_text("#tabs"), re.I)
    known = {"Hayao", "Shinkai", "WebP", "AnimeGANv"}
    assert (not chinese) if language == "en" else not set(english) - known
    screenshot(tab, f"{width}-{theme}-{language}")
    context.close()


def test_everything_can_be_reached_by_keyboard(visit, photo):  # noqa: F811
    """Tab goes through the controls, what has the focus shows it, and Enter draws."""
    bring(visit, photo)
    visit.wait_for_function(DRAWN, timeout=60_000)
    reached, unseen = set(), []
    visit.evaluate("document.activeElement.blur()")
    for _ in range(70):
        visit.keyboard.press("Tab")
        ids, seen, what = visit.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e), ids = [];"
            " for (let up = e; up; up = up.parentElement) if (up.id) ids.push(up.id);"
            " return [ids, s.outlineStyle !== 'none' || s.boxShadow !== 'none', e.outerHTML.slice(0, 80)]; }"
        )
        reached |= set(ids)
        if not seen:
            unseen.append(what)
    assert {"photo", "cards", "style", "enhance", "go", "stop", "kind", "download", "another", "again"} <= reached
    assert len(unseen) <= 3, unseen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_enough_to_read(browser, page, theme):  # noqa: F811
    """WCAG 2's AA: 4.5 to 1 for what is written on an even ground."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    tab = context.new_page()
    enter(tab, f"{page.demo.local_url}?__theme={theme}")
    poor = tab.evaluate(
        """() => {
        const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data]; };
        const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const light = c => c.slice(0, 3).map(v => linear(v / 255))
            .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
        const ground = e => { for (; e; e = e.parentElement) { const s = getComputedStyle(e);
            if (s.backgroundImage !== 'none' && e !== document.body) return null;
            const c = rgba(s.backgroundColor); if (c[3] > 250) return c; } return [255, 255, 255, 255]; };
        const poor = [];
        for (const id of ['title', 'tagline', 'tabs', 'small']) {
            const walker = document.createTreeWalker(document.getElementById(id), NodeFilter.SHOW_TEXT);
            for (let node; node = walker.nextNode();) {
                const e = node.parentElement, text = node.textContent.trim();
                const seen = e.checkVisibility({visibilityProperty: true, opacityProperty: true});
                if (!/\\p{L}/u.test(text) || !seen || e.closest('[disabled]')) continue;
                const below = ground(e); if (!below) continue;
                const [a, b] = [light(rgba(getComputedStyle(e).color)), light(below)].sort((x, y) => y - x);
                const size = parseFloat(getComputedStyle(e).fontSize);
                if ((a + .05) / (b + .05) < (size >= 24 ? 3 : 4.5)) poor.push([text, (a + .05) / (b + .05)]);
            }
        }
        return poor;
    }"""
    )
    assert poor == []
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_embedded_in_a_blog_post(browser, page, photo, tmp_path, theme):  # noqa: F811
    """The page's own iframe line, 640 px wide, in another site's page: a photo is drawn inside it."""
    context = browser.new_context(viewport={"width": 900, "height": 1000})
    tab = context.new_page()
    enter(tab, page.demo.local_url)
    tab.get_by_role("tab", name="Use it elsewhere").click()
    tab.wait_for_function("document.querySelector('#snippet-iframe').innerText.includes('<iframe')")
    snippet = " ".join(tab.locator("#snippet-iframe .cm-line").all_inner_texts())
    assert page.demo.local_url.rstrip("/") in snippet
    python = "\n".join(tab.locator("#snippet-python .cm-line").all_inner_texts())
    assert f'Client("{page.demo.local_url.rstrip("/")}")' in python
    compile(python, "snippet", "exec")
    screenshot(tab, "elsewhere")
    post = f"<h1>My blog</h1><div style='width: 640px'>{snippet.replace('__theme=light', f'__theme={theme}')}</div>"
    (tmp_path / "index.html").write_text(f"<!doctype html><meta charset=utf-8>{post}")
    handler = type(
        "Quiet",
        (http.server.SimpleHTTPRequestHandler,),
        {
            "__init__": lambda self, *a: http.server.SimpleHTTPRequestHandler.__init__(self, *a, directory=tmp_path),
            "log_message": lambda *_: None,
        },
    )
    blog = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=blog.serve_forever, daemon=True).start()
    tab.goto(f"http://localhost:{blog.server_port}/")
    tab.wait_for_selector("iframe")
    frame = tab.frames[1]
    frame.wait_for_selector("#go")
    frame.set_input_files("#photo input[type=file]", str(photo))
    frame.wait_for_function(DRAWN, timeout=60_000)
    assert frame.evaluate("document.documentElement.scrollWidth") <= 640
    assert frame.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    scrollers = frame.evaluate(
        "[...document.querySelectorAll('#columns *')].filter(e => e.scrollHeight > e.clientHeight + 2 &&"
        " ['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.clientHeight > 100).map(e => e.className)"
    )
    assert scrollers == []  # no scroll bar within a scroll bar
    tab.screenshot(path=SCREENSHOTS / f"embedded-{theme}.png")
    context.close()
    blog.shutdown()
    blog.server_close()


def test_behind_a_reverse_proxy_under_a_path(browser, photo, tmp_path):  # noqa: F811
    """`python app.py --root-path`: pictures come, photos go, progress flows, downloads work."""
    with served(tmp_path, arguments=["--host", "127.0.0.1", "--root-path", "/tools/anime"]) as url:
        proxy = Proxy(url, "/tools/anime")
        context = browser.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
        tab = context.new_page()
        enter(tab, proxy.url)
        draw(tab, photo)
        with tab.expect_download() as download:
            tab.click("#download")
        assert download.value.suggested_filename == "eileen-anime.png"
        assert tab.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
        context.close()
        proxy.close()
