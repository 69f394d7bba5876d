"""Draws the camera of a visitor as it moves: each frame comes as a JPEG and goes back as one, and nothing is written.

A visitor has at most one frame that waits: a newer one takes its place. Cameras take turns, and a camera's frame takes
a turn at the model like any other run (`animegan.page.serving.turns`). A photo keeps its turn for seconds, so waiting
frames are also drawn between its stages.
"""

from __future__ import annotations

import asyncio
import io
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import animegan
from animegan.images.resize import Picture
from animegan.page.serving.turns import Client, QueueFullError, TooManyForClientError, Turns

PATH = "/live/frame"
TICKET = "x-animegan-camera"
"""The header that carries a camera's ticket. Another site's page cannot send it without asking the server first."""
MAX_SIDE = 640
"""Pixels: longest side of a frame."""
MAX_BYTES = 512 * 1024
"""Of a frame: a JPEG of 640×480 at quality 95 has about 150 kB."""
MAX_RATE = 40.0
"""Frames a second that one camera may send; up to `BURST` at once."""
BURST = 20
MAX_CAMERAS = 8
"""Cameras that are drawn at the same time."""
IDLE = 5.0
"""Seconds after its last frame until a camera no longer counts as drawn."""
MAX_TICKETS = 1000
PATIENCE = 30.0
"""Seconds that a frame waits for its turn before the server gives up."""
PHOTO_SHARE = 2.0
"""While a photo is drawn, it gets this many times as much time as the cameras."""
QUALITY = 88
"""Of the JPEGs that go back."""

Draw = Callable[[Picture, str], Picture]
"""Draws a frame, ``(H, W, 3) uint8``, in a style."""


class RefusedError(Exception):
    """A frame is not drawn; ``reason`` says why: busy, fast, large, broken, style or ticket."""

    STATUS = {"ticket": 403, "large": 413, "broken": 415, "style": 422, "fast": 429, "busy": 503}  # noqa: RUF012

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason

    def response(self) -> Response:
        """Return the answer to the browser."""
        return JSONResponse({"reason": self.reason}, self.STATUS[self.reason])


@dataclass
class Camera:
    """A visitor's camera."""

    visitor: str
    client: Client
    seen: float = -IDLE
    """When its last frame came, by `time.monotonic`."""
    allowance: float = BURST
    """Frames that it may send at once."""

    def admit(self) -> None:
        """Count a frame.

        Raises:
            RefusedError: it sends too many a second.
        """
        now = time.monotonic()
        self.allowance = min(BURST, self.allowance + MAX_RATE * (now - self.seen))
        self.seen = now
        if self.allowance < 1:
            raise RefusedError("fast")
        self.allowance -= 1


@dataclass(frozen=True)
class Frame:
    """A frame that waits."""

    jpeg: bytes
    style: str
    client: Client
    drawing: Future[bytes | None] = field(default_factory=Future)
    """The drawing as a JPEG; None: a newer frame took its place."""

    def drop(self) -> None:
        """End the wait for it."""
        if self.drawing.set_running_or_notify_cancel():
            self.drawing.set_result(None)


class Live:
    """The cameras of one page."""

    def __init__(self, draw: Draw, turns: Turns, styles: frozenset[str]):
        """``styles`` are the ids that a camera may ask for."""
        self._draw_frame, self._turns, self._styles = draw, turns, styles
        self._lock = threading.Lock()
        self._cameras: OrderedDict[str, Camera] = OrderedDict()
        self._waiting: OrderedDict[str, Frame] = OrderedDict()
        """Ticket → its frame, in the order of their turns."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="animegan-live")
        self._photos_time = 0.0
        """Until then, by `time.monotonic`, a photo that is drawn is not held up by another frame."""

    @property
    def route(self) -> Route:
        """The route that takes frames."""
        return Route(PATH, self.answer, methods=["POST"])

    def open(self, client: Client, visitor: str) -> str:
        """Return a ticket for a visitor's camera; an earlier ticket of theirs ends."""
        self.close(visitor)
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            self._cameras[ticket] = Camera(visitor, client)
            while len(self._cameras) > MAX_TICKETS:
                self._cameras.popitem(last=False)
        return ticket

    def close(self, visitor: str) -> None:
        """End a visitor's ticket, and drop the frame that waits."""
        with self._lock:
            tickets = [ticket for ticket, camera in self._cameras.items() if camera.visitor == visitor]
            frames = [self._waiting.pop(ticket, None) for ticket in tickets]
            for ticket in tickets:
                del self._cameras[ticket]
        for frame in frames:
            if frame is not None:
                frame.drop()

    async def answer(self, request: Request) -> Response:
        """Draw the JPEG in the body of a request in the style that its query names.

        The answer is a JPEG of the same size; 204 if a newer frame of this camera came before this one was drawn; or
        an error with its reason (`RefusedError`).
        """
        try:
            ticket = request.headers.get(TICKET, "")
            self._admit(ticket)
            style = request.query_params.get("style", "")
            if style not in self._styles:
                raise RefusedError("style")
            drawing = self.hand_in(ticket, await _body(request), style)
            jpeg = await asyncio.wait_for(asyncio.wrap_future(drawing), PATIENCE)
        except RefusedError as refused:
            return refused.response()
        except TimeoutError:
            return RefusedError("busy").response()
        except ClientDisconnect:
            return Response(status_code=204)
        if jpeg is None:
            return Response(status_code=204)
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})

    def _admit(self, ticket: str) -> None:
        with self._lock:
            camera = self._cameras.get(ticket)
            if camera is None:
                raise RefusedError("ticket")
            recently = time.monotonic() - IDLE
            others = sum(other.seen > recently for other in self._cameras.values() if other is not camera)
            if others >= MAX_CAMERAS:
                raise RefusedError("busy")
            camera.admit()

    def hand_in(self, ticket: str, jpeg: bytes, style: str) -> Future[bytes | None]:
        """Let a frame wait for its turn; it takes the place of an older one of this camera.

        Raises:
            RefusedError: the ticket has ended.
        """
        with self._lock:
            camera = self._cameras.get(ticket)
            if camera is None:
                raise RefusedError("ticket")
            older = self._waiting.get(ticket)
            self._waiting[ticket] = frame = Frame(jpeg, style, camera.client)
        if older is not None:
            older.drop()
        else:
            self._pool.submit(self._draw_in_turn)
        return frame.drawing

    def draw_between(self) -> None:
        """Draw one waiting frame between two stages of a photo, unless the cameras have had their share of its time."""
        start = time.monotonic()
        if start < self._photos_time:
            return
        frame = self._next()
        if frame is not None:
            self._draw(frame)
            end = time.monotonic()
            self._photos_time = end + PHOTO_SHARE * (end - start)

    def _draw_in_turn(self) -> None:
        """Wait for a turn at the model, and draw the frame that is next by then."""
        with self._lock:
            first = next(iter(self._waiting.values()), None)
        if first is None:  # it was drawn between the stages of a photo
            return
        try:
            with self._turns.take(first.client):
                frame = self._next()
                if frame is not None:
                    self._draw(frame)
        except (QueueFullError, TooManyForClientError):
            frame = self._next()
            if frame is not None:
                frame.drawing.set_exception(RefusedError("busy"))

    def _next(self) -> Frame | None:
        with self._lock:
            while self._waiting:
                frame = self._waiting.popitem(last=False)[1]
                if frame.drawing.set_running_or_notify_cancel():  # False: nobody waits for it any more
                    return frame
        return None

    def _draw(self, frame: Frame) -> None:
        try:
            frame.drawing.set_result(encode(self._draw_frame(decode(frame.jpeg), frame.style)))
        except animegan.NotAPhotoError:
            frame.drawing.set_exception(RefusedError("broken"))
        except animegan.PhotoTooLargeError:
            frame.drawing.set_exception(RefusedError("large"))
        except Exception as error:  # a photo may be under way in this thread, and must not fail with the frame
            frame.drawing.set_exception(error)


async def _body(request: Request) -> bytes:
    """Read the body of a request; of a larger one than a frame may be, no more than that.

    Raises:
        RefusedError: it is too large.
        ClientDisconnect: the browser has gone.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise RefusedError("large")
        parts.append(part)
    return b"".join(parts)


def decode(jpeg: bytes) -> Picture:
    """Decode a frame to ``(H, W, 3) uint8`` RGB.

    Raises:
        NotAPhotoError: it is no whole JPEG of at least 16 pixels a side.
        PhotoTooLargeError: a side has more than `MAX_SIDE` pixels; it is not decoded.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as header:
            sides = header.size
    except Exception as error:  # Pillow has many for broken files
        raise animegan.NotAPhotoError("A frame is no JPEG.") from error
    if max(sides) > MAX_SIDE:
        raise animegan.PhotoTooLargeError(f"A frame has at most {MAX_SIDE} pixels a side.")
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if min(sides) >= 16 else None
    if picture is None:
        raise animegan.NotAPhotoError("A frame is broken, or too small.")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def encode(picture: Picture) -> bytes:
    """Encode a drawing, ``(H, W, 3) uint8`` RGB, as a JPEG."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)[1].tobytes()
