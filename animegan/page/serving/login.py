"""Lets in only who knows a name and a password, by HTTP Basic: the page, its calls, and the calls by plain HTTP alike.

Gradio's own login guards neither the routes that are added to its own nor its MCP server.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING

from animegan.errors import BadOptionError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = frozenset({"/healthz", "/gradio_api/startup-events"})
"""Paths that say nothing of anybody: whether the page is up, and what Gradio asks itself when it starts."""


def authorization(login: str) -> dict[str, str]:
    """Return the header that lets a request in; ``login`` is ``user:password``.

    Raises:
        BadOptionError: it is no such pair.
    """
    user, colon, password = login.partition(":")
    if not (user and colon and password):  # it is not repeated: others may read along
        raise BadOptionError("A login is a name and a password, as in 'anna:secret': put a colon between them.")
    return {"authorization": f"Basic {b64encode(login.encode()).decode()}"}


class Login:
    """ASGI middleware that answers 401 to who does not send the header."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]):
        self._app, self._expected = app, headers["authorization"].encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_let_in(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            asked = b'Basic realm="animegan", charset="UTF-8"'
            headers = [(b"www-authenticate", asked), (b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b"This page needs a name and a password."})

    def _is_let_in(self, scope: Scope) -> bool:
        sent = dict(scope["headers"]).get(b"authorization", b"")
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return path in OPEN or secrets.compare_digest(sent, self._expected)
