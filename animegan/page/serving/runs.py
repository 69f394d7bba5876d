"""One run for one visitor: session, turn at the model, progress, and errors in the visitor's language."""

from __future__ import annotations

import contextlib
import html
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

import animegan
from animegan.options import ON_PAGE
from animegan.page.assets import live_styles
from animegan.page.captions import style_name
from animegan.page.serving.cameras import Live
from animegan.page.serving.clip_limits import ClipLimits
from animegan.page.serving.sessions import Session, Sessions
from animegan.page.serving.turns import (
    Client,
    QueueFullError,
    StoppedError,
    TooManyForClientError,
    Turns,
    client_address,
)
from animegan.page.serving.workshop import Workshop
from animegan.words import texts
from animegan.words.messages import Message
from animegan.words.texts import translate

CLIP, CLIP_FRAME = " clip", " clip frame"
"""Added to a session: the names under which it draws a clip, and one frame of it. Another photo does not stop those."""
Photo = str | bytes | None
"""A photo as an event gets it: the path of an upload, the bytes of a data: URL, or None."""


def on_zero_gpu() -> bool:
    """Whether this is a Hugging Face Space with ZeroGPU, which lends a GPU to each run."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")


@dataclass
class PageState:
    """The state that all events of one page share."""

    folder: Path
    """Holds everything that visitors send and get."""
    sessions: Sessions
    pipeline: animegan.Pipeline = field(default_factory=animegan.Pipeline)
    turns: Turns = field(default_factory=Turns)
    client_header: str | None = None
    """The header in which a reverse proxy sends the visitor's address."""
    clips: ClipLimits = field(default_factory=ClipLimits)
    warmed: threading.Event = field(default_factory=threading.Event)
    """Set once the models are loaded."""
    workshop: Workshop | None = None
    """Where visitors train styles of their own; None: they cannot."""

    def __post_init__(self) -> None:
        self.live = Live(self.pipeline.draw_frame, self.turns, frozenset(style.id for style in live_styles()))
        self._on_lent_gpu = _lend_gpu(self.pipeline) if on_zero_gpu() else None

    @contextlib.contextmanager
    def run(self, photo: Photo, request: gr.Request, progress: gr.Progress, stays: bool = True) -> Iterator[Run]:
        """Wait for a visitor's turn at the model, and run with the photo that they sent.

        ``stays`` keeps the session, for people who come back with another setting. Programs call once, so each of
        their calls gets a temporary session.
        """
        if photo is None:
            raise error_toast(request, "error.no_photo")
        visitor = session_of(request)
        self.own_upload(visitor, photo)
        try:
            with self.turn(visitor, request, progress) as turn:
                session = self.sessions.open(visitor, photo) if stays else Session.of(photo)
                try:
                    yield Run(self, session, turn.language, turn.report, turn.let_others)
                except animegan.AnimeganError:
                    self.sessions.drop(visitor)  # do not keep a photo that cannot be read
                    raise
        finally:
            self.sessions.make_room()

    @contextlib.contextmanager
    def turn(self, visitor: str, request: gr.Request, progress: gr.Progress) -> Iterator[Turn]:
        """Wait for a turn at the model; `Sessions.stop` with the same name of a visitor ends it. Errors become toasts.

        ``visitor`` is a session, or a name of its own for runs that must outlast the session's other runs.
        """
        language = language_of(request)
        stopped = self.sessions.begin(visitor)

        def report(fraction: float, text: str) -> None:
            if stopped.is_set():
                raise StoppedError
            progress(fraction, desc=text)
            self.live.draw_between()

        def on_wait(ahead: int) -> None:
            progress(0, desc=translate("wait", language, ahead))

        with errors_as_toasts(request):
            try:
                with self.turns.take(self.client_of(request), stopped, on_wait) as let_others:
                    yield Turn(language, report, let_others)
            finally:
                self.sessions.end(visitor, stopped)

    def client_of(self, request: gr.Request) -> Client:
        """Return who makes a request, for the queue."""
        # Gradio gives each API call without a session a new one: count all of them from one address as one session.
        anonymous = "/call/" in str(request.url)
        peer = request.client.host if request.client else None
        address = client_address(request.headers, peer, self.client_header)
        return Client(None if anonymous else request.session_hash, address)

    def own_upload(self, visitor: str, photo: Photo) -> None:
        """Record a visitor's upload, so that it is deleted when they leave, even if it was never drawn."""
        if isinstance(photo, str) and Path(photo).is_relative_to(self.folder):
            self.sessions.own(visitor, Path(photo))

    def save(self, picture: Any, path: Path) -> str:
        """Write a picture, and return its path as a string for gradio."""
        return str(animegan.save(picture, path))


@dataclass(frozen=True)
class Turn:
    """A visitor's turn at the model."""

    language: str
    report: Callable[[float, str], None]
    """Shows the progress of the run, from 0 to 1, and what comes next; raises `StoppedError` if the run was stopped."""
    let_others: Callable[[], None]
    """Lets other visitors have their turns, between two pictures of one run."""


@dataclass(frozen=True)
class Run:
    """A visitor's turn, and their photo."""

    state: PageState
    session: Session
    language: str
    report: Callable[[float, str], None]
    """See `Turn.report`."""
    let_others: Callable[[], None]
    """See `Turn.let_others`."""

    def on_progress(self, fraction: float, message: Message) -> None:
        """Report a message of the package in the visitor's language."""
        self.report(fraction, texts.render(message, self.language))

    def draw(self, options: animegan.Options) -> animegan.Result:
        """Draw the photo, and reuse what the session's cache holds."""
        on_lent_gpu = self.state._on_lent_gpu
        if on_lent_gpu is not None:  # it runs in a separate process, which has no access to the session
            self.on_progress(0.1, Message("paint"))
            return on_lent_gpu(self.session.photo, options)
        return self.state.pipeline.stylize(self.session.cache, options, on_progress=self.on_progress)


def _lend_gpu(pipeline: animegan.Pipeline) -> Callable[[str | bytes, animegan.Options], animegan.Result]:
    """Return a ``stylize`` that runs in a child process, which has a GPU for that time."""
    import spaces  # installed on Spaces with ZeroGPU

    @spaces.GPU
    def stylize_on_lent_gpu(photo: str | bytes, options: animegan.Options) -> animegan.Result:
        return pipeline.stylize(photo, options)

    return stylize_on_lent_gpu


def options_from_page(*values: Any) -> animegan.Options:
    """Build options from the values of the page's controls, in the order of `animegan.options.ON_PAGE`."""
    settings = {}
    for setting, value in zip(ON_PAGE.values(), values, strict=True):
        is_switch = setting.choices and not setting.page_choices  # off is the first choice, on the second
        settings[setting.name] = setting.choices[bool(value)] if is_switch else value
    return animegan.Options(**settings)


def language_of(request: gr.Request) -> str:
    """Return the visitor's language."""
    return texts.language_of(request.headers.get("accept-language"))


def session_of(request: gr.Request) -> str:
    """Return the visitor's session. A request without one gets a new name, so that it shares nothing with others."""
    return request.session_hash or f"stranger-{secrets.token_urlsafe(16)}"


def error_toast(request: gr.Request, key: str, *parts: object) -> gr.Error:
    """Return a toast with one of the page's texts."""
    return _toast(translate(key, language_of(request), *parts))


def _toast(text: str) -> gr.Error:
    return gr.Error(html.escape(text, quote=False), print_exception=False)  # toasts render HTML


@contextlib.contextmanager
def errors_as_toasts(request: gr.Request) -> Iterator[None]:
    """Turn named errors into toasts in the visitor's language."""
    try:
        yield
    except StoppedError as error:
        raise error_toast(request, "error.stopped") from error
    except QueueFullError as error:
        raise error_toast(request, "error.busy", error.ahead) from error
    except TooManyForClientError as error:
        raise error_toast(request, "error.too_many", error.waiting) from error
    except animegan.AnimeganError as error:
        language = language_of(request)
        text = texts.error_text(error, language)
        if isinstance(error, animegan.WeightsUnavailableError):
            built_in = [style_name(s, language) for s in animegan.list_styles() if s.source.kind == "built in"]
            text = f"{text} {translate('error.offline', language, ', '.join(built_in))}"
        raise _toast(text) from error
