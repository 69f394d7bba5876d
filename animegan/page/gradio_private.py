"""The three things that the page does to Gradio for which Gradio has no public way.

``gr.Image`` opens, converts and saves every upload again before the page's function is called: a HEIC photo, a broken
file or 16 bits fail or lose in there, with words of Gradio's own. See https://github.com/gradio-app/gradio/issues/8412
and https://github.com/gradio-app/gradio/issues/7482. A subclass could override ``preprocess``, but defining one writes
a ``.pyi`` file beside the source.

``launch`` gives the server five seconds to start and then tries the next port, where the MCP server, which runs once,
cannot start: a busy machine ends with "Cannot find empty port".

The description of the API holds labels that the browser translates as they are, and shows "[object Object]" for them.

``tests/page/test_gradio_private.py`` fails when Gradio changes one of these.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
from gradio import http_server
from gradio.exceptions import ServerFailedToStartError

from animegan.words.texts import DEFAULT, translate

UPLOAD_LIMIT = 80 * 1024 * 1024
"""Bytes of a photo."""
START_SECONDS = 120
"""How long the server may take to start."""


def hand_on_files(photo: gr.Image) -> gr.Image:
    """Let an image component hand on the path of the file as it was uploaded, or the bytes of a data: URL."""
    photo.preprocess = _file_or_bytes  # type: ignore[method-assign, assignment]
    return photo


def _file_or_bytes(payload: Any) -> str | bytes | None:
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        _, _, encoded = payload.url.partition(",")
        if len(encoded) > UPLOAD_LIMIT * 4 // 3:
            raise gr.Error(translate("error.upload_large", DEFAULT), print_exception=False)
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise gr.Error(translate("error.upload_broken", DEFAULT), print_exception=False) from error
    return payload.path


def name_in_api(blocks: gr.Blocks, texts: Mapping[str, str]) -> None:
    """Let the description of the API name what its calls take and give; ``texts`` are those of I18n, by its keys."""
    describe = blocks.get_api_info

    def get_api_info(all_endpoints: bool = False, page: str | None = None) -> Any:
        info = describe(all_endpoints, page)
        for endpoint in info["named_endpoints"].values():
            for each in (*endpoint["parameters"], *endpoint["returns"]):
                label: Any = each["label"]
                each["label"] = str(texts.get(getattr(label, "key", label), label))
        return info

    blocks.get_api_info = get_api_info  # type: ignore[method-assign]


def wait_for_start() -> None:
    """Let a server take the time that it needs to start: a try ends when its thread ends, as on a port in use."""
    http_server.Server.run_in_thread = _run_in_thread  # type: ignore[method-assign]


def _run_in_thread(server: http_server.Server) -> None:
    if server.reloader:
        server.watch_thread = threading.Thread(target=server.watch, daemon=True)
        server.watch_thread.start()
    server.thread = threading.Thread(target=server.run, daemon=True)
    server.thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not server.thread.is_alive() or time.monotonic() > deadline:
            raise ServerFailedToStartError("The server did not start.")
        time.sleep(0.01)
