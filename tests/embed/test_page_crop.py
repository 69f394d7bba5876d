"""The part of a photo that is drawn in the embedded page: a frame that is chosen by pointer and by keyboard."""

import numpy as np
import pytest
from PIL import Image

from tests import axe
from tests.support.embed_page import bring, build, reader, serve, until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("crop") / "site")) as host:
        yield host


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """400 × 200 pixels: red grows to the right, green downwards, so that a pixel tells its place."""
    across, down = np.meshgrid(np.arange(400) // 2, np.arange(200))
    path = tmp_path_factory.mktemp("photo") / "places.png"
    Image.fromarray(np.dstack([across, down, 0 * down]).astype(np.uint8)).save(path)
    return path


@pytest.fixture(scope="module")
def tab(browser, host):
    with reader(browser, host.url) as tab:
        yield tab


@pytest.fixture
def choosing(tab, photo):
    """The tab with the dialog open before a photo that was just brought."""
    before = tab.evaluate("fake.calls.length")
    bring(tab, photo)
    tab.wait_for_function("before => fake.calls.length > before", arg=before)  # not the drawing of the test before
    until(tab, "done")
    tab.click("#crop-open")
    return tab


def size(tab) -> str:
    return tab.inner_text("#crop-size")


def drawn(tab) -> list[int]:
    """Draw the part: where it lies in the photo, by what the slider shows as the photo: x, y, width and height."""
    before = tab.evaluate("fake.calls.length")
    tab.click("#crop-draw")
    tab.wait_for_function("before => fake.calls.length > before", arg=before)
    until(tab, "done")
    return tab.evaluate("""() => {
        const photo = document.querySelector("#slider img.before");
        const context = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d");
        context.drawImage(photo, 0, 0);
        const [red, green] = context.getImageData(0, 0, 1, 1).data;
        return [2 * red, green, photo.naturalWidth, photo.naturalHeight];
    }""")


@pytest.mark.parametrize(
    ("shape", "part"),
    [("square", [100, 0, 200, 200]), ("portrait", [120, 0, 160, 200]), ("wide", [22, 0, 356, 200])],
)
def test_a_shape_is_as_large_as_the_photo_allows(choosing, shape, part):
    choosing.check(f"[name=shape][value={shape}]")
    assert drawn(choosing) == part
    assert choosing.inner_text("#download-size").startswith(f"{part[2]} × {part[3]}")


def test_the_frame_moves_and_grows_by_keyboard_and_stays_in_the_photo(choosing):
    choosing.check("[name=shape][value=square]")
    choosing.focus("#crop-frame")
    for _ in range(3):
        choosing.keyboard.press("ArrowRight")  # 2 % of the long side each
    choosing.keyboard.press("ArrowDown")  # there is no room
    choosing.keyboard.press("-")
    assert size(choosing) == "182 × 182"
    choosing.get_by_role("button", name="Lower right corner").focus()
    choosing.keyboard.press("ArrowLeft")
    assert size(choosing) == "174 × 174"  # the shape stays
    assert drawn(choosing) == [132, 9, 174, 174]
    choosing.click("#crop-open")
    assert choosing.is_checked("[name=shape][value=square]")
    assert size(choosing) == "174 × 174"  # the same part of the same photo
    choosing.focus("#crop-frame")
    for _ in range(50):
        choosing.keyboard.press("ArrowRight")
    assert drawn(choosing) == [226, 9, 174, 174]


def test_the_frame_and_its_corners_are_dragged(choosing):
    assert size(choosing) == "320 × 160"  # a free frame comes first
    box = choosing.locator("#crop-stage").bounding_box()
    scale = box["width"] / 400

    def drag(start, end):
        for (x, y), act in ((start, choosing.mouse.down), (end, choosing.mouse.up)):
            choosing.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
            act()

    drag((40, 20), (100, 60))
    assert size(choosing) == "260 × 120"
    drag((200, 100), (120, 60))
    assert drawn(choosing) == pytest.approx([20, 20, 260, 120], abs=2)


def test_the_whole_photo_comes_back_and_escape_changes_nothing(choosing):
    choosing.check("[name=shape][value=square]")
    drawn(choosing)
    choosing.click("#crop-open")
    choosing.locator("#crop-draw").wait_for()
    choosing.keyboard.press("Escape")
    choosing.locator("#crop-draw").wait_for(state="hidden")
    assert choosing.evaluate("document.querySelector('#slider img.before').naturalWidth") == 200
    choosing.click("#crop-open")
    choosing.check("[name=shape][value=whole]")
    assert choosing.locator("#crop-frame").is_hidden()
    assert drawn(choosing) == [0, 0, 400, 200]


def test_another_photo_is_drawn_whole(choosing, tmp_path):
    choosing.check("[name=shape][value=square]")
    drawn(choosing)
    path = tmp_path / "other.png"
    Image.new("RGB", (90, 60), "teal").save(path)
    bring(choosing, path)
    choosing.locator("#download[download^=other]").wait_for()
    assert choosing.inner_text("#download-size").startswith("90 × 60")
    choosing.click("#crop-open")
    assert size(choosing) == "72 × 48"
    choosing.click("#crop-cancel")


@pytest.mark.parametrize("width", [360, 1366])
def test_it_fits_the_screen_and_axe_finds_nothing(choosing, width):
    choosing.set_viewport_size({"width": width, "height": 740 if width == 360 else 700})
    for place in ("#crop", "#crop-draw", "#crop-frame button:nth-child(4)"):
        box = choosing.locator(place).bounding_box()
        assert box["x"] >= 0, place
        assert box["y"] >= 0, place
        assert box["x"] + box["width"] <= width, place
        assert box["y"] + box["height"] <= 740, place
    assert axe.violations(choosing, axe.script()) == []
    choosing.click("#crop-cancel")
