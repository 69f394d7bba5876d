"""How much visitors may send: of a clip, and in one request, which is refused before it fills memory or disk."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from animegan.images.sizes import PAINT_SIDE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"POST", "PUT", "PATCH"})
DRAW_PATH = "/draw"
"""One request, one drawing: see `animegan.page.serving.http_api`."""
MB = 1024 * 1024


@dataclass(frozen=True)
class ClipLimits:
    """How much of a clip is drawn at most."""

    seconds: float = 20.0
    side: int = PAINT_SIDE
    """Pixels: the longer side of the drawing."""
    frames: int = 600


class BodyLimit:
    """ASGI middleware that answers 413 to a body that is too large; nothing is read of one that says so itself.

    Every other body is counted while it arrives: past the limit, the app sees a disconnected client, and the client
    gets the 413 unless a response has already started.
    """

    def __init__(self, app: ASGIApp, upload: int, other: int):
        """Bytes: ``upload`` for `DRAW_PATH` and for paths that end in /upload, whose files go to disk; ``other`` for
        the rest, JSON that may hold a photo as a data: URL and is read into memory.
        """
        self._app, self._upload, self._other = app, upload, other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS:
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        is_upload = path == DRAW_PATH or path.endswith("/upload")
        photo = self._upload if is_upload else min(self._upload, self._other * 3 // 4)  # base64: 4 bytes for 3
        exchange = _Exchange(receive, send, self._upload if is_upload else self._other, photo // MB)
        said = dict(scope["headers"]).get(b"content-length", b"")
        with contextlib.suppress(ValueError):  # without a number, the body is counted
            if int(said) > exchange.limit:
                await exchange.refuse()
                return
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception:
            if not exchange.refused:  # after a refusal, the app fails on the disconnected client
                raise


class _Exchange:
    """One request and its response; ``limit`` is in bytes, ``megabytes`` is the limit in the error message."""

    def __init__(self, receive: Receive, send: Send, limit: int, megabytes: int):
        self._receive, self._send = receive, send
        self.limit, self._megabytes, self._read = limit, megabytes, 0
        self.refused = self._started = False

    async def receive(self) -> Message:
        if self._read <= self.limit:
            message = await self._receive()
            self._read += len(message.get("body", b""))
            if self._read <= self.limit:
                return message
            if not self._started:
                await self.refuse(close=True)  # nobody knows how much is still to come
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._started = True
            await self._send(message)

    async def refuse(self, close: bool = False) -> None:
        """Answer 413. Without ``close`` the server receives and discards the rest of the body, so that browsers show
        the answer: they read none before they have sent everything.
        """
        self.refused = True
        sentence = f"The photo is too large: choose one of at most {self._megabytes} MB."
        body = json.dumps({"code": "photo-too-large", "message": sentence, "detail": sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        headers += [(b"connection", b"close")] if close else []
        await self._send({"type": "http.response.start", "status": 413, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
