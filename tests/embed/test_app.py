"""The embedded page as an app: it can be installed, and photos come to it from the gallery and the file manager."""

import json
import tempfile

import pytest
from PIL import Image

from animegan.embed import app
from animegan.embed.contents import SITE
from tests.conftest import ROOT
from tests.support.browser import ARGUMENTS, CHROMIUM, open_tab
from tests.support.embed_page import build, serve, until

pytestmark = pytest.mark.slow
PHOTO = ROOT / "examples" / "1-astronaut.jpg"
SHARE = """async names => {
    const form = document.createElement("form");
    Object.assign(form, {method: "POST", enctype: "multipart/form-data", action: "share"});
    const input = Object.assign(document.createElement("input"), {type: "file", name: "photo", multiple: true});
    const transfer = new DataTransfer();
    for (const name of names) {
        const blob = await (await fetch("coffee.jpg")).blob();
        transfer.items.add(new File([blob], name, {type: "image/jpeg"}));
    }
    input.files = transfer.files;
    form.append(input);
    document.body.append(form);
    form.submit();
}"""
"""What the system does with photos that are shared with the installed page."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("app") / "site")) as host:
        yield host


def kept(tab) -> None:
    tab.wait_for_function("() => document.body.dataset.offline === 'kept'")


def test_chrome_can_install_it(browser, host):
    """With a profile of its own, as guests cannot install."""
    with tempfile.TemporaryDirectory() as profile:
        context = browser.browser_type.launch_persistent_context(profile, executable_path=CHROMIUM, args=ARGUMENTS)
        tab = context.new_page()
        tab.goto(host.url)
        until(tab, "ready")
        chrome = context.new_cdp_session(tab)
        assert chrome.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        manifest = chrome.send("Page.getAppManifest")
        assert (manifest["errors"], manifest["url"]) == ([], f"{host.url}app.webmanifest")
        context.close()


def test_every_picture_of_the_app_is_what_its_manifest_says():
    manifest, files = json.loads(app.files()[app.MANIFEST]), app.files()
    for entry in manifest["icons"]:
        size = png_size(files[entry["src"]])
        assert entry["sizes"] == f"{size[0]}x{size[1]}"
    for entry in manifest["screenshots"]:
        with Image.open(SITE / entry["src"]) as picture:
            assert (entry["sizes"], entry["type"]) == ("{}x{}".format(*picture.size), picture.get_format_mimetype())
    assert {entry["purpose"] for entry in manifest["icons"]} == {"any", "maskable"}


def png_size(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def test_a_photo_that_is_shared_is_drawn_and_leaves_nothing(browser, host):
    """No server gets it, and a page that is loaded anew does not have it."""
    tab = open_tab(browser, locale="en-GB", accept_downloads=True)
    posted = []
    tab.on("request", lambda request: posted.append(request.method) if request.url.endswith("share") else None)
    tab.goto(host.url)
    kept(tab)
    tab.goto(f"{host.url}manifest.json")
    before = len(host.asked)
    tab.evaluate(SHARE, ["from-the-gallery.jpg"])
    tab.locator("body[data-state=done]").wait_for()
    assert tab.get_attribute("#download", "download") == "from-the-gallery-anime.png"
    assert (posted, tab.url) == (["POST"], host.url)
    assert not any(path.startswith("/share") for path in host.asked[before:])
    addresses = tab.evaluate(
        "caches.open(`animegan:/`).then(cache => cache.keys()).then(all => all.map(each => each.url))"
    )
    assert not any("/share" in address for address in addresses)
    tab.reload()
    until(tab, "ready")
    assert tab.locator("#chosen").is_hidden()
    tab.context.close()


def test_a_file_that_the_system_opens_is_drawn(browser, host):
    tab = open_tab(browser, service_workers="block", locale="en-GB")
    tab.add_init_script(
        """Object.defineProperty(window, "launchQueue", {value: {setConsumer: async consume => {
            const blob = await (await fetch("coffee.jpg")).blob();
            consume({files: [{getFile: async () => new File([blob], "opened.jpg", {type: "image/jpeg"})}]});
        }}})"""
    )
    tab.goto(host.url)
    until(tab, "done")
    assert tab.get_attribute("#download", "download") == "opened-anime.png"
    tab.context.close()


def test_the_page_offers_to_be_installed_where_the_browser_can(browser, host):
    tab = open_tab(browser, service_workers="block", locale="en-GB")
    tab.goto(host.url)
    assert tab.locator("#install").is_hidden()
    tab.evaluate(
        """() => {
            const offer = new Event("beforeinstallprompt", {cancelable: true});
            window.asked = 0;
            const answer = {prompt: () => asked++, userChoice: Promise.resolve({outcome: "accepted"})};
            dispatchEvent(Object.assign(offer, answer));
        }"""
    )
    tab.click("#install")
    tab.locator("#install").wait_for(state="hidden")
    assert tab.evaluate("asked") == 1
    tab.context.close()


def test_all_styles_are_kept_when_a_reader_asks(browser, tmp_path):
    """The button says how much that is; afterwards there is none, as nothing is missing."""
    folder = build(tmp_path / "site")
    (folder / "networks" / "cel.onnx").write_bytes(bytes(2_300_000))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["networks/cel.onnx"]["bytes"] = 2_300_000
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with serve(folder) as host:
        tab = open_tab(browser, locale="en-GB")
        tab.goto(host.url)
        button = tab.get_by_role("button", name="Keep all styles for use offline (2.3 MB)")
        button.click()
        button.wait_for(state="hidden")
        assert tab.inner_text("#kept") == "All styles work offline now."
        asked = len(host.asked)
        fetched = tab.evaluate(
            "file => fetch(file).then(answer => answer.blob()).then(blob => blob.size)", large(manifest)
        )
        assert (fetched, len(host.asked)) == (2_300_000, asked)
        tab.reload()
        kept(tab)
        assert tab.locator("#keep").is_hidden()
        tab.context.close()


def large(manifest) -> str:
    """The address at which the engine asks for the second style's network."""
    return f"networks/cel.onnx?v={manifest['files']['networks/cel.onnx']['sha256'][:8]}"
