"""Boxes over the faces of a drawing, by which one chooses who is drawn with care."""

import pytest

from tests import axe
from tests.support.browser import after, draw, screenshot, until_another
from tests.support.line import until
from tests.support.quick_page import draw_quickly

pytestmark = pytest.mark.slow
PRESSED = "[...document.querySelectorAll('.faces button')].map(box => box.ariaPressed === 'true')"


def test_boxes_choose_who_is_drawn_with_care(visit, page, still, monkeypatch):
    """By keys and by clicks: the drawing follows, also where all are left out and one is taken in again."""
    asked = draw_quickly(page, monkeypatch, faces=3)
    draw(visit, still)
    before = after(visit)
    choose = visit.get_by_role("button", name="Choose faces")
    choose.focus()
    visit.keyboard.press("Enter")
    assert visit.evaluate("document.activeElement.ariaLabel") == "Face 1"
    assert visit.evaluate(PRESSED) == [True, True, True]
    visit.keyboard.press("Space")
    until_another(visit, before)
    assert asked.options[-1].faces == "2,3"
    assert visit.evaluate(PRESSED) == [False, True, True]
    assert visit.get_by_role("button", name="Done").get_attribute("aria-expanded") == "true"
    screenshot(visit, "faces")
    visit.get_by_role("button", name="Face 3").click()
    until(lambda: asked.options[-1].faces == "2")
    visit.get_by_role("button", name="Face 2").click()
    until(lambda: asked.options[-1].faces is False)
    assert visit.evaluate(PRESSED) == [False, False, False]
    visit.get_by_role("button", name="Face 2").click()
    until(lambda: asked.options[-1].faces == "2")
    assert visit.evaluate(PRESSED) == [False, True, False]
    visit.set_viewport_size({"width": 360, "height": 740})
    assert axe.violations(visit, axe.script()) == []
    sides = visit.evaluate(
        "[...document.querySelectorAll('.faces button')].map(box => [box.offsetWidth, box.offsetHeight])"
    )
    assert min(map(min, sides)) >= 44
    visit.get_by_role("button", name="Face 2").press("Escape")
    assert visit.locator(".faces").is_hidden()


def test_one_face_can_be_left_out_and_another_photo_has_all_of_its_own(visit, page, still, photo, monkeypatch):
    asked = draw_quickly(page, monkeypatch, faces=2)
    draw(visit, still)
    before = after(visit)
    visit.click(".choose-faces")
    visit.click(".faces button >> nth=0")
    until_another(visit, before)
    assert asked.options[-1].faces == "2"
    before = after(visit)
    visit.set_input_files("#next input[type=file]", str(photo))
    until_another(visit, before)
    assert asked.options[-1].faces is True
    assert visit.evaluate(PRESSED) == [True, True]
    asked = draw_quickly(page, monkeypatch, faces=1)
    before = after(visit)
    visit.set_input_files("#next input[type=file]", str(still))
    until_another(visit, before)
    assert visit.evaluate(PRESSED) == [True]
    visit.click(".faces button")
    until(lambda: asked.options[-1].faces is False)
    visit.wait_for_function(f"{PRESSED}[0] === false")
    before = after(visit)
    draw_quickly(page, monkeypatch)
    visit.set_input_files("#next input[type=file]", str(photo))
    until_another(visit, before)
    visit.wait_for_selector(".choose-faces", state="detached")
    assert visit.locator(".faces").is_hidden()
