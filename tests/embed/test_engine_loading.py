"""What the embedded page's engine fetches in headless Chromium, and when; and what it says when it cannot draw."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animegan.images.metrics import psnr
from animegan.images.resize import resize
from animegan.pipeline.pipeline import Pipeline
from tests.conftest import ROOT
from tests.support.browser import open_tab, screenshot
from tests.support.embed_engine import BLANK, CODE, START, blank, draw, png
from tests.support.embed_page import ISOLATED, Handler, bring, serve, until

pytestmark = pytest.mark.slow


@pytest.mark.long
def test_the_restorer_of_faces_comes_only_when_a_face_needs_it(browser, embedded, coffee):
    with serve(embedded) as host:
        tab = blank(browser, host.url)
        draw(tab, resize(coffee, 240, 160), style="anime")
        assert any("pnet" in path for path in host.asked)
        assert not any("restore" in path for path in host.asked)
        tab.context.close()


def test_the_enlarger_comes_only_when_a_drawing_must_grow(browser, embedded, coffee):
    photo = resize(coffee, 96, 64)
    with serve(embedded) as host:
        tab = blank(browser, host.url)
        for detail, comes in ((0, False), (48, True)):
            draw(tab, photo, style="watercolour", faces=False, detail=detail)
            assert any("networks/enlarge" in path for path in host.asked) == comes
        tab.context.close()


def test_a_photo_over_the_cap_is_drawn_at_the_cap(browser, embedded, tmp_path, coffee):
    folder = copy_of(embedded, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "cap_pixels": 10_000}))
    with serve(folder) as host:
        done = draw(blank(browser, host.url), resize(coffee, 300, 200), style="watercolour", faces=False)
    assert done["image"].shape == (81, 122, 3)
    assert done["photo"] == {"width": 300, "height": 200}


def copy_of(embedded: Path, folder: Path) -> Path:
    """The folder, to be damaged."""
    return Path(shutil.copytree(embedded, folder / "copy"))


def code(browser: Any, url: str) -> str:
    """The code of what goes wrong for a new reader, whose browser has kept nothing."""
    tab = blank(browser, url)
    outcome = tab.evaluate(CODE)
    assert tab.hosts == {url.rstrip("/")}
    tab.context.close()
    return outcome


@pytest.mark.parametrize(
    "name", ["networks/watercolour.onnx.gz", "networks/onet.onnx.gz", "runtime/ort-wasm-simd-threaded.wasm.gz"]
)
def test_damaged_and_missing_files_are_named_errors(browser, embedded, tmp_path, name):
    path = copy_of(embedded, tmp_path) / name
    good = path.read_bytes()
    with serve(tmp_path / "copy") as host:
        path.write_bytes(good[:-2000] + bytes(1000) + good[-1000:])
        assert code(browser, host.url) == "corrupt-network"
        path.unlink()
        assert code(browser, host.url) == "no-network"


def test_an_engine_that_could_not_start_can_be_started_again(browser, embedded, tmp_path):
    folder = copy_of(embedded, tmp_path)
    network, away = folder / "networks" / "anime.onnx.gz", folder / "away"
    with serve(folder) as host:
        tab = blank(browser, host.url)
        network.rename(away)
        assert tab.evaluate(START) == "no-network"
        away.rename(network)
        assert tab.evaluate(START) == "wasm"
        tab.context.close()
        (folder / "manifest.json").write_text("{")
        assert code(browser, host.url) == "no-network"
        (folder / "engine" / "worker.js").unlink()
        assert code(browser, host.url) == "no-answer"


def test_a_browser_without_webassembly_is_a_named_error(browser, host):
    tab = open_tab(browser)
    tab.add_init_script("delete globalThis.WebAssembly")
    tab.goto(host.url + BLANK)
    assert tab.evaluate(CODE) == "no-wasm"


NO_THREADS = "globalThis.Worker = class { constructor() { throw new Error('threads are forbidden'); } };"


FALSE_PIXELS = """{
    const read = %s.prototype.getImageData;
    %s.prototype.getImageData = function (...place) {
        const pixels = read.apply(this, place);
        for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = 255 * ((at * 7919) %% 13 > 5);
        return pixels;
    };
}"""


def in_worker(tab: Any, script: str) -> None:
    """Let the engine's worker begin with a script."""
    tab.route(
        lambda address: address.endswith("worker.js"),
        lambda route: route.fulfill(response=(answer := route.fetch()), body=f"{script}\n{answer.text()}"),
    )


def test_a_browser_that_cannot_start_threads_draws_with_one(browser, embedded, coffee):
    with serve(embedded, **ISOLATED) as host:
        tab = blank(browser, host.url)
        in_worker(tab, NO_THREADS)
        done = draw(tab, resize(coffee, 96, 64), style="watercolour", faces=False)
        assert tab.evaluate("crossOriginIsolated")
        assert (done["threads"], done["image"].shape) == (1, (64, 96, 3))
        tab.context.close()


@pytest.mark.parametrize("where", ["page", "worker"])
def test_a_canvas_that_is_falsified_is_a_named_error(browser, host, where):
    """Some browsers give noise instead of pixels, so that nobody is recognized by them."""
    tab = open_tab(browser)
    kind = "CanvasRenderingContext2D" if where == "page" else "OffscreenCanvasRenderingContext2D"
    script = FALSE_PIXELS % (kind, kind)
    tab.add_init_script(script) if where == "page" else in_worker(tab, script)
    tab.goto(host.url + BLANK)
    code = """async () => {
        const {Engine} = await import("./engine.js");
        const blob = await (await fetch("cards/anime.webp")).blob();
        return new Engine({engine: "wasm"}).draw(blob, {style: "anime", faces: false}).catch(error => error.code);
    }"""
    assert tab.evaluate(code) == "false-canvas"
    tab.context.close()


def late(route: Any) -> None:
    """A file that takes its time."""
    time.sleep(0.5)
    route.continue_()


def test_the_scene_is_shown_before_the_networks_for_faces_have_come(browser, embedded, astronaut):
    """They are asked for together, and the page hears how many bytes of them have come."""
    held = []

    def show() -> None:
        asked.extend(route.request.url for route in held)
        for route in held:
            late(route)

    with serve(embedded) as host:
        tab, asked = blank(browser, host.url), []
        tab.route("**/networks/watercolour.*", late)
        for name in ("rnet", "onet"):
            tab.route(f"**/networks/{name}.*", lambda route: held.append(route))
        tab.expose_function("show", show)
        heard, loaded = tab.evaluate(
            """async data => {
                const {Engine} = await import("./engine.js");
                const engine = new Engine({engine: "wasm"}), heard = [], loaded = [];
                await engine.start({style: "watercolour", onBytes: ({received, all}) => loaded.push([received, all])});
                await engine.draw(new Blob([Uint8Array.from(data)]), {
                    style: "watercolour",
                    enhance: "off", // it would want other networks first
                    onPreview: ({width}) => {
                        heard.push(["preview", width]);
                        show();
                    },
                    onBytes: ({received, all}) => heard.push(["bytes", received, all]),
                });
                return [heard, loaded];
            }""",
            list(png(resize(astronaut, 96, 96))),
        )
        assert heard[0] == ["preview", 96]
        assert len(asked) == 2
        manifest = json.loads((embedded / "manifest.json").read_text())
        runtime, files = manifest["runtime"]["wasm"], manifest["files"]
        first = runtime["script"], runtime["binary"]["file"], "networks/watercolour.onnx.gz"
        assert {everything for _, everything in loaded} == {sum(files[name]["bytes"] for name in first)}
        coming = [each[1:] for each in heard if each[0] == "bytes"]
        assert coming
        assert all(received <= everything for received, everything in [*loaded, *coming])
        tab.context.close()


def test_a_host_that_unpacks_gzip_itself_is_fine(browser, embedded, monkeypatch):
    def end_headers(self: Handler) -> None:
        if self.path.split("?")[0].endswith(".gz"):
            self.send_header("Content-Encoding", "gzip")
        super(Handler, self).end_headers()

    monkeypatch.setattr(Handler, "end_headers", end_headers)
    with serve(embedded) as host:
        assert blank(browser, host.url).evaluate(CODE) == "none"


def test_an_isolated_page_draws_the_same_with_threads(browser, tab, embedded, coffee):
    photo = resize(coffee, 128, 96)
    with serve(embedded, **ISOLATED) as host:
        isolated = blank(browser, host.url)
        assert isolated.evaluate("crossOriginIsolated")
        cores = isolated.evaluate("navigator.hardwareConcurrency")
        done = draw(isolated, photo, style="anime", faces=False)
        isolated.context.close()
    assert done["threads"] == min(cores, 8)
    assert psnr(done["image"], draw(tab, photo, style="anime", faces=False)["image"]) >= 60


@pytest.mark.long
def test_the_page_draws_a_photo_and_its_face_with_the_network_unplugged(browser, embedded, tmp_path):
    """As a reader does it: the page is loaded, the connection goes, a photo comes."""
    with serve(embedded) as host:
        tab = open_tab(browser, accept_downloads=True, locale="en-GB")
        broken = []
        tab.on("pageerror", lambda error: broken.append(str(error)))
        tab.goto(host.url)
        until(tab, "ready", 300_000)
        tab.wait_for_function("() => document.body.dataset.offline", timeout=300_000)
    tab.context.set_offline(True)
    bring(tab, ROOT / "examples" / "1-astronaut.jpg")
    until(tab, "done", 300_000)
    screenshot(tab, "embedded-done")
    with tab.expect_download() as offered:
        tab.click("[data-action=download]")
    offered.value.save_as(tmp_path / "drawn.png")
    photo = np.asarray(Image.open(ROOT / "examples" / "1-astronaut.jpg").convert("RGB"))
    expected = Pipeline("cpu").stylize(photo, "anime", enhance="off")
    assert psnr(np.asarray(Image.open(tmp_path / "drawn.png").convert("RGB")), expected.image) >= 30  # decoders differ
    assert tab.hosts <= {host.url.rstrip("/"), "blob:http:"}  # blobs are the page's own
    assert broken == []
    tab.context.close()
