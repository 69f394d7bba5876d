"""The page in headless Chromium, as a person uses it."""

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.support.browser import DRAWN, after, bring, download, draw, screenshot, until_another

pytestmark = pytest.mark.slow
EXAMPLES = ROOT / "examples"


def test_a_photo_is_drawn_at_once_and_downloaded(visit, photo):
    draw(visit, photo)
    assert "1 face." in visit.inner_text("#done")
    assert "512 × 512" in visit.inner_text("#download")
    for kind, name, form, size in (
        ("PNG", "eileen-anime.png", "PNG", (512, 512)),
        ("JPEG", "eileen-anime.jpg", "JPEG", (512, 512)),
        ("WebP", "eileen-anime.webp", "WEBP", (512, 512)),
        ("Side by side", "eileen-anime-side-by-side.webp", "WEBP", (1026, 512)),
        ("Before/after GIF", "eileen-anime.gif", "GIF", (480, 480)),
    ):
        visit.locator("#kind label", has_text=kind).click()
        with Image.open(download(visit, name)) as picture:
            assert (picture.format, picture.size) == (form, size)
            assert dict(picture.getexif()) == ({} if form in ("PNG", "GIF") else {0x0131: "animegan"})
    assert visit.locator("#kind label", has_text="repaired").count() == 0
    screenshot(visit, "drawn")


def test_a_picture_of_a_style_chooses_it(visit, still):
    """By its picture or by the list beside it: the drawing follows, from what is computed already."""
    draw(visit, still)
    visit.wait_for_function(
        "[...document.querySelectorAll('#cards img')].every(card => !card.src.includes('examples'))"
    )
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


def test_the_switch_leaves_it_to_the_button(visit, still):
    visit.click("#more > button, #more .label-wrap")
    visit.locator("#at-once input").uncheck()
    before = after(visit)
    bring(visit, still)
    visit.locator("#go").wait_for()
    assert after(visit) == before
    visit.click("#go")
    until_another(visit, before)
    assert visit.locator("#go").is_hidden()


def test_another_photo_and_the_result_as_input_are_one_click(visit, still):
    draw(visit, still)
    first = after(visit)
    visit.click("#again")
    until_another(visit, first)
    visit.wait_for_function("document.querySelector('#photo [data-testid=image] img').src.includes('cup-anime.png')")
    second = after(visit)
    with visit.expect_file_chooser() as chooser:
        visit.click("#another")
    assert after(visit) == second  # whoever closes the chooser has lost nothing
    chooser.value.set_files(still)
    until_another(visit, second)


def test_a_crop_is_one_click(visit, photo):
    """Where a face is found its crops are shown; the one that is clicked is drawn."""
    draw(visit, photo)
    whole = after(visit)
    pictures = visit.locator("#crops img")
    pictures.nth(2).wait_for()
    assert pictures.count() == 3
    screenshot(visit, "crops")
    pictures.nth(1).click()
    until_another(visit, whole)
    wide, high = visit.evaluate(
        "() => { const p = document.querySelector('#slider .after'); return [p.naturalWidth, p.naturalHeight]; }"
    )
    assert abs(wide / high - 0.8) < 0.02
    visit.click("[aria-label='Clear'], [aria-label='Remove Image']")
    pictures.first.wait_for(state="hidden")
    visit.wait_for_function("!document.querySelector('#slider .stage')")


@pytest.mark.long
def test_all_styles_side_by_side(visit, photo):
    """The photo in every style whose weights are here, a sheet of them, and a click that chooses one."""
    draw(visit, photo)
    drawn = after(visit)
    visit.get_by_role("tab", name="All styles").click()
    visit.click("#all")
    visit.wait_for_selector("#sheet:not([disabled])")
    assert visit.locator("#gallery img").count() == 11
    assert "Shinkai · luminous sky" in visit.inner_text("#gallery")
    screenshot(visit, "all-styles")
    with visit.expect_download() as offered:
        visit.click("#sheet")
    assert offered.value.suggested_filename == "eileen-all-styles.png"
    with Image.open(offered.value.path()) as sheet:
        assert min(sheet.size) > 1024
    visit.click("#gallery button >> nth=2")
    visit.wait_for_selector("#slider", state="visible")
    until_another(visit, drawn)
    assert visit.input_value("#style input") == "Cel"


def test_nothing_but_the_page_itself_is_asked(visit, still):
    draw(visit, still)
    foreign = {host for host in visit.hosts if not host.startswith(("http://127.0.0.1", "data:", "blob:"))}
    assert foreign == set()


@pytest.mark.long
def test_an_example_can_be_clicked(visit):
    pictures = visit.locator("#examples img")
    pictures.first.wait_for()
    assert pictures.count() == len(list(EXAMPLES.glob("*.jpg")))
    pictures.nth(1).click()
    visit.wait_for_function(DRAWN)
    assert "Worn, coarse, flat photo: restored, contrast lifted first." in visit.inner_text("#done")
    visit.click("#done summary")
    assert "fine detail" in visit.inner_text("#done details")
    visit.locator("#kind label", has_text="Photo and repaired photo").click()
    with Image.open(download(visit, "2-astronaut-blurry-repaired-side-by-side.webp")) as picture:
        assert picture.size[0] > 2 * picture.size[1]
    screenshot(visit, "repaired")
