"""The page for people who do not see it well, or have no mouse: WCAG 2.2, A and AA, by axe-core; names, states, keys.

The file's name lets it share the server of the other tests of the page in a browser.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests import axe
from tests.support.browser import draw, enter, open_tab

pytestmark = pytest.mark.slow
TABS = 5
SMALL = """least => [...document.querySelectorAll('a[href], button, input, [role=tab], [role=slider], [role=combobox]')]
    .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.closest('[aria-hidden=true], p'))
    .map(e => [e, (e.closest('label') ?? e).getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height && Math.min(box.width, box.height) < least - .5)
    .map(([e, box]) => `${e.ariaLabel ?? e.textContent.trim()}: ${box.width} × ${box.height}`)"""
"""What is smaller than so many pixels, of what can be clicked; but for links in a sentence, as WCAG 2.5.8 has it."""
ENGLISH = r"""() => ['aria-label', 'title', 'alt'].flatMap(name => [...document.querySelectorAll(`#tabs [${name}]`)]
    .map(e => e.getAttribute(name))).filter(text => /^[ -~]*[a-z]{3}[ -~]*$|[a-z]{2} [a-z]{2}/i.test(text))
    .filter(text => !/\.(png|jpg|webp)$/.test(text))"""
"""The names that are in English, but for those of files."""


@pytest.fixture(scope="module")
def source() -> str:
    return axe.script()


def look(tab, width: int, height: int, theme: str) -> None:
    """See the page at this size and in this theme."""
    tab.set_viewport_size({"width": width, "height": height})
    tab.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")


def every_tab(tab) -> Iterator[str]:
    """Open one tab after the other, by the arrow key."""
    first = tab.locator("#tabs [role=tab]").first
    first.click()
    first.focus()
    for _ in range(TABS):
        yield tab.evaluate("document.querySelector('#tabs [role=tab][aria-selected=true]').textContent")
        tab.keyboard.press("ArrowRight")


# Each width is seen in both themes and in both languages.
@pytest.mark.parametrize(
    ("locale", "looks"),
    [
        ("en-GB", [(1400, 900, "light"), (1366, 700, "dark"), (768, 1024, "light"), (360, 740, "dark")]),
        ("zh-CN", [(1366, 700, "light"), (1400, 900, "dark"), (768, 1024, "dark"), (360, 740, "light")]),
        ("ja-JP", [(360, 740, "light")]),
    ],
)
def test_nothing_keeps_people_out(browser, page, still, source, locale, looks):
    tab = open_tab(browser, locale=locale)
    enter(tab, page.url)
    tab.click("#more > button")
    draw(tab, still)
    for each in looks:
        look(tab, *each)
        assert axe.violations(tab, source) == [], each
    assert tab.evaluate(SMALL, 44) == []
    if not locale.startswith("en"):
        assert tab.evaluate(ENGLISH) == []
    for name in every_tab(tab):
        assert axe.violations(tab, source) == [], name
        assert tab.evaluate(SMALL, 44) == [], name
        assert tab.evaluate("document.documentElement.scrollWidth") == 360, name
    look(tab, *looks[0])
    assert tab.evaluate(SMALL, 24) == []
    tab.context.close()


def test_names_states_and_keys(visit, still):
    """Each picture is called what it shows and says whether it is chosen; arrow keys choose; the result is said."""
    draw(visit, still)
    tree: Any = visit.locator("#cards").aria_snapshot()
    assert re.findall(r'button "(\w+)" \[pressed\]', tree) == ["Anime"]
    assert re.findall(r'button "(\w+)"(?! \[pressed\])', tree)[:2] == ["Cel", "Dusk"]
    assert re.match(r"- status:\s+- text: .*No face\.", visit.locator("#done").aria_snapshot())
    assert visit.locator("#more > button").get_attribute("aria-expanded") == "false"
    visit.get_by_role("radiogroup", name="Enhancement").get_by_role("radio", name="Auto").focus()
    visit.keyboard.press("ArrowRight")
    assert visit.get_by_role("radio", name="On", exact=True).is_checked()
    names = list(every_tab(visit))
    assert names == ["Draw", "All styles", "Video", "Live", "Use it elsewhere"]
    assert visit.get_by_role("tabpanel", name="Draw").is_visible()  # round to the first
    visit.keyboard.press("End")
    assert visit.get_by_role("tab", name="Use it elsewhere").get_attribute("aria-selected") == "true"
