"""The embedded page in headless Chromium: what a first visit fetches, how soon the engine is ready, how fast it draws.

    python -m animegan embed site
    python -m benchmarks.embed site [--isolated] [--engine webgpu] [--style anime] [--rounds 3] [--json]

Chromium has one thread for the networks, as in an ordinary blog; ``--isolated`` serves the folder with the headers that
allow more. The first visit is counted by the server. Times are medians, without a repair; other load makes them longer.
A photo with faces is drawn as the page draws it; the first one waits for the networks that faces need.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image, ImageOps

ISOLATED = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
SIZES = ((256, 256), (512, 512), (1024, 768), (4000, 3000))
"""Widths and heights of the photos. A scene is drawn at a long side of 640 pixels and enlarged, as on the page."""
FRAMES = 20
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"]
WITH_GPU = ["--enable-unsafe-webgpu", "--enable-features=Vulkan"]
BLANK = "manifest.json"
PORTRAIT = Path(__file__).parents[1] / "examples" / "1-astronaut.jpg"
MEASURE = """async ({engine: kind, style, sizes, rounds, frames, portraits}) => {
    const {Engine} = await import("./engine.js");
    const engine = new Engine({base: new URL("./", location), engine: kind});
    const median = values => values.sort((one, other) => one - other)[values.length >> 1];
    const timed = async work => {
        const begun = performance.now();
        await work();
        return performance.now() - begun;
    };
    let about;
    const start = await timed(async () => (about = await engine.start({style})));
    const photo = (width, height) => {  // waves of colour with sharp edges between them
        const picture = new ImageData(width, height);
        for (let at = 0; at < picture.data.length; at++) {
            const x = (at >> 2) % width, y = Math.floor((at >> 2) / width), wave = Math.sin(x / 19) * Math.cos(y / 23);
            picture.data[at] = at % 4 === 3 ? 255 : 128 + 90 * wave + (wave > 0.3 ? 30 * (at % 4) : 0);
        }
        return picture;
    };
    const draw = async ([width, height], faces) => {
        const taken = [], previews = [];
        for (let round = 0; round <= rounds; round++) {
            const begun = performance.now();
            const onPreview = () => previews.push(performance.now() - begun);
            const options = {style, faces, enhance: "off", onPreview};
            const time = await timed(() => engine.draw(photo(width, height), options));
            if (round) taken.push(time);
        }
        return {ms: median(taken), preview_ms: previews.length ? median(previews) : null};
    };
    const faces = {};
    for (const [name, bytes] of Object.entries(portraits)) {  // the first also fetches the networks for faces
        const portrait = new Blob([Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))]), taken = [];
        let found;
        for (let round = 0; round <= rounds; round++) {
            taken.push(await timed(async () => (found = (await engine.draw(portrait, {style})).faces)));
        }
        faces[name] = {found, first_ms: taken[0], ms: median(taken.slice(1))};
    }
    const drawings = {};
    for (const size of sizes) drawings[size.join("×")] = await draw(size, false);
    const search = (await draw([640, 480], true)).ms - (await draw([640, 480], false)).ms;
    await engine.frame(photo(256, 256), {style});
    const live = await timed(async () => {
        for (let n = 0; n < frames; n++) await engine.frame(photo(256, 256), {style});
    });
    engine.close();
    const {live_network: network} = about.styles.find(each => each.id === style);
    return {
        engine: about.engine, threads: about.threads, start_ms: start, faces, drawings, face_search_ms: search,
        live: {network: network ?? style, frames_a_second: (1000 * frames) / live},
    };
}"""


def portraits() -> dict[str, str]:
    """Photos of 512 × 512 pixels with one face and with four of half its size, as PNG in Base64."""
    with Image.open(PORTRAIT) as file:
        one = file.convert("RGB").resize((512, 512))
    four, part = Image.new("RGB", (512, 512)), one.crop((90, 0, 390, 300)).resize((256, 256))
    for n in range(4):
        four.paste(ImageOps.mirror(part) if n in (1, 2) else part, (256 * (n % 2), 256 * (n // 2)))
    encoded = {}
    for name, photo in {"one face": one, "four faces": four}.items():
        photo.save(buffer := io.BytesIO(), "PNG")
        encoded[name] = base64.b64encode(buffer.getvalue()).decode()
    return encoded


@contextmanager
def served(folder: Path, headers: dict[str, str]) -> Iterator[tuple[str, dict[str, int]]]:
    """Serve a folder on loopback; give its address, and the bytes of each file that was asked for."""
    sent: dict[str, int] = {}

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            for name, value in headers.items():
                self.send_header(name, value)
            super().end_headers()

        def do_GET(self) -> None:
            path = self.path.split("?")[0].lstrip("/") or "index.html"
            if (folder / path).is_file():
                sent[path] = (folder / path).stat().st_size
            super().do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", sent
    finally:
        server.shutdown()
        server.server_close()


def first_visit(chromium: Any, address: str, sent: dict[str, int]) -> int:
    """Open the page as a new reader and return the bytes that were asked for until it is ready."""
    tab = chromium.new_context(service_workers="block").new_page()
    tab.add_init_script("window.requestIdleCallback = () => 0")  # the page would go on to load what faces need
    tab.goto(address)
    tab.wait_for_function("() => document.body.dataset.state === 'ready'", timeout=600_000)
    total = sum(sent.values())
    tab.context.close()
    return total


def measure(folder: Path, engine: str, style: str, isolated: bool, rounds: int) -> dict[str, Any]:
    """Measure a folder in a new Chromium."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    arguments = ARGUMENTS + (WITH_GPU if engine == "webgpu" else [])
    with served(folder, ISOLATED if isolated else {}) as (address, sent), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        total = first_visit(chromium, address, sent)
        tab = chromium.new_page()
        tab.goto(address + BLANK)
        settings = {"engine": engine, "style": style, "sizes": SIZES, "rounds": rounds, "frames": FRAMES}
        settings["portraits"] = portraits()
        report = tab.evaluate(MEASURE, settings)
        chromium.close()
    return {"first_visit_bytes": total, **report}


def main(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Written by 'python -m animegan embed'.")
    ],
    engine: Annotated[str, typer.Option(help="wasm, webgpu or auto.")] = "wasm",
    style: Annotated[str, typer.Option()] = "anime",
    isolated: Annotated[bool, typer.Option("--isolated", help="Allow more than one thread.")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Measured rounds, after one warmup.")] = 3,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print a table of one engine."""
    report = measure(folder, engine, style, isolated, rounds)
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"first visit: {report['first_visit_bytes'] / 1e6:.2f} MB, without what faces need")
    typer.echo(f"engine: {report['engine']}, {report['threads']} thread(s), ready after {report['start_ms']:.0f} ms\n")
    typer.echo("| photo | first picture, ms | drawing, ms |\n|---|---|---|")
    for size, each in report["drawings"].items():
        preview = f"{each['preview_ms']:.0f}" if each["preview_ms"] else "–"
        typer.echo(f"| {size} | {preview} | {each['ms']:.0f} |")
    typer.echo("\n| 512×512 | first photo, ms | later ones, ms |\n|---|---|---|")
    for name, each in report["faces"].items():
        typer.echo(f"| {name} (found: {each['found']}) | {each['first_ms']:.0f} | {each['ms']:.0f} |")
    live = report["live"]
    typer.echo(f"\nsearch for faces in 640×480: {report['face_search_ms']:.0f} ms more")
    typer.echo(f"camera, 256×256, network '{live['network']}': {live['frames_a_second']:.1f} frames a second")


if __name__ == "__main__":
    typer.run(main)
