"""Limits the size of request bodies: the server refuses a larger one before it fills memory or disk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"POST", "PUT", "PATCH"})
MB = 1024 * 1024


class BodyLimit:
    """ASGI middleware that answers 413 to a body that is too large.

    A body with too large a Content-Length is not read at all. Every other body is counted while it arrives: past the
    limit, the app sees a disconnected client, and the client gets the 413 unless a response has already started.
    """

    def __init__(self, app: ASGIApp, upload: int, other: int):
        """Limits in bytes: ``upload`` for paths that end in /upload, where files go to disk; ``other`` for the rest,
        JSON that may hold a photo as a data: URL and that is read into memory.
        """
        self._app = app
        self._upload, self._other = upload, other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS:
            await self._app(scope, receive, send)
            return
        is_upload = scope["path"].endswith("/upload")
        photo = self._upload if is_upload else min(self._upload, self._other * 3 // 4)  # base64: 4 bytes for 3
        exchange = _Exchange(receive, send, self._upload if is_upload else self._other, photo // MB)
        if _content_length(scope) > exchange.limit:
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
        self.limit = limit
        self.refused = False
        self._receive, self._send, self._megabytes = receive, send, megabytes
        self._read = 0
        self._started = False

    async def receive(self) -> Message:
        if self._read > self.limit:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read <= self.limit:
            return message
        if not self._started:
            await self.refuse(close=True)  # it is unknown how much is still to come
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
        body = json.dumps({"detail": sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if close:
            headers.append((b"connection", b"close"))
        await self._send({"type": "http.response.start", "status": 413, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def _content_length(scope: Scope) -> int:
    """Return the Content-Length of a request in bytes; 0 if it has none."""
    for name, value in scope["headers"]:
        if name == b"content-length":
            try:
                return int(value)
            except ValueError:
                return 0  # the body is counted while it arrives
    return 0
