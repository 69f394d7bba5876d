"""How the page's events run, and who triggers one."""

from __future__ import annotations

import contextlib
import html
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData

from animegan.errors import AnimeganError, WeightsUnavailableError
from animegan.images.files import save
from animegan.images.resize import Picture
from animegan.page.captions import style_name
from animegan.page.serving.turns import QueueFullError, StoppedError, TooManyForClientError
from animegan.styles.lookup import list_styles
from animegan.styles.sources import BuiltIn
from animegan.words.texts import error_text, language_of, translate

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""An event that shows no progress."""
UNQUEUED: dict[str, Any] = {"queue": False, **QUIET}
"""An event that answers at once. Gradio shows no toast for its errors."""
WORK: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "private"}
"""An event that waits for the model in `animegan.page.serving.turns`: Gradio's own queue is not fair."""
# Gradio recognises the progress parameter by its default value, and the request by its type.
PROGRESS = gr.Progress()
Photo = str | bytes | None
"""A photo as an event gets it: the path of an upload, the bytes of a data: URL, or None."""


class Visitor:
    """Who triggers an event."""

    def __init__(self, request: gr.Request):
        self.request = request
        self.session = request.session_hash or f"stranger-{secrets.token_urlsafe(16)}"
        """A request without one gets a new name, so that it shares nothing with others."""
        self.language = language_of(request.headers.get("accept-language"), request.query_params.get("lang"))

    def toast(self, key: str, *parts: object) -> gr.Error:
        """An error with one of the page's texts."""
        return _toast(translate(key, self.language, *parts))

    @contextlib.contextmanager
    def told_of_errors(self) -> Iterator[None]:
        """Turn named errors into toasts in the visitor's language."""
        try:
            yield
        except StoppedError as error:
            raise self.toast("error.stopped") from error
        except QueueFullError as error:
            raise self.toast("error.busy", error.ahead) from error
        except TooManyForClientError as error:
            raise self.toast("error.too_many", error.waiting) from error
        except AnimeganError as error:
            text = error_text(error, self.language)
            if isinstance(error, WeightsUnavailableError):
                built_in = [
                    style_name(each, self.language) for each in list_styles() if isinstance(each.source, BuiltIn)
                ]
                listed = translate("list", self.language).join(built_in)
                text = f"{text} {translate('error.offline', self.language, listed)}"
            raise _toast(text) from error


@contextlib.contextmanager
def unless_stopped() -> Iterator[None]:
    """Go on quietly after a run that was stopped for another one."""
    try:
        yield
    except gr.Error as error:
        if not isinstance(error.__cause__, StoppedError):
            raise


def save_pair(before: Picture, after: Picture, folder: Path) -> dict[str, Any]:
    """Write what a slider shows."""
    return pair_of(save(before, folder / "before.jpg"), save(after, folder / "after.jpg"))


def pair_of(before: Path, after: Path) -> dict[str, Any]:
    """The value of a slider; Gradio adds the files' addresses."""
    return {name: FileData(path=str(path)).model_dump() for name, path in (("before", before), ("after", after))}


def ready(file: Path, kind: str, width: int, height: int, language: str) -> dict:
    """The update of a download button whose file is there; ``kind`` is what it is called on the button."""
    megabytes = f"{max(0.1, file.stat().st_size / 1e6):.1f}"
    label = translate("download.file", language, kind, width, height, megabytes)
    return gr.update(label=label, value=str(file), interactive=True)


def _toast(text: str) -> gr.Error:
    return gr.Error(html.escape(text, quote=False), print_exception=False)  # toasts render HTML
