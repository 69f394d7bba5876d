"""Where weights come from: built in, and from the Hub by its real client."""

import dataclasses
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from animegan import errors, weights
from animegan.styles import BuiltIn, OnHub, Style, find

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONTENT = b"these are weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """The part of the Hub's protocol that a download needs: HEAD with ETag and commit, then GET."""

    content = CONTENT
    status = 200

    def do_HEAD(self):
        self.send_response(self.status if "/weights.bin" in self.path else 404)
        if "/weights.bin" not in self.path:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()
        self.wfile.write(self.content)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub on loopback, and a cache of its own."""
    import huggingface_hub.constants as constants
    import huggingface_hub.file_download as download

    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OneHub", (Hub,), {}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "ENDPOINT", address)
    for module in (constants, download):
        if hasattr(module, "HUGGINGFACE_CO_URL_TEMPLATE"):
            monkeypatch.setattr(
                module, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
            )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    yield server
    server.shutdown()
    server.server_close()


def style(file: str = "weights.bin", sha256: str | None = SHA256) -> Style:
    source = OnHub("owner/repo", file, COMMIT, sha256)
    return dataclasses.replace(find("hayao"), id="far", source=source)


def test_built_in_weights_are_there_and_small():
    path = weights.locate(find("hayao"))
    assert path.stat().st_size <= 2_000_000
    assert weights.at_hand(find("hayao"))


def test_missing_built_in_weights_say_what_to_do():
    lost = dataclasses.replace(find("hayao"), source=BuiltIn("lost.safetensors"))
    assert not weights.at_hand(lost)
    with pytest.raises(errors.WeightsUnavailableError, match="install"):
        weights.locate(lost)


def test_a_file_of_the_hub_is_fetched_once_and_kept(hub):
    assert not weights.at_hand(style())
    path = weights.locate(style())
    assert path.read_bytes() == CONTENT
    hub.shutdown()
    hub.server_close()
    assert weights.at_hand(style())
    assert weights.locate(style()) == path


def test_a_wrong_file_is_neither_used_nor_left_in_the_way(hub):
    hub.RequestHandlerClass.content = b"something else"
    with pytest.raises(errors.WeightsCorruptError, match="removed"):
        weights.locate(style())
    assert not weights.at_hand(style())
    hub.RequestHandlerClass.content = CONTENT
    assert weights.locate(style()).read_bytes() == CONTENT


def test_a_file_that_the_hub_does_not_have(hub):
    with pytest.raises(errors.WeightsUnavailableError, match=r"no 'owner/repo/other\.bin'"):
        weights.locate(style(file="other.bin"))


def test_unknown_style_names_the_ones_there_are():
    with pytest.raises(errors.UnknownStyleError, match="hayao"):
        find("picasso")
    assert find(" Hayao ").id == "hayao"
