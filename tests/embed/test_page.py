"""The embedded page in headless Chromium, as a person uses it. Its engine is a stand-in, so that each test is quick."""

import io
import json
import re

import numpy as np
import pytest
import skimage.data
from PIL import Image

from animegan.embed.contents import SITE
from animegan.images import marks
from tests.conftest import ROOT
from tests.support.browser import open_tab
from tests.support.embed_page import bring, build, reader, serve, until

pytestmark = pytest.mark.slow
PHOTO = ROOT / "examples" / "1-astronaut.jpg"
LANGUAGES = {"en": "english", "zh": "chinese", "ja": "japanese"}
"""Of the page: each has a file of texts."""
LIES_OVER = """() => {
    const [bar, picture] = ["#progress", "#slider .stage"]
        .map(place => document.querySelector(place).getBoundingClientRect());
    return bar.top > picture.top && bar.bottom < picture.bottom && bar.left > picture.left && bar.right < picture.right;
}"""
"""Whether the bar lies over the picture, so that nothing moves when it comes."""
WATCH_SHIFTS = """() => {
    window.shifts = [];
    const keep = list => shifts.push(...list.getEntries().map(({value}) => value));
    new PerformanceObserver(keep).observe({type: "layout-shift"});
}"""
"""Remembers what moves from now on, as parts of the screen."""
TOO_WIDE = """() => [...document.querySelectorAll('main *')].filter(part => {
    const {left, right} = part.getBoundingClientRect();
    return part.checkVisibility() && !part.closest('.cards') && (right > innerWidth + 1 || left < -1);
}).map(part => part.outerHTML)"""
"""What stands out of the screen; the row of cards may, as it can be pushed aside."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("embed") / "site")) as host:
        yield host


@pytest.fixture
def tab(browser, host):
    with reader(browser, host.url) as tab:
        yield tab


def save(tab, folder):
    with tab.expect_download() as offered:
        tab.click("[data-action=download]")
    path = folder / offered.value.suggested_filename
    offered.value.save_as(path)
    return path


def failure(tab) -> str:
    tab.locator("#failure:not([hidden])").wait_for()
    return tab.inner_text("#failure")


def test_a_photo_is_drawn_and_downloaded_at_its_size(tab, tmp_path):
    assert tab.inner_text("#status") == "An example. Yours comes here."
    assert tab.get_attribute("[data-action=download]", "href") is None
    bring(tab, PHOTO)
    until(tab, "done")
    assert re.fullmatch(r"Drawn on this device in \d+\.\d s\. 1 face painted\.", tab.inner_text("#status"))
    for kind, name, form, size in (
        ("png", "1-astronaut-anime.png", "PNG", (512, 512)),
        ("jpeg", "1-astronaut-anime.jpg", "JPEG", (512, 512)),
        ("webp", "1-astronaut-anime.webp", "WEBP", (512, 512)),
        ("pair", "1-astronaut-anime-side-by-side.png", "PNG", (1026, 512)),
    ):
        tab.check(f"[name=kind][value={kind}]")
        tab.locator("#download[href]").wait_for()
        path = save(tab, tmp_path)
        with Image.open(path) as picture:
            assert (path.name, picture.format, picture.size) == (name, form, size)
            assert dict(picture.getexif()) == ({} if form == "PNG" else {marks.SOFTWARE: marks.MARK})
            assert "xmp" not in picture.info
            assert picture.info.get("Software") == (marks.MARK if form == "PNG" else None)
        assert marks.is_ours(path)
    both = np.asarray(Image.open(path).convert("RGB"))
    assert (both[:, :512] % 48 != 0).any()
    assert (both[:, 514:] % 48 == 0).all()  # the stand-in's drawing


@pytest.mark.parametrize(("kind", "form"), [("png", "PNG"), ("webp", "WEBP")])
def test_a_cut_out_keeps_its_alpha_beside_the_mark(tab, tmp_path, kind, form):
    """Browsers write a WebP with alpha in another form than one without."""
    path = tmp_path / "sticker.png"
    Image.fromarray(np.dstack([skimage.data.coffee()[:60, :90], np.tile(np.arange(90, dtype=np.uint8), (60, 1))])).save(
        path
    )
    bring(tab, path)
    until(tab, "done")
    tab.check(f"[name=kind][value={kind}]")
    tab.locator(f"#download[download$={kind}]").wait_for()
    saved = save(tab, tmp_path)
    assert marks.is_ours(saved)
    with Image.open(saved) as picture:
        assert (picture.format, picture.size, picture.mode) == (form, (90, 60), "RGBA")
        assert np.asarray(picture)[30, 80, 3] == pytest.approx(80, abs=2)


@pytest.mark.parametrize(
    ("form", "mode", "settings"),
    [("WEBP", "RGB", {"lossless": True}), ("WEBP", "RGBA", {"lossless": True}), ("WEBP", "RGB", {}), ("JPEG", "L", {})],
)
def test_the_mark_fits_every_form_of_a_file(tab, form, mode, settings):
    """Of other browsers, too; the pixels stay."""
    photo, file = Image.fromarray(skimage.data.coffee()[:33, :71]).convert(mode), io.BytesIO()
    photo.save(file, form, **settings)
    given = tab.evaluate(
        """async ([data, type]) => {
            const {marked} = await import("./page/marks.js");
            return [...new Uint8Array(await (await marked(new Blob([Uint8Array.from(data)], {type}))).arrayBuffer())];
        }""",
        [list(file.getvalue()), f"image/{form.lower()}"],
    )
    assert marks.is_ours(io.BytesIO(bytes(given)))
    with Image.open(io.BytesIO(bytes(given))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), np.asarray(Image.open(file)))


def test_it_is_turned_as_its_exif_says(tab, tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(skimage.data.coffee()).save(path, exif=exif)
    bring(tab, path)
    until(tab, "done")
    with Image.open(save(tab, tmp_path)) as picture:
        assert picture.size == (400, 600)


def test_a_heic_photo_is_read_by_the_engine_where_the_browser_does_not(tab, tmp_path):
    """Where the folder cannot either, a sentence says what to do, and the drawing of before stays."""
    path = tmp_path / "phone.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    tab.evaluate("fake.heic = 'coffee.jpg'")
    bring(tab, path)
    until(tab, "done")
    assert save(tab, tmp_path).name == "phone-anime.png"
    assert tab.inner_text("#download-size").startswith("600 × 400")
    tab.evaluate("delete fake.heic")
    bring(tab, path)
    assert "save the photo as a JPEG" in failure(tab)
    assert tab.inner_text("#status").startswith("Drawn on this device")
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(40))  # a film is none
    bring(tab, path)
    tab.wait_for_function("() => document.querySelector('#failure').innerText.includes('cannot be read as a photo')")
    assert tab.evaluate("fake.calls.filter(call => call === 'readable').length") == 2


def test_a_part_is_drawn_again_and_a_cut_out_is_transparent(tab, tmp_path):
    """On white in a JPEG, which cannot be transparent; behind it in the page stands no photo."""
    bring(tab, PHOTO)
    until(tab, "done")
    tab.check("[name=part][value=cut-out]")
    tab.locator("#download[download='1-astronaut-anime-cut-out.png']").wait_for()
    with Image.open(save(tab, tmp_path)) as picture:
        alpha = np.asarray(picture)[..., 3]
        assert (alpha[:200] == 0).all()
        assert (alpha[300:] == 255).all()
    shown = "getComputedStyle(document.querySelector('#slider img.after')).backgroundImage"
    assert tab.evaluate(shown).startswith("repeating-conic-gradient")
    tab.check("[name=kind][value=jpeg]")
    tab.locator("#download[download='1-astronaut-anime-cut-out.jpg']").wait_for()
    with Image.open(save(tab, tmp_path)) as picture:
        assert (np.asarray(picture)[:200] > 250).all()
    tab.check("[name=part][value=all]")
    tab.locator("#download[download='1-astronaut-anime.jpg']").wait_for()
    assert tab.evaluate(shown) == "none"
    assert [call for call in tab.evaluate("fake.calls") if "draw" in call] == ["draw anime", "draw anime cut-out"]


def test_the_page_says_what_was_repaired_and_can_leave_it(tab, tmp_path):
    """In the words of the other page, in every language; the repaired photo can be saved."""
    assert tab.locator("#kind-repaired").is_hidden()
    restored, lit = {"stage": "restore", "reasons": ["blurry"]}, {"stage": "contrast", "reasons": ["flat"]}
    tab.evaluate("repair => fake.repair = repair", [restored, lit])
    bring(tab, PHOTO)
    until(tab, "done")
    assert "s. Blurry, flat photo: restored, contrast lifted first. 1 face painted." in tab.inner_text("#status")
    tab.select_option("#language", "zh")
    assert "照片模糊，灰平：已修复，已增强对比。" in tab.inner_text("#status")
    tab.select_option("#language", "en")
    tab.check("[name=kind][value=repaired]")
    tab.locator("#download[download='1-astronaut-repaired.png']").wait_for()
    with Image.open(save(tab, tmp_path)) as picture:
        assert picture.size == (512, 512)
        assert (np.asarray(picture.convert("RGB")) == 255).all()
    tab.check("[name=enhance][value=off]")
    tab.wait_for_function("() => fake.calls.filter(call => call.startsWith('draw')).length === 2")
    until(tab, "done")
    assert "first" not in tab.inner_text("#status")
    assert tab.locator("#kind-repaired").is_hidden()
    assert save(tab, tmp_path).name == "1-astronaut-anime.png"
    tab.evaluate("fake.repair = [{stage: 'restore', reasons: ['asked-for']}]")
    tab.check("[name=enhance][value=on]")
    tab.locator("#status", has_text="Restored first, as you asked.").wait_for()
    until(tab, "done")
    tab.evaluate("Object.assign(fake, {repair: [], isMissing: true})")
    tab.check("[name=enhance][value=auto]")  # what is drawn already is shown again
    tab.wait_for_function("() => document.querySelector('#status').textContent.includes('restored')")
    tab.click("#styles .style:has([value=cel])")
    tab.wait_for_function("() => document.querySelector('#status').textContent.includes('did not come')")


def test_a_preview_comes_before_the_drawing(tab):
    tab.evaluate("fake.hold = 3")
    bring(tab, PHOTO)
    tab.locator("#slider canvas.rough").wait_for()
    assert tab.evaluate("document.body.dataset.state") == "drawing"
    assert tab.evaluate("document.querySelector('#progress progress').value") == 0.4
    assert tab.inner_text("#percent") == "40 %"
    assert tab.evaluate(LIES_OVER) is True
    tab.evaluate("fake.hold = 4")
    tab.wait_for_function("() => document.querySelector('#coming').textContent === '0.4 of 3.6 MB'")
    tab.evaluate("fake.hold = 0")
    until(tab, "done")
    assert tab.locator("#slider img.after").evaluate("picture => picture.naturalWidth") == 512
    tab.locator("#slider canvas").wait_for(state="detached")
    assert tab.locator("#progress").is_hidden()


def test_a_style_draws_again_and_one_drawn_before_is_there_at_once(tab, tmp_path):
    bring(tab, PHOTO)
    until(tab, "done")
    tab.check("[name=styles][value=cel]")
    until(tab, "done")
    assert save(tab, tmp_path).name == "1-astronaut-cel.png"
    tab.check("[name=styles][value=anime]")
    until(tab, "done")
    assert save(tab, tmp_path).name == "1-astronaut-anime.png"
    assert [call for call in tab.evaluate("fake.calls") if call.startswith("draw")] == ["draw anime", "draw cel"]


def test_the_last_choice_counts(tab, tmp_path):
    """A style, and then a photo, that are chosen while another drawing is under way."""
    tab.evaluate("fake.hold = 3")
    bring(tab, PHOTO)
    tab.locator("#slider canvas.rough").wait_for()
    tab.check("[name=styles][value=cel]")
    tab.wait_for_function("() => fake.calls.includes('draw cel')")
    bring(tab, ROOT / "examples" / "4-coffee.jpg")
    tab.wait_for_function("() => fake.calls.filter(call => call === 'draw cel').length === 2")
    tab.evaluate("fake.hold = 0")
    until(tab, "done")
    assert save(tab, tmp_path).name == "4-coffee-cel.png"
    assert len([call for call in tab.evaluate("fake.calls") if call.startswith("draw")]) == 3


def test_it_can_be_stopped_and_drawn_after_all(tab):
    tab.evaluate("fake.hold = 1")
    bring(tab, PHOTO)
    tab.click("#stop")
    until(tab, "ready")
    assert "Your photo is still here" in tab.inner_text("#status")
    assert tab.locator("#slider .after").count() == 0
    tab.evaluate("fake.hold = 0")
    tab.click("#retry")
    until(tab, "done")


def test_an_example_a_drop_and_a_paste_bring_a_photo(tab, tmp_path):
    tab.get_by_role("button", name="Draw this example: A cup of coffee").click()
    until(tab, "done")
    assert save(tab, tmp_path).name == "coffee-anime.png"
    give = """async kind => {
        const blob = await (await fetch("coffee.jpg")).blob();
        const transfer = new DataTransfer();
        transfer.items.add(new File([blob], `${kind}.jpg`, {type: "image/jpeg"}));
        const event = kind === "paste" ? new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true})
            : new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true});
        document.body.dispatchEvent(event);
    }"""
    for kind in ("paste", "drop"):
        tab.evaluate(give, kind)
        tab.wait_for_function("name => document.querySelector('#download').download === name", arg=f"{kind}-anime.png")


def test_several_photos_stand_in_a_row_and_each_is_drawn_when_it_is_chosen(tab, tmp_path):
    """One that cannot be read among them leaves the others alone."""
    (tmp_path / "broken.jpg").write_bytes(b"rubbish")
    photos = [PHOTO, tmp_path / "broken.jpg", ROOT / "examples" / "4-coffee.jpg"]
    tab.set_input_files("#photo", [str(photo) for photo in photos])
    until(tab, "done")
    assert tab.get_attribute("#download", "download") == "1-astronaut-anime.png"
    row = tab.locator("#strip button")
    assert row.evaluate_all("all => all.map(each => each.getAttribute('aria-pressed'))") == ["true", "false", "false"]
    tab.get_by_role("button", name="Photo 3 of 3: 4-coffee.jpg").click()
    tab.locator("#download[download='4-coffee-anime.png']").wait_for()
    assert row.nth(2).get_attribute("aria-pressed") == "true"
    tab.locator("#strip li:nth-child(3) canvas").wait_for()
    row.nth(1).click()
    assert failure(tab).startswith("This file cannot be read as a photo")
    assert tab.get_attribute("#download", "download") == "4-coffee-anime.png"
    bring(tab, PHOTO)
    until(tab, "done")
    assert tab.locator("#strip").is_hidden()


def test_a_file_that_is_no_photo_gets_a_sentence_and_nothing_is_lost(tab, tmp_path):
    bring(tab, PHOTO)
    until(tab, "done")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(PHOTO.read_bytes()[:200] + b"rubbish")
    bring(tab, broken)
    assert failure(tab).startswith("This file cannot be read as a photo")
    assert tab.evaluate("document.body.dataset.state") == "failed"
    assert tab.locator("#slider img.after").count() == 1
    assert save(tab, tmp_path).name == "1-astronaut-anime.png"
    tiny = tmp_path / "tiny.png"
    Image.new("RGB", (8, 300)).save(tiny)
    bring(tab, tiny)
    tab.wait_for_function("() => document.querySelector('#failure').innerText.includes('too small')")
    bring(tab, PHOTO)
    until(tab, "done")
    assert tab.locator("#failure").is_hidden()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("no-answer", "does not answer"),
        ("no-network", "did not come"),
        ("corrupt-network", "are damaged"),
        ("bad-photo", "cannot be read"),
        ("no-heic", "does not read HEIC"),
        ("too-large", "too many pixels"),
        ("nobody", "Nobody is seen"),
        ("out-of-memory", "ran out of memory"),
        ("false-canvas", "falsifies the pictures"),
        (None, "Something went wrong"),
    ],
)
def test_every_failure_of_a_drawing_is_one_sentence(tab, code, words):
    """In every language; and where trying again may help, one click does."""
    if code:
        tab.evaluate("code => { fake.fail = code; }", code)
    else:
        tab.evaluate("Object.defineProperty(fake, 'rounds', {get() { throw new Error('a bug'); }, configurable: true})")
    bring(tab, PHOTO)
    until(tab, "failed")
    assert words in failure(tab)
    for language, letters in (("zh", r"[\u4e00-\u9fff]"), ("ja", r"[\u3040-\u30ff]")):
        tab.select_option("#language", language)
        assert re.search(letters, failure(tab))
    if code in ("bad-photo", "no-heic", "too-large", "nobody"):
        assert tab.locator("#retry").is_hidden()
        return
    tab.evaluate(
        "delete fake.fail; Object.defineProperty(fake, 'rounds', {value: 5, writable: true, configurable: true})"
    )
    tab.click("#retry")
    until(tab, "done")


def test_an_error_of_one_kind_of_file_does_not_stay_beside_the_next(tab, tmp_path):
    """The drawing stays as well."""
    bring(tab, PHOTO)
    until(tab, "done")
    tab.evaluate("HTMLCanvasElement.prototype.toBlob = done => done(null); undefined")
    tab.check("[name=kind][value=pair]")
    assert "ran out of memory" in failure(tab)
    assert tab.inner_text("#status").startswith("Drawn on this device")
    tab.check("[name=kind][value=png]")
    until(tab, "done")
    assert tab.locator("#failure").is_hidden()
    assert save(tab, tmp_path).name == "1-astronaut-anime.png"


def test_side_by_side_fits_the_canvas_of_a_telephone(tab):
    """16.7 million pixels are all that iOS has for one; elsewhere a photo of 12 megapixels keeps its size."""
    sizes = """async agent => {
        Object.defineProperty(navigator, "userAgent", {value: agent, configurable: true});
        const {sizeOf} = await import("./page/photos.js");
        const photos = [[4032, 3024], [3024, 4032], [900, 600]];
        return photos.map(([width, height]) => Object.values(sizeOf({width, height}, "pair")));
    }"""
    wide, high, small = tab.evaluate(sizes, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)")
    for width, height, side in (wide, high):
        assert 16.6e6 < width * height <= 4096**2
        assert width == 2 * side + 2
    assert wide[2] / wide[1] == pytest.approx(4032 / 3024, abs=0.001)
    assert small == [1802, 600, 900]
    assert tab.evaluate(sizes, "Mozilla/5.0 (X11; Linux x86_64)")[0] == [8066, 3024, 4032]


def test_the_drawing_is_copied(tab):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bring(tab, PHOTO)
    until(tab, "done")
    tab.click("#copy")
    tab.wait_for_function("() => document.querySelector('#copied').innerText === 'Copied.'")
    size = """async () => {
        const [item] = await navigator.clipboard.read();
        const {width, height} = await createImageBitmap(await item.getType("image/png"));
        return [width, height];
    }"""
    assert tab.evaluate(size) == [512, 512]


@pytest.mark.parametrize("code", ["no-wasm", "no-answer", "corrupt-network"])
def test_an_engine_that_does_not_start_says_why(browser, host, code):
    tab = open_tab(browser, service_workers="block", locale="en-GB")
    tab.goto(f"{host.url}?fake={code}")
    until(tab, "failed")
    assert failure(tab) in sentences()["en"].values()
    tab.evaluate("fake.healed = true")
    tab.click("#retry")
    until(tab, "ready")
    assert tab.locator("#failure").is_hidden()
    tab.context.close()


def test_a_photo_may_come_before_the_page_is_ready(browser, host):
    tab = open_tab(browser, service_workers="block")
    tab.add_init_script("globalThis.fake = {pace: 5, rounds: 3, loading: 1200, hold: 1}")
    tab.goto(host.url)
    until(tab, "loading")
    bring(tab, PHOTO)
    until(tab, "drawing")
    tab.evaluate("fake.hold = 0")
    until(tab, "done")
    tab.context.close()


@pytest.mark.parametrize(
    ("file", "language", "place", "words"),
    [
        ("manifest.json", "en-GB", "#failure", "The page did not load completely"),
        ("page/page.js", "zh-CN", "#guard", "页面未能完整加载"),
    ],
)
def test_a_page_without_one_of_its_files_says_so(browser, tmp_path, file, language, place, words):
    folder = build(tmp_path / "site")
    (folder / file).unlink()
    with serve(folder) as host:
        tab = open_tab(browser, service_workers="block", locale=language)
        tab.goto(host.url)
        until(tab, "failed")
        tab.locator(place).wait_for()
        assert tab.inner_text(place).startswith(words)
        tab.context.close()


def test_the_slider_moves_by_pointer_and_by_keyboard(tab):
    bring(tab, PHOTO)
    until(tab, "done")
    at = "Number(document.querySelector('#slider input').value)"
    assert tab.evaluate(at) == 22
    box = tab.locator("#slider .stage").bounding_box()
    tab.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 50)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 60)
    tab.mouse.up()
    assert tab.evaluate(at) == 60
    for key, place in (("ArrowRight", 61), ("Home", 0), ("End", 100)):
        tab.keyboard.press(key)
        assert tab.evaluate(at) == place
    assert tab.get_attribute("#slider input", "aria-valuetext") == "100 % photo"


def test_everything_is_reached_by_keyboard(tab):
    """In the order in which it is seen; arrows choose a style."""
    reached = []
    for _ in range(30):
        tab.keyboard.press("Tab")
        reached.append(
            tab.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.type")
        )
    order = ["language", "tab-photo", "photo", "button", "styles", "range"]
    assert [name for name in dict.fromkeys(reached) if name in order] == order
    assert "kind" in reached
    tab.focus("[name=styles]:checked")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.querySelector('[name=styles]:checked').value") == "cel"
    tab.focus("#tab-photo")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#panel-live").is_visible()


def test_everything_has_a_name(tab):
    """For those who do not see the page: each control and each picture."""
    bring(tab, PHOTO)
    until(tab, "done")
    for panel in ("photo", "live"):
        tab.click(f"#tab-{panel}")
        unnamed = tab.evaluate("""() => [...document.querySelectorAll('button, input, a, [role=img], progress')]
            .filter(part => part.checkVisibility() && !(part.getAttribute('aria-label') || part.innerText?.trim()
                || part.labels?.length && [...part.labels].some(label => label.innerText.trim())))
            .map(part => part.outerHTML)""")
        assert unnamed == []
    assert tab.get_attribute("#slider img.before", "alt") == "The photo"
    assert tab.get_attribute("#slider img.after", "alt") == "The drawing"


def test_every_language_says_everything():
    """With the same values in it; the page, its guard and its element speak the same ones."""
    texts = sentences()
    for language, table in texts.items():
        assert list(table) == list(texts["en"]), language
        for key, text in table.items():
            places = [sorted(re.findall(r"\{\d\}", each)) for each in (text, texts["en"][key])]
            assert places[0] == places[1], (language, key)
            assert text.count("<") == texts["en"][key].count("<"), (language, key)
            kana, han = re.search(r"[\u3040-\u30ff]", text), re.search(r"[\u4e00-\u9fff]", text)
            assert not (language == "en" and (kana or han)), key
            assert not (language == "zh" and kana), key
    for name in ("page/guard.js", "element.js"):
        script = (SITE / name).read_text()
        counts = {language: len(re.findall(rf"\b{language}: [\"{{]", script)) for language in LANGUAGES}
        assert len(set(counts.values())) == 1, (name, counts)


def test_no_text_is_left_over():
    parts = [path for path in SITE.rglob("*.*") if path.suffix in (".js", ".html", ".css")]
    used = "".join(path.read_text() for path in parts if path.stem not in LANGUAGES.values())
    computed = ("error.", "camera.", "crop.corner.", "faces", "part.", "slider.", "about.", "percent")
    assert [key for key in sentences()["en"] if f'"{key}"' not in used and not key.startswith(computed)] == []


@pytest.mark.parametrize(
    ("asked", "address", "language"),
    [
        (["fr", "ja-JP", "en"], "", "ja"),
        (["zh-TW"], "", "zh"),
        (["fr"], "", "en"),
        (["zh-CN"], "?lang=ja", "ja"),
    ],
)
def test_the_browsers_first_language_that_the_page_speaks_is_chosen(tab, host, asked, address, language):
    tab.add_init_script(f"Object.defineProperty(navigator, 'languages', {{value: {json.dumps(asked)}}})")
    tab.goto(host.url + address)
    until(tab, "ready")
    assert tab.evaluate("document.documentElement.lang") == tab.input_value("#language") == language
    assert tab.inner_text("#tab-photo") == sentences()[language]["tab.photo"]


def test_the_page_changes_its_language_as_it_stands(tab):
    """Styles, examples, the drawing's line and its title change with it."""
    bring(tab, PHOTO)
    until(tab, "done")
    tab.select_option("#language", "ja")
    assert tab.title() == "animegan: 写真がアニメになる"
    assert re.fullmatch(r"この端末で \d+\.\d 秒で描きました。顔を 1 つ描きました。", tab.inner_text("#status"))
    assert tab.inner_text("#styles .style:has(:checked) b") == "アニメ"
    assert tab.get_attribute("#slider img.before", "alt") == "元の写真"
    assert tab.get_attribute("#language", "aria-label") == "言語"
    assert tab.locator("#language option").evaluate_all("all => all.map(each => each.lang)") == list(LANGUAGES)


def sentences() -> dict[str, dict[str, str]]:
    """The texts of the page by language: each file is JSON but for its first lines and its last comma."""
    files = {code: (SITE / "page" / f"{name}.js").read_text() for code, name in LANGUAGES.items()}
    tables = {code: text.split("export default ")[1].rstrip().removesuffix(";") for code, text in files.items()}
    return {code: json.loads(re.sub(r",(\s*\})$", r"\1", table)) for code, table in tables.items()}


@pytest.mark.parametrize(("language", "theme"), [("en", "light"), ("zh", "dark"), ("ja", "light")])
def test_it_fits_every_screen(browser, host, language, theme):
    tab = open_tab(
        browser,
        service_workers="block",
        viewport={"width": 300, "height": 800},
        color_scheme=theme,
        reduced_motion="reduce",
        locale={"en": "en-GB", "zh": "zh-CN", "ja": "ja-JP"}[language],
    )
    tab.goto(host.url)
    until(tab, "ready")
    assert (tab.evaluate("document.documentElement.lang"), tab.evaluate("document.documentElement.dataset.theme")) == (
        language,
        theme,
    )
    bring(tab, PHOTO)
    until(tab, "done")
    for panel in ("photo", "live"):
        tab.click(f"#tab-{panel}")
        for width in (300, 360, 768, 1400):
            tab.set_viewport_size({"width": width, "height": 800})
            wide = tab.evaluate(TOO_WIDE)
            assert wide == []
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.evaluate("document.getAnimations().length") == 0
    tab.context.close()


@pytest.mark.parametrize(("width", "height"), [(1366, 700), (360, 740)])
def test_drawing_style_and_download_are_on_the_screen_at_once(browser, host, tmp_path, width, height):
    tab = open_tab(browser, service_workers="block", viewport={"width": width, "height": height})
    tab.goto(host.url)
    until(tab, "ready")
    for name, shape in (("tall", (400, 300)), ("wide", (300, 400)), ("square", (350, 350))):
        path = tmp_path / f"{name}.png"
        Image.fromarray(skimage.data.coffee()[: shape[0], : shape[1]]).save(path)
        bring(tab, path)
        tab.locator(f"#download[download^={name}]").wait_for()
        for place in ("#slider .stage", "#styles .style:has(:checked)", "#download"):
            box = tab.locator(place).bounding_box()
            assert box["y"] >= 0, (name, place, box)
            assert box["y"] + box["height"] <= height, (name, place, box)
    tab.evaluate(WATCH_SHIFTS)
    for style in ("cel", "anime"):
        tab.check(f"#styles [value={style}]")
        tab.locator(f"#download[download$={style}\\.png]").wait_for()
    assert tab.evaluate("shifts.reduce((sum, shift) => sum + shift, 0)") <= 0.02
    tab.context.close()


def test_nothing_but_its_own_folder_is_asked(tab, host):
    """Watch the network through a whole visit: no request leaves the folder, and none carries anything."""
    requests = []
    tab.on("request", lambda request: requests.append(request))
    tab.reload()
    until(tab, "ready")
    bring(tab, PHOTO)
    until(tab, "done")
    assert requests
    for request in requests:
        assert request.url.startswith((host.url, "blob:", "data:")), request.url
        assert request.method == "GET"
        assert request.post_data is None


def test_the_page_forbids_itself_to_send_anything(tab):
    """Its content security policy refuses every other address, so that no part of it can."""
    refused = tab.evaluate("""async () => {
        const tries = [
            () => fetch("https://example.org/"),
            () => fetch("http://127.0.0.1:1/", {method: "POST", body: "x", mode: "no-cors"}),
        ];
        const seen = [];
        document.addEventListener("securitypolicyviolation", event => seen.push(event.violatedDirective));
        for (const each of tries) await each().catch(() => {});
        new Image().src = "https://example.org/pixel.png";
        await new Promise(done => setTimeout(done, 300));
        return seen;
    }""")
    assert sorted(refused) == ["connect-src", "connect-src", "img-src"]
