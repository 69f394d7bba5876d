"""What the events of the tab Draw do; each returns the values of its output components."""

from __future__ import annotations

import contextlib
import html
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from animegan.errors import AnimeganError
from animegan.images.files import save
from animegan.images.resize import shrink
from animegan.options import Options
from animegan.page.captions import about, carded_styles, describe, why
from animegan.page.downloads import KINDS, kinds_of, write
from animegan.page.events import PROGRESS, Photo, Visitor, ready, save_pair
from animegan.page.serving.runs import PageState
from animegan.page.serving.sessions import Session
from animegan.page.serving.turns import StoppedError
from animegan.page.settings import ON_PAGE, options_of
from animegan.page.widgets import StyleChooser, choices
from animegan.pipeline.result import Result
from animegan.styles.lookup import find_style
from animegan.words.texts import translate

PREVIEW_SIDE = 2048
"""Pixels: long side of the pictures in the slider; the download has the photo's own size."""
CROP_PREVIEW_SIDE = 320
CARD_SIDE = 160
"""Pixels: long side of a photo's small drawings."""
UNCHANGED = (gr.skip(),) * 5
"""For before and after, the line below it, the download, its kinds, and the button that draws."""


def line_of(result: Result, language: str, offers_clip: bool, offers_faces: bool = False) -> str:
    """What is said of a result, as HTML: with the figures to open, the offer of a clip where the photo moves, and the
    choice of faces where there are any.
    """
    said, figures = html.escape(describe(result, language)), html.escape(why(result, language))
    asked, offer, choose, done = (
        html.escape(translate(key, language)) for key in ("done.why", "done.moves", "faces.choose", "faces.done")
    )
    parts = [said, f"<details><summary>{asked}</summary><p>{figures}</p></details>"]
    if offers_faces:
        both = f'<span class="closed">{choose}</span><span class="opened">{done}</span>'
        parts.append(f'<button type="button" class="quiet choose-faces" aria-expanded="false">{both}</button>')
    if offers_clip:
        parts.append(f'<button type="button" class="quiet as-clip">{offer}</button>')
    return " ".join(parts)


def boxes_of(result: Result, options: Options, session: Session) -> list[dict[str, Any]]:
    """The faces of a result's photo and which are chosen: number, box in parts of the photo (left, top, right, bottom).

    They are those of the last drawing in which all were looked for.
    """
    if options.faces is True and not options.scene_only:
        session.faces[options.crop] = result.faces
    height, width = result.photo.shape[:2]
    return [
        {
            "number": face.number,
            "box": [min(1.0, max(0.0, side / size)) for side, size in zip(face.box, 2 * (width, height), strict=True)],
            "chosen": bool(options.faces) and (not options.face_numbers or face.number in options.face_numbers),
        }
        for face in session.faces.get(options.crop, [])
    ]


def moves(photo: Photo) -> bool:
    """Whether a file is an animated picture."""
    if not isinstance(photo, str):
        return False
    with contextlib.suppress(OSError, SyntaxError, ValueError), Image.open(photo) as picture:
        return getattr(picture, "is_animated", False)
    return False


class DrawEvents:
    """A visitor's events on the tab."""

    def __init__(self, state: PageState, chooser: StyleChooser):
        self._state, self._chooser = state, chooser

    def draw_now(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle the button; ``values`` are the photo and the settings."""
        return self._draw(values[0], values[1:], Visitor(request), progress)

    def draw_at_once(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle a changed photo or setting; ``values`` are the photo, the settings, and the switch for this."""
        photo, *settings, at_once = values
        if photo is None:
            return UNCHANGED
        if not at_once:
            return (*UNCHANGED[:-1], gr.update(visible=True))
        return self._draw(photo, tuple(settings), Visitor(request), progress)

    def _draw(self, photo: Photo, settings: tuple, visitor: Visitor, progress: gr.Progress) -> tuple:
        """Draw. The download is disabled until it is written; an error is said, and what was drawn before stays."""
        try:
            with self._state.run(photo, visitor, progress) as run:
                options = options_of(*settings)
                run.session.result = result = run.draw(options)
                run.session.saved = {}
                pair = save_pair(*result.preview(PREVIEW_SIDE), self._state.sessions.folder(visitor.session))
                boxes = boxes_of(result, options, run.session)
        except gr.Error as error:
            if isinstance(error.__cause__, StoppedError):  # for another photo, or by the button, which says so
                return UNCHANGED
            said = f'<span class="failed" role="alert">{error.message}</span>'
            return gr.skip(), said, gr.skip(), gr.skip(), gr.update(visible=True)
        writing = gr.update(label=translate("download.writing", run.language), interactive=False)
        kinds = gr.update(choices=choices("kind", run.language, kinds_of(result)))
        line = line_of(result, run.language, self._state.draws_clips and moves(photo), bool(boxes))
        return {**pair, "faces": boxes}, line, writing, kinds, gr.update(visible=False)

    def prepare(self, kind: str | None, request: gr.Request) -> dict:
        """Write the last result as the chosen kind of file, ready for download."""
        visitor = Visitor(request)
        session = self._state.sessions.last(visitor.session)
        if session is None or session.result is None:
            return gr.update(interactive=False)
        with visitor.told_of_errors():
            kind = kind if kind in kinds_of(session.result) else KINDS[0]
            path = self._written(session, kind, visitor)
        with Image.open(path) as picture:
            return ready(path, translate(f"kind.{kind}", visitor.language), *picture.size, visitor.language)

    def _written(self, session: Session, kind: str, visitor: Visitor) -> Path:
        assert session.result is not None
        if kind not in session.saved:
            folder = self._state.sessions.folder(visitor.session)
            session.saved[kind] = write(session.result, kind, session.name, folder)
        return session.saved[kind]

    def use_result(self, request: gr.Request) -> str:
        """Use the last result as the new photo."""
        visitor = Visitor(request)
        session = self._state.sessions.last(visitor.session)
        if session is None:
            raise visitor.toast("error.no_result")
        with visitor.told_of_errors():
            return str(self._written(session, "png", visitor))

    def new_photo(self, photo: Photo, crop: str, faces: str, request: gr.Request) -> tuple:
        """Stop the runs for the photo before, and hide its crops; without one, clear the drawing as well.

        ``crop`` and ``faces`` are those with which it begins.
        """
        session = Visitor(request).session
        self._state.own_upload(session, photo)
        self._state.sessions.stop(session)
        shown: tuple = UNCHANGED
        if photo is None:
            self._state.sessions.drop(session)
            shown = (None, "", gr.update(interactive=False), gr.skip(), gr.update(visible=False))
        return gr.update(value=None, visible=False), crop, faces, *shown

    def offer_crops(self, photo: Photo, request: gr.Request) -> dict:
        """Show a picture of each crop to click, if a face is found."""
        nothing = gr.update(value=None, visible=False)
        visitor, sessions = Visitor(request), self._state.sessions
        if photo is None:
            return nothing
        run = sessions.begin(visitor.session)
        try:
            cache = sessions.open(visitor.session, photo).cache
            crops = self._state.pipeline.suggest_crop(cache)
            if not crops:
                return nothing
            picture, folder = cache.load(), sessions.folder(visitor.session)
            boxes = {"none": (0, 0, *picture.shape[1::-1]), **crops}
            previews = []
            for label, shape in choices("crop", visitor.language):
                left, top, right, bottom = boxes[shape]
                preview = shrink(picture[top:bottom, left:right], CROP_PREVIEW_SIDE)
                previews.append((str(save(preview, folder / f"{shape}.webp")), label))
        except AnimeganError:  # the event that draws the same photo reports it
            sessions.drop(visitor.session)
            return nothing
        finally:
            sessions.end(visitor.session, run)
        return gr.update(value=previews, visible=True, selected_index=0)

    def draw_cards(self, photo: Photo, style: str, request: gr.Request) -> dict:
        """Show small drawings of the visitor's own photo as the pictures of the styles; without a photo, ours."""
        visitor, sessions = Visitor(request), self._state.sessions
        session = sessions.last(visitor.session) if photo is not None else None
        if session is None or session.photo != photo or self._state.lent_gpu is not None:
            return self._chooser.cards_of(style, visitor.language) if photo is None else gr.skip()
        run = sessions.begin(visitor.session)
        try:
            small, folder = shrink(session.cache.load(), CARD_SIDE), sessions.folder(visitor.session)
            for each in carded_styles():
                if run.is_set():
                    return gr.skip()
                if each.id not in session.cards:
                    drawing = self._state.pipeline.draw_frame(small, each.id)
                    session.cards[each.id] = save(drawing, folder / f"{each.id}.webp")
        except AnimeganError:  # the pictures of the page stay
            return gr.skip()
        finally:
            sessions.end(visitor.session, run)
        return self._chooser.cards_of(style, visitor.language, session.cards)

    def chosen_crop(self, event: gr.SelectData) -> tuple[str, str]:
        """The crop whose picture was clicked, and all of its faces."""
        return choices("crop")[event.index][1], ""

    def stop(self, request: gr.Request) -> tuple[str, dict]:
        """Stop the visitor's runs."""
        visitor = Visitor(request)
        self._state.sessions.stop(visitor.session)
        return translate("stopped", visitor.language), gr.update(visible=True)

    def about(self, style: str, request: gr.Request) -> str:
        """The description of a style."""
        return about(find_style(style), Visitor(request).language)

    def localise(self, style: str, request: gr.Request) -> list[Any]:
        """Translate what Gradio's own I18n does not reach: names of styles, captions, and the choices of lists."""
        language = Visitor(request).language
        lists = [gr.update(choices=choices(name, language)) for name, each in ON_PAGE.items() if each.choices]
        kinds = gr.update(choices=choices("kind", language, kinds_of(None)))
        return [*self._chooser.localised(style, language), about(find_style(style), language), *lists, kinds]
