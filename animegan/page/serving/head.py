"""The head of the page's HTML in the visitor's language: what links to the page show, its icon, and its language.

Gradio writes its own name and picture there, and has no public way to change them.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradio.route_utils import get_root_url
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from animegan.words.languages import LANGUAGES
from animegan.words.texts import language_of, translate

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
PICTURE = HERE.parent / "link.jpg"
"""What a link to the page shows: 1200 × 630 pixels."""
PICTURE_PATH = "/link.jpg"
FOREIGN = re.compile(r"""\s*<meta\s+(?:property="og|name="twitter):[^>]*>|<title>.*?</title>""", re.DOTALL)
"""What Gradio's own head says of the page."""


def picture_route() -> Route:
    """The route of the picture that links show."""

    async def picture(_: Request) -> Response:
        return FileResponse(PICTURE, headers={"cache-control": "max-age=86400"})

    return Route(PICTURE_PATH, picture, methods=["GET"])


class Head:
    """ASGI middleware that changes the head of the page; everything else passes as it is."""

    def __init__(self, app: ASGIApp, root_path: str | None = None):
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or scope["method"] != "GET" or path not in ("", "/"):
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        parts: list[bytes] = []

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            parts.append(message.get("body", b""))
            if message.get("more_body"):
                return
            body, headers = b"".join(parts), MutableHeaders(scope=start)
            if headers.get("content-type", "").startswith("text/html"):
                body = self._changed(body.decode(), Request(scope)).encode()
                headers["content-length"] = str(len(body))
                headers["vary"] = "Accept-Language"
            await send(start)
            await send({"type": "http.response.body", "body": body})

        await self._app(scope, receive, send_changed)

    def _changed(self, page: str, request: Request) -> str:
        language = language_of(request.headers.get("accept-language"), request.query_params.get("lang"))
        root = get_root_url(request, "/", self._root_path or request.scope.get("root_path"))
        top, end, rest = page.partition("</head>")
        top = FOREIGN.sub("", top.replace('lang="en"', f'lang="{language}"', 1))
        return top + _own(language, root) + end + rest


def _own(language: str, root: str) -> str:
    """What the head says of the page, with the script that chooses the language."""
    title, text = (html.escape(translate(f"page.{key}", language)) for key in ("title", "description"))
    root = html.escape(root)
    said = {"title": title, "description": text, "url": f"{root}/", "type": "website", "site_name": "animegan"}
    said |= {"image": f"{root}{PICTURE_PATH}", "image:width": "1200", "image:height": "630"}
    script = (HERE / "language.js").read_text(encoding="utf-8").replace('"@codes@"', json.dumps(list(LANGUAGES)))
    lines = [
        f"<title>{title}</title>",
        f'<meta name="description" content="{text}">',
        *(f'<meta property="og:{name}" content="{value}">' for name, value in said.items()),
        '<meta name="twitter:card" content="summary_large_image">',
        '<meta name="theme-color" content="#fff1f4" media="(prefers-color-scheme: light)">',
        '<meta name="theme-color" content="#2b181f" media="(prefers-color-scheme: dark)">',
        '<link rel="icon" type="image/svg+xml" href="./favicon.ico">',
        f"<script>{script}</script>",
    ]
    return "\n".join(["", *lines, ""])
