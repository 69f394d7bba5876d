"""The page in headless Chromium, where something goes wrong or somebody is impatient."""

import threading
from dataclasses import dataclass, field

import pytest

from animegan.examples import example_photos
from tests import axe
from tests.images.test_files import BAD_FILES
from tests.support.browser import (
    DRAWN,
    PATIENCE,
    after,
    bring,
    draw,
    enter,
    failure,
    open_tab,
    screenshot,
    toast,
    until_another,
)
from tests.support.line import until

pytestmark = pytest.mark.slow


def test_a_broken_file_gets_a_sentence_and_the_page_goes_on(visit, still, tmp_path):
    broken = tmp_path / "holiday.jpg"
    broken.write_bytes(BAD_FILES["html"])
    visit.set_input_files("#photo input[type=file]", str(broken))
    text = failure(visit)
    assert "holiday.jpg" in text
    assert "choose a JPEG" in text
    for theme in ("light", "dark"):
        visit.evaluate("dark => document.body.classList.toggle('dark', dark)", theme == "dark")
        assert axe.violations(visit, axe.script()) == [], theme
    screenshot(visit, "broken-file")
    visit.locator("#photo button[aria-label='Remove Image']").first.click()
    draw(visit, still)


def test_a_sentence_shows_text_and_never_markup(visit, tmp_path):
    """A file may be called anything; nothing of its name becomes a part of the page."""
    broken = tmp_path / "<img src=x onerror=window.caught=1><b>bold<b>.jpg"
    broken.write_bytes(BAD_FILES["html"])
    visit.set_input_files("#photo input[type=file]", str(broken))
    assert "is no picture" in failure(visit)
    assert visit.locator("#done img, #done b").count() == 0
    assert visit.evaluate("window.caught") is None


def test_without_a_photo_there_is_nothing_to_draw_or_to_stop(visit):
    assert visit.locator("#go").is_hidden()
    assert visit.locator("#stop").is_hidden()
    assert visit.locator("#download").is_disabled()


def test_a_style_whose_download_fails_gets_a_sentence_and_the_page_goes_on(visit, still, monkeypatch):
    """The Hub is not there: the named error, the styles that need none, and no lost photo."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    draw(visit, still)
    before = after(visit)
    visit.click("#style input")
    visit.locator("#style [role=option]", has_text="Paprika").click()
    text = failure(visit)
    assert after(visit) == before
    assert "HF_HUB_OFFLINE" in text or "Hub" in text
    names = "Anime, Cel, Dusk, Watercolour, Manga, Film, Anime portrait, Hayao (Miyazaki), Shinkai, Portrait"
    assert f"Built in: {names}." in text
    visit.click("#cards button >> nth=1")
    until_another(visit, before)


def test_who_is_turned_away_sees_how_many_are_ahead(visit, page, still, monkeypatch):
    monkeypatch.setattr(page.state.turns, "places", 0)
    bring(visit, still)
    assert "Busy: 0 ahead of you" in failure(visit)
    monkeypatch.undo()
    before = after(visit)
    visit.click("#go")
    until_another(visit, before)


@dataclass
class Held:
    """A page that paints nothing until it is let go."""

    begun: list[str] = field(default_factory=list)
    """The styles whose painting was begun."""
    drawn: list[str] = field(default_factory=list)
    """The styles of the drawings that were finished."""
    go: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def held(page, monkeypatch):
    """It holds from when it is asked for."""
    painter, held = page.state.pipeline.models.painter, Held()
    stylize = page.state.pipeline.stylize

    def wait(style):
        held.begun.append(style)
        assert held.go.wait(PATIENCE / 1000)
        return painter(style)

    def finish(*args, **settings):
        result = stylize(*args, **settings)
        held.drawn.append(result.style)
        return result

    monkeypatch.setattr(page.state.pipeline.models, "painter", wait)
    monkeypatch.setattr(page.state.pipeline, "stylize", finish)
    yield held
    held.go.set()
    until(lambda: not len(page.state.turns))


def test_it_can_be_stopped(visit, page, still, held):
    before = after(visit)
    bring(visit, still)
    visit.wait_for_selector("#slider .progress-text, #slider .progress-level, #slider .eta-bar, #slider .meta-text")
    screenshot(visit, "progress")
    visit.click("#stop")
    visit.wait_for_function("document.querySelector('#done').innerText.includes('Stopped')")
    held.go.set()
    until(lambda: not len(page.state.turns))
    visit.wait_for_timeout(1000)
    assert after(visit) == before
    assert visit.locator("#stop").is_hidden()
    visit.click("#go")
    until_another(visit, before)


def test_another_photo_while_one_is_drawn(visit, page, held):
    """The first is stopped without a word, and the second is drawn."""
    examples = visit.locator("#examples img")
    examples.nth(0).click()
    until(lambda: held.begun)
    before = after(visit)
    visit.set_input_files("#next input[type=file]", str(example_photos()[2]))
    visit.wait_for_function("document.querySelector('#photo [data-testid=image] img')?.src.includes('rocket')")
    visit.wait_for_timeout(1000)  # so that the page has heard of it
    held.go.set()
    until_another(visit, before)
    assert "No face." in visit.inner_text("#done")
    assert visit.locator("[data-testid=toast-body]").count() == 0


@pytest.mark.long
def test_ten_clicks_in_a_row_and_a_change_while_it_draws(visit, page, still, request):
    """No queue of stale drawings: at most what was under way and the last wish are drawn."""
    draw(visit, still)
    before = after(visit)
    held = request.getfixturevalue("held")
    for n in range(10):
        visit.click(f"#cards button >> nth={(n + 1) % 3}")
    held.go.set()
    until_another(visit, before)
    # The painting that began last need not be cel: an earlier click may have drawn that, and it comes from the cache.
    until(lambda: not len(page.state.turns) and held.drawn[-1:] == ["cel"])
    assert visit.input_value("#style input") == "Cel"
    assert len(held.drawn) <= 4  # a few at most
    visit.wait_for_function(DRAWN)
    assert visit.locator("[data-testid=toast-body], #done .failed").count() == 0


def test_a_lost_connection_is_said_and_the_page_goes_on(visit, still):
    """Gradio says so, and opens the page anew as soon as it can."""
    draw(visit, still)
    visit.context.set_offline(True)
    visit.click("#cards button >> nth=2")
    assert "Connection to the server was lost" in toast(visit)
    screenshot(visit, "offline")
    visit.context.set_offline(False)
    visit.wait_for_function(
        "document.querySelector('#done')?.innerText.includes('An example')",
    )
    draw(visit, still)


def test_closing_the_page_deletes_the_photo(browser, page, still):
    """What a visitor sent and got is gone from the disk soon after the tab is closed."""
    tab = open_tab(browser)
    enter(tab, page.url)
    before = {path for path in page.state.folder.rglob("*") if path.is_file()}
    draw(tab, still)
    mine = {path for path in page.state.folder.rglob("*") if path.is_file()} - before
    assert any(path.suffix == ".png" for path in mine)
    context = tab.context
    tab.close(run_before_unload=True)
    context.close()
    until(lambda: not any(path.exists() for path in mine))
