"""The embedded page with a stand-in for its engine, given by a small server: what tests of the page alone need."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import animegan
from animegan.embed.contents import digest, site
from tests.conftest import ROOT
from tests.support.browser import open_tab

FAKE_ENGINE = Path(__file__).parent / "embed_fake_engine.js"
EXAMPLES = ROOT / "examples"
ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}


def build(folder: Path) -> Path:
    """Write the page with the stand-in, two styles, and a card and an example for each."""
    for name, data in site().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    shutil.copy(FAKE_ENGINE, folder / "engine" / "engine.js")
    shutil.copytree(EXAMPLES / "styles", folder / "cards")
    (folder / "networks").mkdir()
    styles = []
    for style in (animegan.list_styles()[0], animegan.list_styles()[1]):
        network = folder / "networks" / f"{style.id}.onnx"
        network.write_bytes(b"network of " + style.id.encode())
        styles.append(
            {
                "id": style.id,
                "title": {"en": style.label, "zh": "动漫", "ja": "アニメ"},
                "caption": {"en": style.caption, "zh": "平涂色彩", "ja": "平らな色"},
                "card": f"cards/{style.id}.webp",
                "terms": {"en": style.licence, "zh": "许可", "ja": "ライセンス"},
                "network": style.id,
                "live_network": style.id,
                "face_network": None,
                "finish": style.finish,
                "bytes": network.stat().st_size,
            }
        )
    shutil.copy(EXAMPLES / "4-coffee.jpg", folder / "coffee.jpg")
    examples = {
        "before": "cards/example-before.webp",
        "after": "cards/example-after.webp",
        "photos": [
            {"file": "coffee.jpg", "title": {"en": "A cup of coffee", "zh": "一杯咖啡", "ja": "一杯のコーヒー"}}
        ],
    }
    files = {str(path.relative_to(folder)): digest(path.read_bytes()) for path in folder.rglob("*.*")}
    manifest = {
        "version": "1",
        "clip_seconds": 180,
        "phone_clip_seconds": 60,
        "styles": styles,
        "networks": {style["id"]: {"file": f"networks/{style['id']}.onnx"} for style in styles},
        "examples": examples,
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


class Handler(SimpleHTTPRequestHandler):
    """Files of a folder, with headers of the server's choice; keeps the paths that are asked."""

    headers_to_add: dict[str, str]

    def end_headers(self) -> None:
        for name, value in self.server.extra.items():  # type: ignore[attr-defined]
            self.send_header(name, value)
        super().end_headers()

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        super().do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Host(ThreadingHTTPServer):
    """A server of one folder."""

    daemon_threads = True

    def __init__(self, folder: Path, extra: dict[str, str]):
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.extra = extra
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"


@contextmanager
def serve(folder: Path, **extra: str) -> Iterator[Host]:
    """Serve a folder on loopback, on a port (an origin) of its own."""
    host = Host(folder, {name.replace("_", "-"): value for name, value in extra.items()})
    threading.Thread(target=host.serve_forever, daemon=True).start()
    try:
        yield host
    finally:
        host.shutdown()
        host.server_close()


@contextmanager
def reader(browser: Any, url: str) -> Iterator[Any]:
    """A tab with the page open; service workers have their own test."""
    tab = open_tab(browser, service_workers="block", accept_downloads=True, locale="en-GB")
    tab.goto(url)
    until(tab, "ready")
    yield tab
    tab.context.close()


def until(tab: Any, state: str, timeout: float = 30_000) -> None:
    """Wait for a state of the page."""
    tab.wait_for_function("state => document.body.dataset.state === state", arg=state, timeout=timeout)


def bring(tab: Any, path: Path | str) -> None:
    """Choose a photo."""
    tab.set_input_files("#photo", str(path))
