"""Three documented endpoints for programs. Their names and the order of their parameters must not change."""

from __future__ import annotations

import inspect
from typing import Any

import gradio as gr

import animegan
from animegan.options import ON_PAGE
from animegan.page.serving.runs import PageState, Photo, error_toast, errors_as_toasts, options_from_page, session_of
from animegan.page.tabs.draw import PROGRESS

STYLIZE = """Draw a photo as anime and give it back at its own size, as PNG, with a report.

Args:
    photo: a picture: JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF, at most 50 megapixels.
{settings}

Returns:
    The picture, and style, size, faces, quality, repair and seconds.
"""


class Api:
    """The documented endpoints of one page."""

    def __init__(self, state: PageState):
        self._state = state
        self.stylize = self._stylize_with_named_settings()

    def _stylize_with_named_settings(self) -> Any:
        """Return ``_stylize`` with one named parameter per setting of the page, so that Gradio can describe them."""

        def stylize(*arguments: Any) -> tuple[str, dict]:
            photo, *settings, request, progress = arguments
            return self._stylize(photo, settings, request, progress)

        kinds = {name: bool if s.choices and not s.page_choices else s.kind for name, s in ON_PAGE.items()}
        types = {"photo": Photo, **kinds, "request": gr.Request}
        parameters = [
            inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind)
            for name, kind in types.items()
        ]
        parameters.append(
            inspect.Parameter(
                "progress", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=PROGRESS, annotation=gr.Progress
            )
        )
        stylize.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        stylize.__annotations__ = {**types, "progress": gr.Progress, "return": tuple[str, dict]}
        lines = (f"    {name}: {setting.page_help or setting.help}" for name, setting in ON_PAGE.items())
        stylize.__doc__ = STYLIZE.format(settings="\n".join(lines))
        return stylize

    def _stylize(
        self, photo: Photo, settings: list[Any], request: gr.Request, progress: gr.Progress
    ) -> tuple[str, dict]:
        with self._state.run(photo, request, progress, stays=False) as run:
            result = run.draw(options_from_page(*settings))
            folder = self._state.sessions.folder(session_of(request))
            path = animegan.save(result.image, folder / f"{run.session.name}-{result.style}.png")
            return str(path), result.to_dict()

    def styles(self) -> list[dict]:
        """Every style: id, label, caption, what it is good for, source, licence, and whether its weights are here."""
        listed = [{**style.to_dict(), "at_hand": animegan.at_hand(style)} for style in animegan.list_styles()]
        for style in listed:
            style["source"].pop("path", None)  # folders of this machine are nobody else's business
        return listed

    def crop(self, photo: Photo, request: gr.Request) -> dict[str, list[int]]:
        """Head-and-shoulders crops of the largest face, as left, top, right, bottom in pixels: portrait (4:5) and
        square.

        Args:
            photo: a picture.

        Returns:
            The crops; none where no face is found.
        """
        if photo is None:
            raise error_toast(request, "error.no_photo")
        self._state.own_upload(session_of(request), photo)
        with errors_as_toasts(request):
            return {shape: list(box) for shape, box in self._state.pipeline.suggest_crop(photo).items()}
