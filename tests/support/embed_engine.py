"""The engine of the embedded page, asked from a page of its own folder."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
from PIL import Image

from tests.support.browser import open_tab

ASK = """async ([kind, bytes, type, options]) => {
    const {Engine} = await import("./engine.js");
    globalThis.engine ??= new Engine({base: new URL("./", location), engine: kind});
    const about = await engine.start({style: options.style});
    const blob = new Blob([Uint8Array.from(atob(bytes), letter => letter.charCodeAt(0))], {type});
    const progress = [], previews = [];
    let ticks = 0;
    const clock = setInterval(() => ticks++, 20);
    try {
        const onProgress = part => progress.push(part);
        const onPreview = ({width, height}) => previews.push([width, height]);
        const drawn = await engine.draw(blob, {...options, onProgress, onPreview});
        const {image, faces, repair, photo, cutOff = null, isMissing = null} = drawn;
        let text = "";
        for (let at = 0; at < image.data.length; at += 8192) {
            text += String.fromCharCode(...image.data.subarray(at, at + 8192));
        }
        const size = [image.height, image.width], pixels = btoa(text);
        return {...about, size, pixels, faces, repair, isMissing, photo, cutOff, progress, previews, ticks};
    } finally {
        clearInterval(clock);
    }
}"""
"""Draws a photo and gives the pixels, and what was heard meanwhile."""
CODE = """async () => {
    const {Engine} = await import("./engine.js");
    const engine = new Engine({base: new URL("./", location), engine: "wasm"}), style = "watercolour";
    try {
        await engine.start({style});
        await engine.prefetch({style});
        return "none";
    } catch (error) {
        return error.code;
    } finally {
        engine.close();
    }
}"""
"""Starts an engine, fetches what a style without a network for faces needs, and gives the code of what goes wrong."""
START = """async () => {
    const {Engine} = await import("./engine.js");
    globalThis.again ??= new Engine({base: new URL("./", location), engine: "wasm"});
    return again.start().then(about => about.engine, error => error.code);
}"""
"""Starts one and the same engine, as often as it takes."""
BLANK = "manifest.json"
"""A page of the folder without a script."""


def blank(browser: Any, url: str) -> Any:
    """A new tab with such a page."""
    tab = open_tab(browser)
    tab.goto(url + BLANK)
    return tab


def draw(tab: Any, photo: np.ndarray | bytes, engine: str = "wasm", **options: Any) -> dict[str, Any]:
    """Draw ``(H, W, 3)`` RGB, or the bytes of a file, unless asked not repaired; ``image`` and ``alpha`` are the
    drawing's.
    """
    options = {"enhance": "off", **options}
    data = photo if isinstance(photo, bytes) else png(photo)
    drawn = tab.evaluate(ASK, [engine, base64.b64encode(data).decode(), "image/*", options])
    pixels = np.frombuffer(base64.b64decode(drawn.pop("pixels")), np.uint8)
    rgba = pixels.reshape(*drawn["size"], 4)
    return {**drawn, "image": rgba[:, :, :3], "alpha": rgba[:, :, 3]}


def png(picture: np.ndarray | Image.Image) -> bytes:
    """The bytes of a picture as a PNG file."""
    file = io.BytesIO()
    (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(file, "PNG")
    return file.getvalue()
