"""What the page does to Gradio behind its back: these fail when Gradio changes it."""

import asyncio
import base64
import inspect
import socket
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
import uvicorn
from gradio import http_server
from gradio.exceptions import ServerFailedToStartError

from animegan.page import gradio_private
from animegan.page.gradio_private import hand_on_files, wait_for_start


def test_gradio_still_preprocesses_by_one_method_with_one_payload():
    """And calls it on the component, so that ours takes its place."""
    assert list(inspect.signature(gr.Image.preprocess).parameters) == ["self", "payload"]
    assert ".preprocess" in inspect.getsource(gr.Blocks.preprocess_data)


def test_a_file_is_handed_on_as_it_came():
    photo: Any = hand_on_files(gr.Image())
    assert photo.preprocess(SimpleNamespace(path="/tmp/broken.heic", url=None)) == "/tmp/broken.heic"
    assert photo.preprocess(None) is None


def test_a_data_url_is_decoded_up_to_the_limit(monkeypatch):
    photo: Any = hand_on_files(gr.Image())
    payload = SimpleNamespace(path=None, url=f"data:image/png;base64,{base64.b64encode(b'picture').decode()}")
    assert photo.preprocess(payload) == b"picture"
    monkeypatch.setattr(gradio_private, "UPLOAD_LIMIT", 3)
    with pytest.raises(gr.Error, match="too large"):
        photo.preprocess(payload)
    with pytest.raises(gr.Error, match="broken"):
        photo.preprocess(SimpleNamespace(path=None, url="data:image/png;base64,%"))


def _server(port: int, pause: float = 0.0) -> http_server.Server:
    async def app(scope, receive, send):
        assert scope["type"] == "lifespan"
        await receive()
        await asyncio.sleep(pause)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    return http_server.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))  # type: ignore[arg-type]


def test_a_slow_server_is_waited_for_and_a_port_in_use_is_not(monkeypatch):
    source = inspect.getsource(http_server)
    assert "server.run_in_thread()" in source
    assert "except (OSError, ServerFailedToStartError):" in source
    wait_for_start()
    server = _server(port=0, pause=0.2)
    server.run_in_thread()
    assert server.started
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerFailedToStartError):
            _server(taken.getsockname()[1]).run_in_thread()
    server.close()
    assert not server.thread.is_alive()
    monkeypatch.setattr(gradio_private, "START_SECONDS", 0.05)
    late = _server(port=0, pause=0.5)
    with pytest.raises(ServerFailedToStartError):
        late.run_in_thread()
    late.close()
