"""The embedded page in other people's pages, and without a connection."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from animegan.images.files import save
from tests.conftest import ROOT
from tests.support.browser import open_tab
from tests.support.embed_page import ISOLATED, build, serve, until

pytestmark = pytest.mark.slow
PHOTO = ROOT / "examples" / "1-astronaut.jpg"
KEPT = """async () => {
    const [name] = await caches.keys();
    return (await (await caches.open(name)).keys()).map(each => each.url);
}"""
"""The addresses that the service worker keeps."""


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    with serve(build(tmp_path_factory.mktemp("elsewhere") / "site")) as host:
        yield host


@pytest.fixture
def blog(tmp_path):
    """A blog on another origin: `blog(html, **headers)` gives its address."""
    opened = []

    def write(body: str, **headers: str) -> str:
        (tmp_path / "index.html").write_text(
            f"<!doctype html><title>My blog</title><h1>My blog</h1><div style='width: 640px'>{body}</div>"
        )
        opened.append(serve(tmp_path, **headers))
        return opened[-1].__enter__().url

    yield write
    for each in opened:
        each.__exit__(None, None, None)


def element(host, attributes: str = "") -> str:
    """What a blogger pastes."""
    script = f'<script async src="{host.url}element.js"></script>'
    return f'{script}\n<animegan-embed src="{host.url}" {attributes}></animegan-embed>'


def read(browser: Browser, url: str) -> Page:
    tab = open_tab(browser, locale="en-GB", viewport={"width": 900, "height": 700})
    tab.goto(url)
    return tab


def drawn_in(tab: Page, selector: str, photo: Path = PHOTO) -> None:
    """Draw a photo in the frame."""
    frame = tab.frame_locator(selector)
    frame.locator("body[data-state=ready]").wait_for()
    frame.locator("#photo").set_input_files(str(photo))
    frame.locator("body[data-state=done]").wait_for()


def test_the_web_component_is_as_high_as_its_content(browser, host, blog):
    """And it tells the blog what state it is in."""
    tab = open_tab(browser, viewport={"width": 900, "height": 700})
    tab.add_init_script("window.states = []; addEventListener('animegan-state', event => states.push(event.detail))")
    tab.goto(blog(element(host, 'style-id="cel" theme="dark" lang="zh"')))
    drawn_in(tab, "animegan-embed iframe")
    frame = tab.frame_locator("animegan-embed iframe")
    html = frame.locator("html")
    assert (html.get_attribute("data-theme"), html.get_attribute("lang")) == ("dark", "zh")
    assert frame.locator("[name=styles]:checked").get_attribute("value") == "cel"
    states = tab.evaluate("states")
    assert [state for n, state in enumerate(states) if state not in states[:n]] == [
        "loading",
        "ready",
        "drawing",
        "done",
    ]
    tab.wait_for_timeout(300)
    high = tab.locator("animegan-embed iframe").bounding_box()["height"]
    assert abs(high - frame.locator("#page").bounding_box()["height"]) <= 1
    assert frame.locator("html").evaluate("root => root.scrollHeight <= innerHeight")
    tab.context.close()


@pytest.mark.long
def test_without_an_address_the_component_takes_its_own_folder(browser, host, blog):
    address = blog(f'<script async src="{host.url}element.js"></script><animegan-embed></animegan-embed>')
    tab = read(browser, address)
    tab.frame_locator("animegan-embed iframe").locator("body[data-state=ready]").wait_for()
    tab.context.close()


def test_a_component_whose_page_does_not_open_says_so(browser, host, blog):
    """With a link, in place of the empty frame."""
    tab = open_tab(browser, locale="en-GB")
    tab.clock.install()
    tab.goto(blog(element(host).replace(f'<animegan-embed src="{host.url}"', '<animegan-embed src="missing/"')))
    tab.locator("animegan-embed iframe").wait_for()
    tab.wait_for_timeout(2000)
    tab.clock.fast_forward(20_000)
    sentence = tab.locator("animegan-embed p")
    sentence.wait_for()
    assert sentence.inner_text() == "The drawing page did not open here. Open it on its own"
    assert sentence.locator("a").get_attribute("href").endswith("/missing/")
    tab.context.close()


@pytest.mark.long
@pytest.mark.parametrize("isolated", [False, True], ids=["ordinary blog", "isolated blog"])
def test_it_draws_in_an_iframe_of_a_foreign_page(browser, embedded, blog, tmp_path, astronaut, isolated):
    """With its real engine. An isolated page opens frames of other hosts only when they are `credentialless`."""
    kind = "credentialless" if isolated else ""
    headers = {name.replace("-", "_"): value for name, value in (ISOLATED if isolated else {}).items()}
    with serve(embedded) as host:
        frame = f'<iframe {kind} src="{host.url}" width="100%" height="900"></iframe>'
        tab = read(browser, blog(frame, **headers))
        assert tab.evaluate("crossOriginIsolated") is isolated
        drawn_in(tab, "iframe", save(astronaut[:256, 96:352], tmp_path / "face.png"))
        tab.context.close()


def test_the_component_draws_in_an_isolated_blog(browser, tmp_path, blog):
    """The script's host must allow itself to be used there; the frame needs nothing from it."""
    with serve(
        build(tmp_path / "site"), Cross_Origin_Resource_Policy="cross-origin", Access_Control_Allow_Origin="*"
    ) as host:
        tab = read(browser, blog(element(host), **{name.replace("-", "_"): value for name, value in ISOLATED.items()}))
        assert tab.evaluate("crossOriginIsolated") is True
        drawn_in(tab, "animegan-embed iframe")
        tab.context.close()


@pytest.mark.parametrize("cors", [False, True])
def test_a_closed_frame_says_what_it_needs(browser, tmp_path, blog, cors):
    """`sandbox` without `allow-same-origin` gives a sentence, whether or not the host lets modules in."""
    with serve(build(tmp_path / "site"), **({"Access_Control_Allow_Origin": "*"} if cors else {})) as host:
        tab = read(
            browser,
            blog(f'<iframe sandbox="allow-scripts" src="{host.url}?lang=en" width="100%" height="400"></iframe>'),
        )
        frame = tab.frame_locator("iframe")
        frame.locator("body[data-state=failed]").wait_for()
        assert "allow-same-origin" in frame.locator("#guard").inner_text()
        assert frame.locator("#app").is_hidden()
        tab.context.close()


def test_a_frame_without_scripts_says_so(browser, host, blog):
    tab = read(browser, blog(f'<iframe sandbox src="{host.url}" width="100%" height="400"></iframe>'))
    sentence = tab.frame_locator("iframe").locator("noscript p")
    sentence.wait_for()
    assert "JavaScript, which is off here" in sentence.inner_text()
    tab.context.close()


def test_a_file_that_is_opened_says_how_to_serve_it(browser, tmp_path):
    folder = build(tmp_path / "site")
    tab = open_tab(browser, locale="en-GB")
    tab.goto((folder / "index.html").as_uri())
    until(tab, "failed")
    assert "python -m http.server" in tab.inner_text("#guard")
    tab.context.close()


def test_it_works_offline_after_the_first_visit(browser, tmp_path):
    """From its service worker, which minds only its own folder; photos, styles and the example are there."""
    folder = build(tmp_path / "site" / "anime")
    (tmp_path / "site" / "other.txt").write_text("not of this page")
    with serve(tmp_path / "site") as host:
        tab = open_tab(browser, locale="en-GB")
        tab.goto(f"{host.url}anime/")
        until(tab, "ready")
        tab.wait_for_function("() => document.body.dataset.offline === 'kept'")
        assert "works offline now" in tab.inner_text("#about")
        tab.evaluate("fetch('../other.txt')")
        kept = tab.evaluate(KEPT)
        assert all(url.startswith(f"{host.url}anime/") for url in kept)
        before = len(host.asked)
    tab.goto(f"{host.url}anime/?style=cel")
    until(tab, "ready")
    assert len(host.asked) == before
    tab.set_input_files("#photo", str(PHOTO))
    until(tab, "done")
    assert tab.locator(".style img").first.evaluate("picture => picture.naturalWidth") > 0
    tab.context.close()
    assert folder.is_dir()


def test_a_second_visit_may_use_all_cores(browser, tmp_path):
    """The service worker adds the headers that a host of static files does not send."""
    with serve(build(tmp_path / "site")) as host:
        tab = open_tab(browser)
        tab.goto(host.url)
        tab.wait_for_function("() => document.body.dataset.offline === 'kept'")
        assert tab.evaluate("crossOriginIsolated") is False
        tab.reload()
        until(tab, "ready")
        assert tab.evaluate("crossOriginIsolated") is True
        tab.context.close()


@pytest.mark.long
def test_a_new_folder_is_seen_at_the_next_visit(browser, tmp_path):
    """Large files are kept by their address, which names their content; what no manifest names any more goes."""
    folder = build(tmp_path / "site")
    written = int((folder / "manifest.json").stat().st_mtime)

    def deploy(version: str, later: int) -> None:
        """Browsers ask for changes by the whole second, so each version gets a second of its own."""
        (folder / "manifest.json").write_text(manifest.replace('"version": "1"', f'"version": "{version}"'))
        os.utime(folder / "manifest.json", (written + later, written + later))

    with serve(folder) as host:
        tab = open_tab(browser)
        tab.goto(host.url)
        tab.wait_for_function("() => document.body.dataset.offline === 'kept'")
        fetched = "address => fetch(address).then(answer => answer.text())"
        manifest = (folder / "manifest.json").read_text()
        deploy("1 aaaaaaaa", later=2)
        tab.reload()
        until(tab, "ready")
        assert tab.evaluate(fetched, "networks/anime.onnx?v=aaaaaaaa") == "network of anime"
        (folder / "networks" / "anime.onnx").write_text("another network")
        assert tab.evaluate(fetched, "networks/anime.onnx?v=aaaaaaaa") == "network of anime"
        assert tab.evaluate(fetched, "networks/anime.onnx?v=bbbbbbbb") == "another network"
        deploy("2 bbbbbbbb", later=4)
        tab.reload()
        until(tab, "ready")
        kept = tab.evaluate(KEPT)
        assert f"{host.url}networks/anime.onnx?v=bbbbbbbb" in kept
        assert f"{host.url}networks/anime.onnx?v=aaaaaaaa" not in kept
        tab.context.close()
