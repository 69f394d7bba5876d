"""Draws the cameras of visitors as they move: each frame comes as a JPEG and goes back as one; nothing is written.

At most one frame of a camera waits: a newer one takes its place. Cameras take turns, and a frame takes a turn at the
model like any other run (`animegan.page.serving.turns`), or is drawn between two stages of a photo.
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

from animegan.images.resize import Picture
from animegan.page.serving.turns import Client, QueueFullError, TooManyForClientError, Turns

FRAME_PATH = "/live/frame"
TICKET_HEADER = "x-animegan-camera"
"""Carries a camera's ticket. Another site's page cannot send it without asking the server first."""
MAX_FRAME_SIDE = 640
"""Pixels."""
MAX_FRAME_BYTES = 512 * 1024
"""A JPEG of 640×480 at quality 95 has about 150 kB."""
MAX_RATE = 40.0
"""Frames a second that one camera may send; up to `BURST` at once."""
BURST = 20
MAX_CAMERAS = 8
"""Cameras that are drawn at the same time."""
IDLE_SECONDS = 5.0
"""After its last frame, a camera then no longer counts as drawn."""
MAX_TICKETS = 1000
PATIENCE_SECONDS = 30.0
"""A frame waits this long for its turn."""
PHOTO_SHARE = 2.0
"""A photo that is drawn gets this many times as much time as the cameras."""
JPEG_QUALITY = 88

Draw = Callable[[Picture, str], Picture]
"""Draws a frame, ``(H, W, 3) uint8``, in a style."""
STATUS = {"ticket": 403, "large": 413, "broken": 415, "style": 422, "fast": 429, "busy": 503}
"""Why a frame is not drawn → the status of the answer."""


class RefusedError(Exception):
    """A frame is not drawn; the only argument is the reason, one of `STATUS`."""


@dataclass
class Camera:
    """A visitor's camera."""

    visitor: str
    client: Client
    seen: float = -IDLE_SECONDS
    """When its last frame came, by `time.monotonic`."""
    allowance: float = BURST
    """Frames that it may send at once."""


@dataclass(frozen=True)
class CameraFrame:
    """A frame that waits."""

    jpeg: bytes
    style: str
    client: Client
    drawing: Future[bytes | None] = field(default_factory=Future)
    """The drawing as a JPEG; None: a newer frame took its place."""


class Cameras:
    """The cameras of one page."""

    def __init__(self, draw: Draw, turns: Turns, styles: frozenset[str]):
        """``styles`` are the ids that a camera may ask for."""
        self._draw_frame, self._turns, self._styles = draw, turns, styles
        self._lock = threading.Lock()
        self._cameras: OrderedDict[str, Camera] = OrderedDict()
        """By ticket."""
        self._waiting: OrderedDict[str, CameraFrame] = OrderedDict()
        """By ticket, in the order of their turns."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="animegan-camera")
        self.route = Route(FRAME_PATH, self.answer, methods=["POST"])
        self._photos_time = 0.0
        """Until then, by `time.monotonic`, no frame holds up the photo that is drawn."""

    def __len__(self) -> int:
        """The number of frames that wait."""
        return len(self._waiting)

    def open(self, client: Client, visitor: str) -> str:
        """A ticket for a visitor's camera; an earlier one ends."""
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
            for ticket in [ticket for ticket, camera in self._cameras.items() if camera.visitor == visitor]:
                del self._cameras[ticket]
                self._drop(self._waiting.pop(ticket, None))

    async def answer(self, request: Request) -> Response:
        """Draw the JPEG in the body of a request in the style that its query names.

        The answer is a JPEG of the same size; 204 if a newer frame took its place; or a `STATUS` with its reason.
        """
        try:
            ticket = request.headers.get(TICKET_HEADER, "")
            self._admit(ticket)
            style = request.query_params.get("style", "")
            if style not in self._styles:
                raise RefusedError("style")
            drawing = self.hand_in(ticket, await _body(request), style)
            jpeg = await asyncio.wait_for(asyncio.wrap_future(drawing), PATIENCE_SECONDS)
        except (RefusedError, TimeoutError) as refused:
            reason = refused.args[0] if isinstance(refused, RefusedError) else "busy"
            return JSONResponse({"reason": reason}, STATUS[reason])
        except ClientDisconnect:
            jpeg = None
        if jpeg is None:
            return Response(status_code=204)
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})

    def _admit(self, ticket: str) -> None:
        """Count a frame before it is read.

        Raises:
            RefusedError: the ticket has ended, too many cameras are drawn, or this one sends too many a second.
        """
        with self._lock:
            camera, now = self._cameras.get(ticket), time.monotonic()
            if camera is None:
                raise RefusedError("ticket")
            others = [each for each in self._cameras.values() if each is not camera]
            if sum(each.seen > now - IDLE_SECONDS for each in others) >= MAX_CAMERAS:
                raise RefusedError("busy")
            camera.allowance = min(BURST, camera.allowance + MAX_RATE * (now - camera.seen))
            camera.seen = now
            if camera.allowance < 1:
                raise RefusedError("fast")
            camera.allowance -= 1

    def hand_in(self, ticket: str, jpeg: bytes, style: str) -> Future[bytes | None]:
        """Let a frame wait for its turn; it takes the place of an older one of this camera."""
        with self._lock:
            if ticket not in self._cameras:
                raise RefusedError("ticket")
            older = self._waiting.get(ticket)
            frame = self._waiting[ticket] = CameraFrame(jpeg, style, self._cameras[ticket].client)
        if older is None:
            self._pool.submit(self._draw_in_turn)
        self._drop(older)
        return frame.drawing

    @staticmethod
    def _drop(frame: CameraFrame | None) -> None:
        """End the wait for a frame."""
        if frame is not None and frame.drawing.set_running_or_notify_cancel():
            frame.drawing.set_result(None)

    def draw_between(self) -> None:
        """Draw one waiting frame between two stages of a photo, unless the cameras have had their share of its time."""
        start = time.monotonic()
        if start >= self._photos_time and self._draw_next():
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
                self._draw_next()
        except (QueueFullError, TooManyForClientError):
            frame = self._next()
            if frame is not None:
                frame.drawing.set_exception(RefusedError("busy"))

    def _next(self) -> CameraFrame | None:
        with self._lock:
            while self._waiting:
                frame = self._waiting.popitem(last=False)[1]
                if frame.drawing.set_running_or_notify_cancel():  # False: nobody waits for it any more
                    return frame
        return None

    def _draw_next(self) -> bool:
        """Draw the frame that is next; whether there was one."""
        frame = self._next()
        if frame is None:
            return False
        try:
            frame.drawing.set_result(encode(self._draw_frame(decode(frame.jpeg), frame.style)))
        except Exception as error:  # a photo may be under way in this thread, and must not fail with the frame
            frame.drawing.set_exception(error)
        return True


async def _body(request: Request) -> bytes:
    """The body of a request; one that is too large is not read on."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_FRAME_BYTES:
            raise RefusedError("large")
    return bytes(body)


def decode(jpeg: bytes) -> Picture:
    """A frame as ``(H, W, 3) uint8`` RGB.

    Raises:
        RefusedError: it is no whole JPEG of at least 16 pixels a side, or larger than `MAX_FRAME_SIDE` by its header.
    """
    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as header:
            sides = header.size
    except Exception as error:  # Pillow has many for broken files
        raise RefusedError("broken") from error
    if max(sides) > MAX_FRAME_SIDE:
        raise RefusedError("large")
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if min(sides) >= 16 else None
    if picture is None:
        raise RefusedError("broken")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def encode(picture: Picture) -> bytes:
    """A drawing, ``(H, W, 3) uint8`` RGB, as a JPEG."""
    settings = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)[1].tobytes()
