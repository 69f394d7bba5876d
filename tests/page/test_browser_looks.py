"""What the page looks like in headless Chromium: on every screen, in every language, in other pages."""

import http.server
import itertools
import re
import threading

import pytest

from tests.support.browser import DRAWN, SCREENSHOTS, bring, download, draw, enter, open_tab, screenshot
from tests.support.proxy import Proxy

pytestmark = pytest.mark.slow


@pytest.mark.long
@pytest.mark.parametrize(("language", "asked"), [("en", "light"), ("zh", "dark")])
def test_every_width_theme_and_language(browser, page, photo, language, asked):
    """Nothing is wider than the screen, and nothing is left in the other language."""
    locale = {"en": "en-GB", "zh": "zh-CN"}[language]
    tab = open_tab(browser, viewport={"width": 360, "height": 800}, locale=locale)
    enter(tab, f"{page.url}?__theme={asked}")
    assert tab.evaluate("document.body.classList.contains('dark')") is (asked == "dark")
    draw(tab, photo)
    tab.locator("#crops img").nth(2).wait_for()
    for width, theme in itertools.product((360, 768, 1400), ("light", "dark")):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(tab, f"{width}-{theme}-{language}")
    assert tab.evaluate("document.documentElement.lang") == language
    alone = [
        image for image in tab.locator("#photo img, #slider img, #cards img, #crops img").all() if image.is_visible()
    ]
    assert all(image.get_attribute("alt") for image in alone)
    chinese = re.findall(r"[\u4e00-\u9fff]+", tab.inner_text("#tabs"))
    english = re.findall(r"[a-z]{4,}", tab.inner_text("#tabs"), re.I)
    known = {"Hayao", "Shinkai", "JPEG", "WebP", "AnimeGANv"}
    unknown = chinese if language == "en" else set(english) - known
    assert not unknown, unknown
    tab.context.close()


def test_everything_can_be_reached_by_keyboard(visit, still):
    """Tab goes through the controls, what has the focus shows it, and Enter draws."""
    bring(visit, still)
    visit.wait_for_function(DRAWN)
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
    assert {"photo", "cards", "style", "enhance", "slider", "kind", "download", "another", "again"} <= reached
    assert len(unseen) <= 3, unseen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast_is_enough_to_read(visit, theme):
    """WCAG 2's AA: 4.5 to 1 for what is written on an even ground."""
    tab = visit
    tab.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
    poor = tab.evaluate(
        """() => {
        const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        const rgba = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data]; };
        const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
        const light = c => c.slice(0, 3).map(v => linear(v / 255))
            .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
        const ground = e => { const layers = []; for (; e; e = e.parentElement) { const s = getComputedStyle(e);
            if (s.backgroundImage !== 'none' && e !== document.body) return null;
            const c = rgba(s.backgroundColor); layers.push(c); if (c[3] > 250) break; }
            const over = (under, c) => under.map((v, n) => v + (c[n] - v) * c[3] / 255);
            return layers.reduceRight(over, [255, 255, 255]); };
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


@pytest.mark.long
def test_embedded_in_a_blog_post(browser, page, still, tmp_path):
    """The page's own iframe line, 640 px wide, in another site's page: it has the theme that the line names, and a
    photo is drawn inside it.
    """
    tab = open_tab(browser, viewport={"width": 900, "height": 1000})
    enter(tab, page.url)
    tab.get_by_role("tab", name="Use it elsewhere").click()
    tab.wait_for_function("document.querySelector('#snippet-iframe')?.innerText.includes('<iframe')")
    snippet = " ".join(tab.locator("#snippet-iframe .cm-line").all_inner_texts())
    assert page.url.rstrip("/") in snippet
    python = "\n".join(tab.locator("#snippet-python .cm-line").all_inner_texts())
    assert f'Client("{page.url.rstrip("/")}")' in python
    compile(python, "snippet", "exec")
    embed = " ".join(tab.locator("#snippet-embed .cm-line").all_inner_texts())
    assert "element.js" in embed
    assert '<animegan-embed src="' in embed
    assert "6 MB" in tab.inner_text("#snippet-embed")
    screenshot(tab, "elsewhere")
    for theme in ("light", "dark"):
        line = snippet.replace("__theme=light", f"__theme={theme}")
        post = f"<!doctype html><meta charset=utf-8><h1>My blog</h1><div style='width: 640px'>{line}</div>"
        (tmp_path / f"{theme}.html").write_text(post)
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
    for theme in ("light", "dark"):
        tab.goto(f"http://localhost:{blog.server_port}/{theme}.html")
        tab.wait_for_selector("iframe")
        frame = tab.frames[1]
        frame.wait_for_selector("#download")
        assert frame.evaluate("document.body.classList.contains('dark')") is (theme == "dark")
    frame.set_input_files("#photo input[type=file]", str(still))
    frame.wait_for_function(DRAWN)
    assert frame.evaluate("document.documentElement.scrollWidth") <= 640
    scrollers = frame.evaluate(
        "[...document.querySelectorAll('#columns *')].filter(e => e.scrollHeight > e.clientHeight + 2 &&"
        " ['auto', 'scroll'].includes(getComputedStyle(e).overflowY) && e.clientHeight > 100).map(e => e.className)"
    )
    assert scrollers == []  # no scroll bar within a scroll bar
    tab.screenshot(path=SCREENSHOTS / "embedded.png")
    tab.context.close()
    blog.shutdown()
    blog.server_close()


@pytest.mark.long
def test_behind_a_reverse_proxy_under_a_path(browser, still, under_a_path):
    """`python app.py --root-path`: pictures come, photos go, progress flows, downloads work."""
    proxy = Proxy(under_a_path, "/tools/anime")
    tab = open_tab(browser)
    enter(tab, proxy.url)
    draw(tab, still)
    assert download(tab, "cup-anime.png")
    assert tab.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    tab.context.close()
    proxy.close()
