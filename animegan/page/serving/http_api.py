"""Calls by plain HTTP, for curl and for programs without Gradio: one request, one drawing.

``POST /draw`` draws, ``GET /healthz`` says whether the models are ready, ``GET /openapi.json`` describes both. A call
waits for its turn like a visitor's run, and nothing of it is kept. An error is JSON: a code, and a sentence in the
language that the request accepts.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import anyio
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from animegan import errors
from animegan.errors import AnimeganError, BadOptionError, NotAPhotoError, PhotoNotFoundError, UnknownStyleError, shown
from animegan.images.files import encode
from animegan.options import Options, Setting
from animegan.page.gradio_private import UPLOAD_LIMIT
from animegan.page.serving.fetch import fetch
from animegan.page.serving.http_schema import KINDS, schema
from animegan.page.serving.limits import DRAW_PATH
from animegan.page.serving.runs import PageState, Run
from animegan.page.serving.server import MAX_THREADS
from animegan.page.serving.sessions import Session
from animegan.page.serving.turns import Client, QueueFullError, StoppedError, TooManyForClientError
from animegan.page.settings import ON_PAGE, PageSetting, options_of
from animegan.styles.lookup import list_styles
from animegan.words.texts import error_text, language_of, translate

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
SWITCH = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
FORMAT = Setting("format", "png", "Kind of the file.", "The format", choices=tuple(KINDS))
MAX_FETCHES, MAX_FETCHES_EACH = 16, 4
"""Photos that are fetched from the web at the same time, and of those for one caller."""
BUSY_SECONDS = 30
"""After these, a caller who was turned away may come again."""
STATUS: dict[type[Exception], int] = {
    errors.PhotoNotFoundError: 400,
    errors.PhotoTooLargeError: 413,
    errors.NotAPhotoError: 415,
    errors.PhotoTooSmallError: 422,
    errors.UnknownStyleError: 422,
    errors.BadOptionError: 422,
    errors.NobodySeenError: 422,
    errors.OutputNotWritableError: 422,  # more pixels than that kind of file can hold
    errors.WeightsUnavailableError: 503,
    errors.MissingExtraError: 503,
    errors.DrawingStoppedError: 503,
    TooManyForClientError: 429,
    QueueFullError: 503,
}
"""Kind of error → status of the answer; of others it is 500."""


@dataclass(frozen=True)
class Order:
    """What a request asks for."""

    photo: BinaryIO | str
    """The file that was sent, or the address of one."""
    options: Options
    kind: str
    """One of `KINDS`."""


class HttpApi:
    """The routes of one page."""

    def __init__(self, state: PageState, allow_urls: bool = False):
        """``allow_urls``: a photo may be named by its web address."""
        self._state, self._allow_urls = state, allow_urls
        self._limiter = anyio.CapacityLimiter(MAX_THREADS)
        self._fetching: Counter[Any] = Counter()
        self.routes = [
            Route(DRAW_PATH, self.draw, methods=["POST"]),
            Route("/healthz", self.health, methods=["GET"]),
            Route("/openapi.json", self.describe, methods=["GET"]),
        ]

    async def health(self, _: Request) -> Response:
        """Answer 200 once the models are loaded, and 503 before."""
        is_ready = self._state.is_ready
        return JSONResponse({"status": "ready" if is_ready else "starting"}, 200 if is_ready else 503)

    async def describe(self, request: Request) -> Response:
        """The description of the calls by OpenAPI."""
        return JSONResponse(schema(self._allow_urls, str(request.scope.get("root_path", ""))))

    async def draw(self, request: Request) -> Response:
        """Draw the photo of a request; the answer is the picture, or an error as JSON."""
        language = language_of(request.headers.get("accept-language"))
        client = Client(None, self._state.address_of(request.headers, request.client))
        try:
            async with _form(request) as form:
                order = self._order(form, request.headers.get("accept", ""))
                photo = order.photo if not isinstance(order.photo, str) else await self._fetched(order.photo, client)
                picture = await self._drawn(request, photo, order, client, language)
        except (ClientDisconnect, StoppedError):  # nobody waits for the answer
            return Response(status_code=204)
        except Exception as error:
            return refusal(error, language)
        return Response(picture, media_type=KINDS[order.kind], headers={"cache-control": "no-store"})

    def _order(self, form: FormData, accepted: str) -> Order:
        """Check all that a request says.

        Raises:
            PhotoNotFoundError: there is no photo in it.
            BadOptionError, UnknownStyleError: a field or its value cannot be.
        """
        fields = dict(form.multi_items())
        photo, url = fields.pop("photo", None), fields.pop("url", None)
        kind = shown(fields.pop("format", _kind_of(accepted))).lower().replace("jpg", "jpeg")
        unknown = sorted(fields.keys() - ON_PAGE.keys())
        if unknown:
            choices = ", ".join(["photo", "url", "format", *ON_PAGE])
            raise BadOptionError(
                "There is no field '{unknown}': choose from {choices}.", unknown=shown(unknown[0]), choices=choices
            )
        FORMAT.check(kind)
        options = options_of(*(_value(each, fields.get(name)) for name, each in ON_PAGE.items()))
        if url is not None and not self._allow_urls:
            raise BadOptionError("This server fetches no photos from the web: send the photo itself as 'photo'.")
        if isinstance(photo, UploadFile) and url is None:
            return Order(photo.file, options, kind)
        if isinstance(url, str) and photo is None:
            return Order(url, options, kind)
        raise PhotoNotFoundError(
            "There is no photo, or more than one: send one file, as in 'curl -F photo=@photo.jpg'."
        )

    async def _fetched(self, url: str, client: Client) -> BinaryIO:
        """Fetch a photo, unless too many are fetched already.

        Raises:
            QueueFullError, TooManyForClientError: too many are.
            BadOptionError, PhotoNotFoundError, PhotoTooLargeError: see `fetch`.
        """
        party, fetching = client.party, self._fetching
        if fetching[party] >= MAX_FETCHES_EACH:
            raise TooManyForClientError(fetching[party])
        if fetching.total() >= MAX_FETCHES:
            raise QueueFullError(fetching.total())
        fetching[party] += 1
        try:
            content = await fetch(url, UPLOAD_LIMIT)
        finally:
            fetching[party] -= 1
            self._fetching += Counter()  # forget who fetches nothing
        return io.BytesIO(content)

    async def _drawn(
        self, request: Request, photo: BinaryIO, order: Order, client: Client, language: str
    ) -> memoryview:
        """Wait for a turn in a thread of its own, and draw; a caller who hangs up gives up the place."""
        stopped = threading.Event()

        def work() -> memoryview:
            with self._state.taken(client, language, stopped, lambda *_: None) as turn:
                run = Run(turn.language, turn.report, turn.let_others, self._state, Session(photo.read()))
                return encode(run.draw(order.options).pixels, Path(f"drawing.{order.kind}"))

        async def wait_until_gone() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            stopped.set()

        watch = asyncio.create_task(wait_until_gone())
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            watch.cancel()


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The form in a request. A large file in it lies on disk, without a name, until the end.

    Raises:
        NotAPhotoError: the request holds something else.
        PhotoNotFoundError: the form is broken.
    """
    if not request.headers.get("content-type", "").startswith(FORMS):
        raise NotAPhotoError("The photo comes in a form (multipart/form-data): send it as 'curl -F photo=@photo.jpg'.")
    try:
        form = await request.form(max_files=1, max_fields=50)
    except HTTPException as error:
        raise PhotoNotFoundError(
            "The form is broken ({why}): send it as 'curl -F photo=@photo.jpg' does.", why=shown(error.detail)
        ) from error
    try:
        yield form
    finally:
        await form.close()


def _value(setting: PageSetting, text: object) -> Any:
    """The value of a setting out of a field of a form; None: its default. `Options` checks the rest.

    Raises:
        BadOptionError, UnknownStyleError: the page does not offer it.
    """
    if text is None:
        return setting.default
    word = str(text).strip()
    if setting.name == "style":
        if word not in (styles := [style.id for style in list_styles()]):  # and so no file, and nothing on the Hub
            raise UnknownStyleError(
                "There is no style '{shown}': choose one of {choices}.",
                shown=shown(word)[:60],
                choices=", ".join(styles),
            )
        return word
    if setting.kind is bool:
        if word.lower() not in SWITCH:
            raise BadOptionError(
                "{label} is True or False, not {value!r}.", label=f"'{setting.name}'", value=shown(word)
            )
        return SWITCH[word.lower()]
    if setting.choices:
        return replace(setting.setting, choices=setting.choices).check(word)
    with contextlib.suppress(ValueError):
        return float(word)
    return shown(word)


def _kind_of(accepted: str) -> str:
    """The kind of file that an Accept header likes best; PNG where it names none."""
    likes: dict[str, float] = {}
    for entry in accepted.lower().split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        for kind in KINDS:
            if media == KINDS[kind]:
                with contextlib.suppress(ValueError):
                    likes[kind] = float(quality)
    best = max(likes, key=likes.__getitem__, default="png")
    return best if likes.get(best, 1) > 0 else "png"


def refusal(error: Exception, language: str) -> JSONResponse:
    """The answer to a request that cannot be met: a code, and a sentence."""
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    if isinstance(error, AnimeganError):
        code, sentence = error.code, error_text(error, language)
    elif isinstance(error, QueueFullError):
        code, sentence = "busy", translate("http.busy", language, error.ahead)
    elif isinstance(error, TooManyForClientError):
        code, sentence = "too-many", translate("error.too_many", language, error.waiting)
    else:
        logging.getLogger(__name__).error("A drawing failed.", exc_info=error)
        code, sentence = "failed", translate("http.failed", language)
    headers = {"retry-after": str(BUSY_SECONDS)} if status in (429, 503) else {}
    return JSONResponse({"code": code, "message": sentence}, status, headers)
