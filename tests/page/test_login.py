"""Who may come in: a name and a password in front of everything; and https, without which both would be seen."""

import subprocess
from base64 import b64encode
from pathlib import Path
from shutil import which

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from animegan.errors import BadOptionError
from animegan.page.serving import server
from animegan.page.serving.login import Login, authorization
from tests.support.app import served
from tests.support.cli import invoke


def basic(login: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(login.encode()).decode()}"}


@pytest.fixture
def web() -> TestClient:
    """A server for Anna alone."""

    async def answer(_):
        return PlainTextResponse("drawn")

    async def talk(socket):
        await socket.accept()
        await socket.send_text("drawn")

    paths = [Route(path, answer, methods=["GET", "POST"]) for path in ("/", "/draw", "/gradio_api/mcp/", "/healthz")]
    guard = Middleware(Login, authorization("anna:秘密:1"))
    return TestClient(Starlette(routes=[*paths, WebSocketRoute("/live", talk)], middleware=[guard]))


@pytest.mark.parametrize("path", ["/", "/draw", "/gradio_api/mcp/"])
def test_only_who_knows_the_password_gets_in(web, path):
    for headers in (
        {},
        basic("anna:wrong"),
        basic("bert:秘密:1"),
        {"authorization": "Bearer anna"},
    ):
        answer = web.post(path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert "drawn" not in answer.text
    assert web.post(path, headers=basic("anna:秘密:1")).text == "drawn"


def test_a_socket_needs_it_too(web):
    with pytest.raises(WebSocketDisconnect), web.websocket_connect("/live"):
        pass
    with web.websocket_connect("/live", headers=basic("anna:秘密:1")) as socket:
        assert socket.receive_text() == "drawn"


def test_a_load_balancer_may_ask_whether_the_page_is_up(web):
    assert web.get("/healthz").status_code == 200


@pytest.mark.parametrize("login", ["anna", ":secret", "anna:", "top-secret"])
def test_a_login_without_name_or_password_is_refused_and_not_repeated(login):
    with pytest.raises(BadOptionError, match="colon between") as refused:
        authorization(login)
    assert "secret" not in str(refused.value).replace("anna:secret", "")


def certificate(folder: Path, name: str = "page") -> tuple[Path, Path]:
    """A certificate for this machine and its key, made by openssl."""
    if not (openssl := which("openssl")):
        pytest.skip("no openssl")
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost"]
    command = [openssl, "req", *kind, "-out", str(cert), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_the_command_line_hands_both_on(tmp_path, monkeypatch):
    asked: dict = {}
    monkeypatch.setattr(server, "start", lambda *_, **settings: asked.update(settings))
    cert, key = certificate(tmp_path)
    arguments = ["page", "--certfile", str(cert), "--keyfile", str(key)]
    monkeypatch.setenv("ANIMEGAN_AUTH", "anna:secret")
    done = invoke(*arguments)
    assert done.exit_code == 0, done.stderr
    assert asked["login"] == "anna:secret"
    assert (asked["ssl_certfile"], asked["ssl_keyfile"]) == (str(cert), str(key))
    asked.clear()
    assert invoke("page", "--auth", "bert:b").exit_code == 0
    assert asked["login"] == "bert:b"
    assert "ssl_certfile" not in asked


def test_a_certificate_that_cannot_be_used_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "start", lambda *_, **__: pytest.fail("It was started."))
    (cert, key), (_, other) = certificate(tmp_path), certificate(tmp_path, "other")
    for arguments, said in (
        (["--certfile", str(cert)], "name both"),
        (["--keyfile", str(key)], "name both"),
        (["--certfile", str(cert), "--keyfile", str(other)], "belong together"),
        (["--certfile", str(cert), "--keyfile", str(tmp_path / "none.key")], "belong together"),
        (["--certfile", str(key), "--keyfile", str(key)], "belong together"),
    ):
        done = invoke("page", *arguments)
        assert done.exit_code == 2
        assert said in " ".join(done.stderr.split())


@pytest.mark.long
def test_a_page_over_https_with_a_password_behind_a_dead_proxy(tmp_path, still):
    """`python app.py` starts, is its own first visitor, draws for who knows the password, and leaves nothing behind."""
    cert, key = certificate(tmp_path)
    arguments = ["--host", "127.0.0.1", "--certfile", str(cert), "--keyfile", str(key)]
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    surroundings = {**dict.fromkeys(names, "http://127.0.0.1:9"), "NO_PROXY": "", "no_proxy": ""}
    with (
        served(tmp_path, {**surroundings, "ANIMEGAN_AUTH": "anna:secret"}, arguments) as url,
        httpx.Client(base_url=url, verify=False, trust_env=False, timeout=300) as web,
    ):
        assert web.get("/").status_code == 401
        assert web.post("/draw", files={"photo": still.read_bytes()}).status_code == 401
        web.auth = ("anna", "secret")
        assert "og:title" in web.get("/").text
        answer = web.post("/draw", files={"photo": still.read_bytes()})
        assert answer.headers["content-type"] == "image/png", answer.text
        assert list(tmp_path.glob("animegan-*"))
    assert not list(tmp_path.glob("animegan-*"))
