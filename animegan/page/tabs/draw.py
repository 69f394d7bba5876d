"""Handles what visitors do on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

import animegan
from animegan.examples import card
from animegan.page.assets import card_styles
from animegan.page.captions import LISTS, about, choices, describe, style_caption, style_choices, style_name
from animegan.page.serving.runs import (
    CLIP,
    CLIP_FRAME,
    PageState,
    Photo,
    error_toast,
    errors_as_toasts,
    language_of,
    options_from_page,
    session_of,
)
from animegan.page.serving.sessions import Session
from animegan.page.serving.turns import StoppedError
from animegan.styles.lookup import find_style
from animegan.words.messages import Message
from animegan.words.texts import render, translate

PREVIEW_SIDE = 2048
"""Pixels: long side of the pictures in the slider; the download has the photo's own size."""
GALLERY_SIDE = 1024
"""Pixels: long side of the photo when it is drawn in every style."""
CROP_PREVIEW_SIDE = 320

# Gradio recognises the progress parameter by its default value, and the request by its type.
PROGRESS = gr.Progress()


class Events:
    """The page's private events; each returns the values of its output components."""

    def __init__(self, state: PageState):
        self._state = state

    def draw_now(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle the button; ``values`` are the photo and the settings."""
        return self._draw(values[0], values[1:], request, progress)

    def draw_at_once(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle a changed photo or setting; ``values`` are the photo, the settings, and the switch for this."""
        photo, *settings, at_once = values
        if photo is None or not at_once:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            return self._draw(photo, tuple(settings), request, progress)
        except gr.Error as error:
            if isinstance(error.__cause__, StoppedError):  # for another photo
                return gr.skip(), gr.skip(), gr.skip()
            raise

    def _draw(self, photo: Photo, settings: tuple, request: gr.Request, progress: gr.Progress) -> tuple:
        """Draw; return before and after, a line about the result, and the download, disabled until it is written."""
        with self._state.run(photo, request, progress) as run:
            run.session.result = result = run.draw(options_from_page(*settings))
            run.session.saved = {}
            folder = self._state.sessions.folder(session_of(request))
            names = ("before", "after")
            pictures = zip(names, result.preview(PREVIEW_SIDE), strict=True)
            pair = tuple(self._state.save(picture, folder / f"{name}.jpg") for name, picture in pictures)
            language = language_of(request)
            writing = gr.update(label=translate("download.writing", language), interactive=False)
            return pair, describe(result, language), writing

    def prepare(self, kind: str, request: gr.Request) -> dict:
        """Write the last result as the chosen kind of file, ready for download."""
        session = self._state.sessions.last(session_of(request))
        if session is None:
            return gr.update(interactive=False)
        with errors_as_toasts(request):
            path = self._written(session, kind, request)
        assert session.result is not None  # because it was just written
        height, width = session.result.image.shape[:2]
        label = f"{translate('download', language_of(request))} · {width} × {height}"
        return gr.update(label=label, value=str(path), interactive=True)

    def _written(self, session: Session, kind: str, request: gr.Request) -> Path:
        result = session.result
        assert result is not None
        if kind not in session.saved:
            name, picture = f"{session.name}-{result.style}", result.image
            file = {
                "png": f"{name}.png",
                "webp": f"{name}.webp",
                "pair": f"{name}-side-by-side.webp",
                "mended": f"{session.name}-mended.png",
                "repair": f"{session.name}-mended-side-by-side.webp",
            }[kind]
            if kind == "pair":
                picture = animegan.side_by_side(result.photo, picture)
            elif kind == "mended":
                picture = result.repaired_photo
            elif kind == "repair":
                picture = animegan.side_by_side(result.photo, result.repaired_photo)
            session.saved[kind] = animegan.save(picture, self._state.sessions.folder(session_of(request)) / file)
        return session.saved[kind]

    def use_result(self, request: gr.Request) -> str:
        """Use the last result as the new photo."""
        session = self._state.sessions.last(session_of(request))
        if session is None:
            raise error_toast(request, "error.no_result")
        with errors_as_toasts(request):
            return str(self._written(session, "png", request))

    def draw_all(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> Iterator[tuple]:
        """Draw the photo in every style whose weights are on this machine, one by one, then all on one sheet."""
        at_hand = [style for style in animegan.list_styles() if animegan.at_hand(style)]
        photo, *settings = values
        language = language_of(request)
        shown: list[tuple[str, str]] = []
        sheet: list[tuple[Any, str]] = []
        with self._state.run(photo, request, progress) as run:
            small = animegan.shrink(run.session.cache.load(), GALLERY_SIDE)
            cache = animegan.PhotoCache(small)
            folder = self._state.sessions.folder(session_of(request))
            for number, style in enumerate(at_hand):

                def on_progress(
                    fraction: float, message: Message, number: int = number, style: animegan.Style = style
                ) -> None:
                    text = f"{style_name(style, language)} · {render(message, language)}"
                    run.report((number + fraction) / len(at_hand), text)

                if number:
                    run.let_others()
                options = options_from_page(*settings).replaced(style=style.id, scale=1)
                result = self._state.pipeline.stylize(cache, options, on_progress=on_progress)
                if not sheet:
                    sheet.append((result.photo, translate("all.photo", "en")))
                    shown.append(
                        (self._state.save(result.photo, folder / "photo.jpg"), translate("all.photo", language))
                    )
                sheet.append((result.image, style.label))
                picture = self._state.save(result.image, folder / f"{style.id}.jpg")
                shown.append((picture, style_caption(style, language)))
                yield shown, gr.update(interactive=False)
            path = animegan.save(animegan.gallery(sheet), folder / f"{run.session.name}-all-styles.png")
        label = translate("all.download", language)
        yield shown, gr.update(label=label, value=str(path), interactive=True)

    def new_photo(self, photo: Photo, request: gr.Request) -> tuple:
        """Handle a new photo, or none: stop the runs for the previous one and hide its crops; without a photo, clear
        the drawing as well.
        """
        visitor = session_of(request)
        self._state.own_upload(visitor, photo)
        self._state.sessions.stop(visitor)
        shown: tuple = (gr.skip(), gr.skip(), gr.skip())
        if photo is None:
            self._state.sessions.drop(visitor)
            shown = (None, "", gr.update(interactive=False))
        return gr.update(visible=False), gr.update(value=None, visible=False), "none", *shown

    def offer_crops(self, photo: Photo, request: gr.Request) -> tuple[dict, dict]:
        """Show a picture of each crop to click, if a face is found."""
        nothing = gr.update(visible=False), gr.update(value=None, visible=False)
        visitor, language = session_of(request), language_of(request)
        if photo is None:
            return nothing
        run = self._state.sessions.begin(visitor)
        try:
            cache = self._state.sessions.open(visitor, photo).cache
            crops = self._state.pipeline.suggest_crop(cache)
            if not crops:
                return nothing
            picture = cache.load()
            boxes = {"none": (0, 0, *picture.shape[1::-1]), **crops}
            folder = self._state.sessions.folder(visitor)
            previews = []
            for label, shape in choices("crop", language):
                left, top, right, bottom = boxes[shape]
                preview = animegan.shrink(picture[top:bottom, left:right], CROP_PREVIEW_SIDE)
                previews.append((self._state.save(preview, folder / f"{shape}.webp"), label))
        except animegan.AnimeganError:  # the event that draws the same photo reports it
            self._state.sessions.drop(visitor)
            return nothing
        finally:
            self._state.sessions.end(visitor, run)
        return gr.update(visible=True), gr.update(value=previews, visible=True, selected_index=0)

    def chosen_crop(self, event: gr.SelectData) -> str:
        """Return the crop whose picture was clicked."""
        return choices("crop")[event.index][1]

    def chosen_card(self, event: gr.SelectData) -> str:
        """Return the style whose picture was clicked."""
        return card_styles()[event.index].id

    def chosen_of_all(self, event: gr.SelectData) -> tuple[Any, Any]:
        """Return the style whose drawing was clicked on the tab of all styles, and select the tab that draws it."""
        at_hand = [style.id for style in animegan.list_styles() if animegan.at_hand(style)]
        if not 1 <= event.index <= len(at_hand):
            return gr.skip(), gr.skip()
        return at_hand[event.index - 1], gr.update(selected="draw")

    def stop(self, request: gr.Request) -> str:
        """Stop the visitor's runs."""
        self._state.sessions.stop(session_of(request))
        return translate("error.stopped", language_of(request))

    def leave(self, request: gr.Request) -> None:
        """Handle the closing of the page."""
        visitor = session_of(request)
        self._state.live.close(visitor)
        for name in ("", CLIP, CLIP_FRAME):
            self._state.sessions.leave(visitor + name)

    def about(self, style: str, request: gr.Request) -> tuple[str, dict]:
        """Return the description of the style, and mark its picture."""
        return about(find_style(style), language_of(request)), gr.update(selected_index=_card_index(style))

    def localise(self, style: str, request: gr.Request) -> list[Any]:
        """Translate what gradio's own I18n does not reach: names of styles, captions, and the choices of lists."""
        language = language_of(request)
        cards = [(str(card(each.id)), style_caption(each, language)) for each in card_styles()]
        return [
            gr.update(choices=style_choices(language)),
            gr.update(value=cards, selected_index=_card_index(style)),
            about(find_style(style), language),
            *(gr.update(choices=choices(each, language)) for each in LISTS),
        ]


def _card_index(style: str) -> int | None:
    return next((n for n, each in enumerate(card_styles()) if each.id == style), None)
