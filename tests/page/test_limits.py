"""Bodies that are too large are refused, before they are read or as soon as they show."""

import asyncio
import contextlib
import socket
import threading
import time

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.testclient import TestClient

from animegan.page.serving.limits import BodyLimit

MB = 1024 * 1024
UPLOAD, OTHER = 3 * MB, 2 * MB


def refusal(megabytes: int) -> dict[str, str]:
    """``detail`` is for Gradio's own clients."""
    sentence = f"The photo is too large: choose one of at most {megabytes} MB."
    return {"code": "photo-too-large", "message": sentence, "detail": sentence}


SENTENCE, OF_JSON = refusal(3), refusal(1)
"""As base64, 1.5 MB are 2."""


class Seen:
    """An app behind the limit, and what it saw."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.cut = 0
        paths = ["/gradio_api/upload", "/gradio_api/call/draw", "/upload/no", "/draw"]
        routes: list[BaseRoute] = [Route(path, self.whole, methods=["GET", "POST", "PUT", "PATCH"]) for path in paths]
        routes += [Route("/broken", self.broken, methods=["POST"]), WebSocketRoute("/ws", self.talk)]
        self.started = False
        self.app = BodyLimit(Starlette(routes=routes, lifespan=self.lifespan), UPLOAD, OTHER)

    @contextlib.asynccontextmanager
    async def lifespan(self, _):
        self.started = True
        yield

    async def whole(self, request: Request) -> JSONResponse:
        read = 0
        try:
            async for chunk in request.stream():
                read += len(chunk)
        except ClientDisconnect:
            self.cut = read
            raise
        self.sizes.append(read)
        return JSONResponse({"read": read})

    async def broken(self, request: Request) -> JSONResponse:
        await request.body()
        raise ValueError("broken")

    async def talk(self, socket) -> None:
        await socket.accept()
        await socket.send_text(await socket.receive_text())
        await socket.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


def ask(seen: Seen, method: str, path: str, content) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(seen.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as web:
            return await web.request(method, path, content=content)

    return asyncio.run(once())


async def chunks(size: int, sent: list[int] | None = None, step: int = MB // 4):
    """A body of which nobody says how large it is."""
    for start in range(0, size, step):
        if sent is not None:
            sent.append(start)
        yield bytes(min(step, size - start))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("path", "limit", "sentence"),
    [
        ("/gradio_api/upload", UPLOAD, SENTENCE),
        ("/draw", UPLOAD, SENTENCE),
        ("/gradio_api/call/draw", OTHER, OF_JSON),
        ("/upload/no", OTHER, OF_JSON),
    ],
)
def test_a_body_of_a_size_that_is_said(seen, method, path, limit, sentence):
    assert ask(seen, method, path, bytes(limit)).json() == {"read": limit}
    refused = ask(seen, method, path, bytes(limit + 1))
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/json"
    assert refused.json() == sentence
    assert seen.sizes == [limit]
    assert seen.cut == 0


def test_nothing_is_read_of_a_body_that_says_it_is_too_large(seen):
    sent: list[dict] = []

    async def receive():
        pytest.fail("It was read.")

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/upload", "headers": [(b"content-length", b"9" * 30)]}
    asyncio.run(seen.app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") not in sent[0]["headers"]


@pytest.mark.parametrize(
    ("path", "limit", "sentence"),
    [("/gradio_api/upload", UPLOAD, SENTENCE), ("/gradio_api/call/draw", OTHER, OF_JSON)],
)
def test_a_body_of_unknown_size_is_cut(seen, path, limit, sentence):
    assert ask(seen, "POST", path, chunks(limit)).json() == {"read": limit}
    sent: list[int] = []
    refused = ask(seen, "POST", path, chunks(100 * MB, sent))
    assert refused.status_code == 413
    assert refused.json() == sentence
    assert refused.headers["connection"] == "close"
    assert seen.sizes == [limit]
    assert seen.cut == limit
    assert len(sent) == limit * 4 // MB + 1  # and no more of it was fetched


@pytest.mark.parametrize("said", [b"12", b"many", b"-1", b"9" * 5000])
def test_what_is_said_is_not_believed(seen, said):
    """Servers see to that themselves; here it holds without them."""
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": bytes(MB), "more_body": True}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/upload", "headers": [(b"content-length", said)]}
    asyncio.run(seen.app({**scope, "path": "/gradio_api/upload", "query_string": b""}, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 413
    assert seen.cut == 3 * MB


def test_an_answer_that_is_under_way_is_not_spoilt():
    """The app sees that the caller has gone, and no second answer begins."""
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": bytes(MB), "more_body": True}

    async def send(message):
        sent.append(message)

    async def echo(_, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (message := await receive())["type"] == "http.request":
            await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        assert (await receive())["type"] == "http.disconnect"  # and so it stays
        await send({"type": "http.response.body", "body": b"END"})

    scope = {"type": "http", "method": "POST", "path": "/echo", "headers": []}
    asyncio.run(BodyLimit(echo, UPLOAD, OTHER)(scope, receive, send))
    assert [message.get("status") for message in sent] == [200, None, None, None]
    assert sent[-1]["body"] == b"END"


def test_what_the_app_answers_to_the_cut_is_dropped():
    """FastAPI answers 400 when a body breaks off."""
    sent: list[dict] = []

    async def receive():
        return {"type": "http.request", "body": bytes(MB), "more_body": True}

    async def send(message):
        sent.append(message)

    async def app(_, receive, send):
        while (await receive())["type"] == "http.request":
            pass
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    scope = {"type": "http", "method": "POST", "path": "/call", "headers": []}
    asyncio.run(BodyLimit(app, UPLOAD, OTHER)(scope, receive, send))
    assert [message.get("status") for message in sent] == [413, None]


def test_errors_of_the_app_are_its_own(seen):
    with pytest.raises(ValueError, match="broken"):
        ask(seen, "POST", "/broken", b"small")


def test_other_requests_pass(seen):
    with TestClient(seen.app) as web:
        assert seen.started
        assert web.get("/gradio_api/upload").json() == {"read": 0}
        assert web.post("/gradio_api/upload").json() == {"read": 0}
        with web.websocket_connect("/ws") as talk:
            talk.send_text("x" * (OTHER + 1))
            assert len(talk.receive_text()) == OTHER + 1


def _until(true) -> None:
    """Wait for something that nobody announces."""
    for _ in range(3000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("It did not come to pass.")


@pytest.fixture
def served(seen):
    """The app in uvicorn, as Gradio runs it; its port."""
    config = uvicorn.Config(seen.app, port=0, log_level="critical")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    _until(lambda: server.started)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(30)


def test_a_browser_sees_the_refusal_of_an_upload(seen, served):
    """All of the body goes out before a browser reads the answer; the connection lives on."""
    with httpx.Client(base_url=f"http://127.0.0.1:{served}", timeout=60) as web:
        for _ in range(3):
            refused = web.post("/gradio_api/upload", files={"files": ("large.jpg", bytes(8 * MB))})
            assert refused.status_code == 413
            assert refused.json() == SENTENCE
        assert web.post("/gradio_api/upload", content=b"small").json() == {"read": 5}
    assert seen.cut == 0


def test_an_endless_body_ends_with_the_connection(seen, served):
    with socket.create_connection(("127.0.0.1", served), timeout=60) as line:
        line.sendall(b"POST /gradio_api/call/draw HTTP/1.1\r\nHost: page\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"%x\r\n" % MB + bytes(MB) + b"\r\n"
        with contextlib.suppress(OSError):  # a broken pipe or a reset
            for _ in range(1000):
                line.sendall(chunk)
            pytest.fail("All of it was taken.")
    _until(lambda: seen.cut)
    assert OTHER - MB <= seen.cut <= OTHER
    assert seen.sizes == []
