"""One run for one visitor: their session, a turn at the model, and progress in their language."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from animegan.errors import AnimeganError
from animegan.images.files import MAX_MEGAPIXELS
from animegan.options import Options
from animegan.page.captions import live_styles
from animegan.page.events import Photo, Visitor
from animegan.page.serving.cameras import Cameras
from animegan.page.serving.limits import ClipLimits
from animegan.page.serving.sessions import Session, Sessions
from animegan.page.serving.turns import Client, StoppedError, Turns, client_address
from animegan.page.serving.workshop import Workshop
from animegan.pipeline.pipeline import Pipeline, check_enlarged
from animegan.pipeline.result import Result
from animegan.words.messages import Message
from animegan.words.texts import render, translate

CLIP, CLIP_FRAME = " clip", " clip frame"
"""Added to a session: the names under which it draws a clip, and one frame of it. Another photo does not stop those."""


def on_zero_gpu() -> bool:
    """Whether this is a Hugging Face Space with ZeroGPU, which lends a GPU to each run."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


@dataclass
class PageState:
    """What all events of one page share."""

    folder: Path
    """Holds everything that visitors send and get."""
    pipeline: Pipeline = field(default_factory=Pipeline)
    turns: Turns = field(default_factory=Turns)
    client_header: str | None = None
    """The header in which a reverse proxy sends the visitor's address."""
    clips: ClipLimits = field(default_factory=ClipLimits)
    warmed: threading.Event = field(default_factory=threading.Event)
    """Set once the models are loaded."""
    workshop: Workshop | None = None
    """Where visitors train styles of their own; None: they cannot."""

    @property
    def is_ready(self) -> bool:
        """Whether a drawing begins at once. With ZeroGPU, models are loaded by each run."""
        return self.warmed.is_set() or self.lent_gpu is not None

    def __post_init__(self) -> None:
        self.sessions = Sessions(self.folder)
        self.cameras = Cameras(self.pipeline.draw_frame, self.turns, frozenset(style.id for style in live_styles()))
        self.lent_gpu = _lend_gpu(self.pipeline) if on_zero_gpu() else None

    @property
    def draws_clips(self) -> bool:
        """Whether this machine can read and write clips, and has a GPU for longer than a single run."""
        return importlib.util.find_spec("av") is not None and self.lent_gpu is None

    @contextlib.contextmanager
    def run(self, photo: Photo, visitor: Visitor, progress: gr.Progress, stays: bool = True) -> Iterator[Run]:
        """Wait for a visitor's turn at the model, and run with the photo that they sent.

        ``stays`` keeps the session, for people who come back with another setting; a program calls once.
        """
        if photo is None:
            raise visitor.toast("error.no_photo")
        self.own_upload(visitor.session, photo)
        try:
            with self.turn(visitor, progress) as turn:
                session = self.sessions.open(visitor.session, photo) if stays else Session(photo)
                try:
                    yield Run(turn.language, turn.report, turn.let_others, self, session)
                except AnimeganError:
                    if session.result is None:
                        self.sessions.drop(visitor.session)  # do not keep a photo that cannot be read
                    raise
        finally:
            self.sessions.make_room()

    @contextlib.contextmanager
    def turn(self, visitor: Visitor, progress: gr.Progress, name: str = "") -> Iterator[Turn]:
        """Wait for a turn at the model; `Sessions.stop` with the session and ``name`` ends it. Errors become toasts."""
        session, client = visitor.session + name, self.client_of(visitor.request)
        stopped = self.sessions.begin(session)
        with visitor.told_of_errors():
            try:
                with self.taken(
                    client, visitor.language, stopped, lambda part, text: progress(part, desc=text)
                ) as turn:
                    yield turn
            finally:
                self.sessions.end(session, stopped)

    @contextlib.contextmanager
    def taken(
        self, client: Client, language: str, stopped: threading.Event, show: Callable[[float, str], object]
    ) -> Iterator[Turn]:
        """Wait for a turn at the model; ``stopped`` ends the run, and ``show`` gets its progress.

        Raises:
            QueueFullError, TooManyForClientError, StoppedError: see `Turns.take`.
        """

        def report(fraction: float, text: str) -> None:
            if stopped.is_set():
                raise StoppedError
            show(fraction, text)
            self.cameras.draw_between()

        def on_wait(ahead: int) -> None:
            show(0, translate("wait", language, ahead))

        with self.turns.take(client, stopped, on_wait) as let_others:
            yield Turn(language, report, let_others)

    def client_of(self, request: gr.Request) -> Client:
        """Who makes a request, for the queue."""
        # Gradio gives each API call without a session a new one: count all of them from one address as one session.
        anonymous = "/call/" in str(request.url)
        return Client(None if anonymous else request.session_hash, self.address_of(request.headers, request.client))

    def address_of(self, headers: Mapping[str, str], peer: Any) -> str | None:
        """The address of who makes a request, for the queue; ``peer`` is the connection's other end."""
        return client_address(headers, peer.host if peer else None, self.client_header)

    def own_upload(self, session: str, photo: Photo) -> None:
        """Record a visitor's upload, so that it is deleted when they leave, even if it was never drawn."""
        if isinstance(photo, str) and Path(photo).is_relative_to(self.folder):
            self.sessions.own(session, Path(photo))

    def leave(self, session: str) -> None:
        """Delete all of a visitor's, who has closed the page."""
        self.cameras.close(session)
        for name in ("", CLIP, CLIP_FRAME):
            self.sessions.leave(session + name)
        if self.workshop is not None:
            self.workshop.leave(session)


@dataclass(frozen=True)
class Turn:
    """A visitor's turn at the model."""

    language: str
    report: Callable[[float, str], None]
    """Shows the progress of the run, from 0 to 1, and what comes next; raises `StoppedError` if the run was stopped."""
    let_others: Callable[[], None]
    """Lets other visitors have their turns, between two pictures of one run."""

    def on_progress(self, fraction: float, message: Message) -> None:
        """Report a message of the package in the visitor's language."""
        self.report(fraction, render(message, self.language))


@dataclass(frozen=True)
class Run(Turn):
    """A visitor's turn, and their photo."""

    state: PageState
    session: Session

    def draw(self, options: Options) -> Result:
        """Draw the photo, and reuse what the session's cache holds."""
        height, width = self.session.cache.photo.shape[:2]
        check_enlarged(width, height, options.scale, MAX_MEGAPIXELS)  # visitors share the memory
        if self.state.lent_gpu is not None:  # it runs in a separate process, which has no access to the session
            self.on_progress(0.1, Message("paint"))
            return self.state.lent_gpu(self.session.photo, options)
        return self.state.pipeline.stylize(self.session.cache, options, on_progress=self.on_progress)


def _lend_gpu(pipeline: Pipeline) -> Callable[[str | bytes, Options], Result]:
    """A ``stylize`` that runs in a child process, which has a GPU for that time."""
    import spaces  # installed on Spaces with ZeroGPU

    def stylize_on_lent_gpu(photo: str | bytes, options: Options) -> Result:
        return pipeline.stylize(photo, options)

    return spaces.GPU(stylize_on_lent_gpu)
