"""The page speaks the language that a visitor chooses, in every part of it."""

import re

import pytest

from tests.support.browser import draw, enter, open_tab

pytestmark = pytest.mark.slow


def test_a_language_is_chosen_and_stays(browser, page, still):
    """By a link of the page: its own texts, Gradio's, the server's; the next visit speaks it, too."""
    tab = open_tab(browser)
    enter(tab, f"{page.url}?__theme=dark")
    with tab.expect_navigation():
        tab.get_by_role("link", name="日本語").click()
    tab.wait_for_function("document.querySelector('#cards .caption-label')?.innerText.includes('アニメ')")
    assert re.search(r"\?.*__theme=dark&lang=ja$", tab.url)
    assert tab.inner_text("h1") == "写真がアニメになる"
    assert tab.title() == "animegan：写真がアニメになる"
    assert tab.evaluate("document.documentElement.lang") == "ja"
    assert "ドロップ" in tab.inner_text("#photo")
    draw(tab, still)
    assert "顔は描いていません。" in tab.inner_text("#done")
    enter(tab, page.url)
    tab.wait_for_function("document.querySelector('h1').innerText === '写真がアニメになる'")
    assert tab.get_by_role("link", name="日本語").get_attribute("aria-current") == "true"
    foreign = set(re.findall(r"[a-z]{4,}", tab.inner_text("#tabs"), re.IGNORECASE))
    assert foreign <= {"JPEG", "WebP", "Hayao", "Shinkai", "AnimeGANv"}  # names
    tab.context.close()
