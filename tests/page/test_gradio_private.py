"""What the page does to Gradio behind its back: these fail when Gradio changes it."""

import base64
import inspect
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from animegan.page import gradio_private
from animegan.page.gradio_private import hand_on_files


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
