"""The tab Draw: a photo is chosen, drawn at once, and again after every change, and downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from animegan.errors import AnimeganError
from animegan.examples import example_photos
from animegan.images.files import save
from animegan.images.resize import shrink
from animegan.images.sheets import side_by_side
from animegan.page.captions import about, card_styles, describe
from animegan.page.events import PROGRESS, QUIET, UNQUEUED, WORK, Photo, Visitor, ready, save_pair, unless_stopped
from animegan.page.gradio_private import hand_on_files
from animegan.page.serving.runs import PageState
from animegan.page.serving.sessions import Session
from animegan.page.settings import ON_PAGE, PageSetting, options_of
from animegan.page.widgets import StyleChooser, before_and_after, choices, go_and_stop, labels, pictures, radio, word
from animegan.styles.lookup import find_style, list_styles
from animegan.words.texts import translate

PREVIEW_SIDE = 2048
"""Pixels: long side of the pictures in the slider; the download has the photo's own size."""
CROP_PREVIEW_SIDE = 320
SLIDER_STEP = 0.05
LISTS = (*(name for name, setting in ON_PAGE.items() if setting.choices), "kind")
"""The tab's lists of choices."""


class DrawTab:
    """The components of the tab, and what each event does to them."""

    def __init__(self, blocks: gr.Blocks, state: PageState):
        self._controls: dict[str, Any] = {}
        with gr.Row(equal_height=False, elem_id="columns"):
            with gr.Column(scale=5, min_width=300, elem_id="settings"):
                self._photo_and_settings()
            with gr.Column(scale=7, min_width=300, elem_id="drawing"):
                self._drawing()
        self.settings = [self._controls[name] for name in ON_PAGE]
        """The controls of all settings, in the API's order."""
        do = DrawEvents(state, self._chooser)
        self._connect(do)
        lists = [self._controls[name] for name in LISTS]
        localised = [self.style, self._chooser.cards, self._style_line, *lists]
        blocks.load(do.localise, self.style, localised, **QUIET)

    def _photo_and_settings(self) -> None:
        """The column with the photo, the styles, and every setting."""
        self.photo = hand_on_files(
            gr.Image(
                label=word("photo"),
                type="filepath",
                image_mode=None,
                height=320,
                buttons=["fullscreen"],
                elem_id="photo",
                alt_text=translate("photo.alt", "en"),
            )
        )
        gr.Examples(
            [[str(path)] for path in example_photos()],
            inputs=[self.photo],
            label=word("examples"),
            elem_id="examples",
            cache_examples=False,
        )
        self._crops_title = gr.Markdown(word("crops"), visible=False, elem_id="crops-title")
        self._crops = pictures("crops", "crops.alt", show_label=False, visible=False)
        self._chooser = StyleChooser("", card_styles, list_styles)
        self.style = self._chooser.style
        self._style_line = gr.Markdown(list_styles()[0].good_for, elem_id="style-line")
        self._controls["style"] = self.style
        rest = [setting for name, setting in ON_PAGE.items() if name not in ("style", "crop")]
        for setting in rest:
            if not setting.is_advanced:
                self._controls[setting.name] = _control(setting)
        with gr.Accordion(word("more"), open=False, elem_id="more"):
            for setting in rest:
                if setting.is_advanced:
                    self._controls[setting.name] = _control(setting)
            self._at_once = gr.Checkbox(True, **labels("at_once"))
        self._controls["crop"] = radio("crop", visible=False)

    def _drawing(self) -> None:
        """The column with before and after, and with the actions for the result."""
        self._pair = before_and_after("slider", "slider", 640)
        self._done = gr.Markdown(word("done.example"), elem_id="done")
        self._go, self._stop = go_and_stop()
        with gr.Row():
            self._kind = self._controls["kind"] = radio("kind")
            self._download = gr.DownloadButton(word("download"), interactive=False, elem_id="download")
        with gr.Row():
            self._another = gr.Button(word("another"), size="sm", elem_id="another")
            self._again = gr.Button(word("again"), size="sm", elem_id="again")

    def _connect(self, do: DrawEvents) -> None:
        inputs, crop = [self.photo, *self.settings], self._controls["crop"]
        crops = [self._crops_title, self._crops]
        outputs = [self._pair, self._done, self._download]
        shown: dict[str, Any] = {"outputs": outputs, "show_progress_on": [self._pair], **WORK}
        at_once = {"fn": do.draw_at_once, "inputs": [*inputs, self._at_once], **shown}

        pressed = self._go.click(do.draw_now, inputs, **shown)
        changed = gr.on(self._changes(), trigger_mode="always_last", **at_once)
        cropped = self._crops.select(do.chosen_crop, None, crop, **UNQUEUED).then(**at_once)
        replaced = self.photo.change(
            do.new_photo, self.photo, [*crops, crop, *outputs], cancels=[pressed, changed, cropped], **UNQUEUED
        )
        drawn = replaced.then(trigger_mode="always_last", **at_once)
        drawn.then(do.offer_crops, self.photo, crops, **QUIET)
        runs: list[Any] = [pressed, changed, cropped, drawn]
        for run in runs:
            run.success(do.prepare, self._kind, self._download, **QUIET)
        self._kind.input(do.prepare, self._kind, self._download, **QUIET)
        self.style.change(do.about, self.style, self._style_line, **UNQUEUED)
        self._stop.click(do.stop, None, self._done, cancels=runs, **UNQUEUED)
        self._another.click(lambda: None, None, self.photo, **UNQUEUED)
        self._again.click(do.use_result, None, self.photo, **QUIET)

    def _changes(self) -> list[Any]:
        """The events after which the photo is drawn again. Crops have their own event: a click on a picture."""
        controls = [self._controls[name] for name in ON_PAGE if name != "crop"]
        return [_change(each) for each in (*controls, self._at_once)]


def _change(control: Any) -> Any:
    """The event after which a control has a new value; of a text, once it is entered."""
    if isinstance(control, gr.Textbox):
        return control.submit
    return control.change if isinstance(control, (gr.Dropdown, gr.Slider)) else control.input


def _control(setting: PageSetting) -> gr.Radio | gr.Checkbox | gr.Slider | gr.Textbox:
    """The control of a setting: a list of choices, a text, a switch, or a slider."""
    if setting.choices:
        return radio(setting.name)
    option = setting.setting
    if setting.is_text:
        return gr.Textbox("", max_lines=1, **labels(setting.name))
    if setting.kind is bool:
        return gr.Checkbox(option.default is True, **labels(setting.name))
    return gr.Slider(option.low, option.high, option.default, step=SLIDER_STEP, **labels(setting.name))


class DrawEvents:
    """What the events do; each returns the values of its output components."""

    def __init__(self, state: PageState, chooser: StyleChooser):
        self._state, self._chooser = state, chooser

    def draw_now(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle the button; ``values`` are the photo and the settings."""
        return self._draw(values[0], values[1:], Visitor(request), progress)

    def draw_at_once(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple:
        """Handle a changed photo or setting; ``values`` are the photo, the settings, and the switch for this."""
        photo, *settings, at_once = values
        if photo is not None and at_once:
            with unless_stopped():  # for another photo
                return self._draw(photo, tuple(settings), Visitor(request), progress)
        return gr.skip(), gr.skip(), gr.skip()

    def _draw(self, photo: Photo, settings: tuple, visitor: Visitor, progress: gr.Progress) -> tuple:
        """Draw; return before and after, a line about the result, and the download, disabled until it is written."""
        with self._state.run(photo, visitor, progress) as run:
            run.session.result = result = run.draw(options_of(*settings))
            run.session.saved = {}
            folder = self._state.sessions.folder(visitor.session)
            pair = save_pair(*result.preview(PREVIEW_SIDE), folder)
            writing = gr.update(label=translate("download.writing", run.language), interactive=False)
            return pair, describe(result, run.language), writing

    def prepare(self, kind: str, request: gr.Request) -> dict:
        """Write the last result as the chosen kind of file, ready for download."""
        visitor = Visitor(request)
        session = self._state.sessions.last(visitor.session)
        if session is None or session.result is None:
            return gr.update(interactive=False)
        with visitor.told_of_errors():
            path = self._written(session, kind, visitor)
        height, width = session.result.image.shape[:2]
        return ready(path, width, height, visitor.language)

    def _written(self, session: Session, kind: str, visitor: Visitor) -> Path:
        result = session.result
        assert result is not None
        if kind not in session.saved:
            name = f"{session.name}-{result.style}"
            file, picture = {
                "png": (f"{name}.png", lambda: result.pixels),
                "jpg": (f"{name}.jpg", lambda: result.pixels),
                "webp": (f"{name}.webp", lambda: result.pixels),
                "pair": (f"{name}-side-by-side.webp", lambda: side_by_side(*result.preview(max(result.image.shape)))),
                "repaired": (f"{session.name}-repaired.png", lambda: result.with_alpha(result.repaired_photo)),
                "repair": (
                    f"{session.name}-repaired-side-by-side.webp",
                    lambda: side_by_side(result.photo, result.repaired_photo),
                ),
            }[kind]
            session.saved[kind] = save(picture(), self._state.sessions.folder(visitor.session) / file)
        return session.saved[kind]

    def use_result(self, request: gr.Request) -> str:
        """Use the last result as the new photo."""
        visitor = Visitor(request)
        session = self._state.sessions.last(visitor.session)
        if session is None:
            raise visitor.toast("error.no_result")
        with visitor.told_of_errors():
            return str(self._written(session, "png", visitor))

    def new_photo(self, photo: Photo, request: gr.Request) -> tuple:
        """Stop the runs for the photo before, and hide its crops; without a photo, clear the drawing as well."""
        session = Visitor(request).session
        self._state.own_upload(session, photo)
        self._state.sessions.stop(session)
        shown: tuple = (gr.skip(), gr.skip(), gr.skip())
        if photo is None:
            self._state.sessions.drop(session)
            shown = (None, "", gr.update(interactive=False))
        return gr.update(visible=False), gr.update(value=None, visible=False), "none", *shown

    def offer_crops(self, photo: Photo, request: gr.Request) -> tuple[dict, dict]:
        """Show a picture of each crop to click, if a face is found."""
        nothing = gr.update(visible=False), gr.update(value=None, visible=False)
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
        return gr.update(visible=True), gr.update(value=previews, visible=True, selected_index=0)

    def chosen_crop(self, event: gr.SelectData) -> str:
        """The crop whose picture was clicked."""
        return choices("crop")[event.index][1]

    def stop(self, request: gr.Request) -> str:
        """Stop the visitor's runs."""
        visitor = Visitor(request)
        self._state.sessions.stop(visitor.session)
        return translate("error.stopped", visitor.language)

    def about(self, style: str, request: gr.Request) -> str:
        """The description of a style."""
        return about(find_style(style), Visitor(request).language)

    def localise(self, style: str, request: gr.Request) -> list[Any]:
        """Translate what Gradio's own I18n does not reach: names of styles, captions, and the choices of lists."""
        language = Visitor(request).language
        lists = [gr.update(choices=choices(name, language)) for name in LISTS]
        return [*self._chooser.localised(style, language), about(find_style(style), language), *lists]
