"""The tab Draw: a photo is chosen, drawn at once, and again after every change, and downloaded."""

from __future__ import annotations

from typing import Any

import gradio as gr

from animegan.examples import example_photos
from animegan.page.captions import card_styles
from animegan.page.downloads import kinds_of
from animegan.page.events import QUIET, UNQUEUED, WORK
from animegan.page.gradio_private import hand_on_files
from animegan.page.serving.runs import PageState
from animegan.page.settings import ON_PAGE, PageSetting
from animegan.page.tabs import strip
from animegan.page.tabs.draw_events import DrawEvents
from animegan.page.widgets import StyleChooser, before_and_after, choices, labels, pictures, radio, word
from animegan.styles.lookup import list_styles
from animegan.words.texts import translate

SLIDER_STEP = 0.05
PHOTOS = ["image", ".heic", ".heif", ".avif", ".tif", ".tiff"]
"""What the file chooser offers."""
LISTS = tuple(name for name, setting in ON_PAGE.items() if setting.choices)
"""The tab's lists of choices."""
MORE = (
    *("faces", "double", "faces_style", "faces_strength", "chosen_faces"),
    *("faces_only", "scene_only", "people_only", "background_only", "cut_out", "sticker"),
    *("strength", "vividness", "level", "guided"),
)
"""The settings under "More" in the order of the page: faces, who is drawn, how; `ON_PAGE` has the API's order."""
TO_FILE = "async file => { await window.animegan?.%s(file); }"
"""JavaScript that hands the file of the download on to ``screen.js``."""
CHOSEN_FACES = "() => [true, window.animegan.faces()]"
"""JavaScript that switches faces on, and gives the numbers of those that are chosen by their boxes."""


class DrawTab:
    """The components of the tab, and how they hang together; what each event does is in `DrawEvents`."""

    def __init__(self, blocks: gr.Blocks, state: PageState):
        self._controls: dict[str, Any] = {}
        with gr.Row(equal_height=False, elem_id="columns"):
            with gr.Column(scale=5, min_width=300, elem_id="settings"):
                self._photo_and_settings()
            with gr.Column(scale=7, min_width=300, elem_id="drawing"):
                self._drawing()
        self.settings = [self._controls[name] for name in ON_PAGE]
        """The controls of all settings, in the API's order."""
        do = DrawEvents(state, self.chooser)
        self._connect(do)
        lists = [self._controls[name] for name in LISTS]
        localised = [self.style, self.chooser.cards, self._style_line, *lists, self._kind]
        blocks.load(do.localise, self.style, localised, **QUIET)

    def _photo_and_settings(self) -> None:
        """The column with the photo, the styles, and every setting."""
        with gr.Column(elem_id="photo-room"):
            self.photo = hand_on_files(
                gr.Image(
                    label=word("photo"),
                    type="filepath",
                    image_mode=None,
                    buttons=["fullscreen"],
                    elem_id="photo",
                    alt_text=translate("photo.alt", "en"),
                )
            )
            self._crops = pictures("crops", "crops.alt", show_label=False, visible=False)
            with gr.Column(elem_id="examples-room"):
                gr.Examples(
                    [[str(path)] for path in example_photos()],
                    inputs=[self.photo],
                    label=word("examples"),
                    elem_id="examples",
                    cache_examples=False,
                )
        self.chooser = StyleChooser("", card_styles, list_styles)
        self.style = self.chooser.style
        self._style_line = gr.Markdown(list_styles()[0].good_for, elem_id="style-line")
        self._controls["style"] = self.style
        self._controls["enhance"] = _control(ON_PAGE["enhance"])
        with gr.Accordion(word("more"), open=False, elem_id="more"):
            for name in MORE:
                self._controls[name] = _control(ON_PAGE[name])
            self._at_once = gr.Checkbox(True, **labels("at_once"))
        self._controls["crop"] = radio("crop", visible=False)

    def _drawing(self) -> None:
        """The column with before and after, and with the actions for the result."""
        with gr.Column(elem_id="stage"):
            self._pair = before_and_after("slider")
            self._go = gr.Button(word("go"), variant="primary", visible=False, elem_id="go")
            self._stop = gr.Button(word("stop"), elem_id="stop")
        self._done = gr.HTML(word("done.example"), elem_id="done", apply_default_css=False)
        with gr.Row(elem_id="save"):
            self._download = gr.DownloadButton(
                word("download"), variant="primary", interactive=False, elem_id="download", scale=3
            )
            self._share = gr.Button(word("share"), elem_id="share", min_width=80, scale=1)
            self._copy = gr.Button(word("copy"), elem_id="copy", min_width=80, scale=1)
        self._kind = self._controls["kind"] = gr.Radio(
            choices("kind", only=kinds_of(None)), value="png", **labels("kind"), elem_classes="chips"
        )
        with gr.Row(elem_id="next"):
            self._another = gr.UploadButton(
                word("another"), file_types=PHOTOS, size="sm", variant="secondary", elem_id="another"
            )
            self._again = gr.Button(word("again"), size="sm", elem_id="again")
        self._strip = strip.build()

    def _connect(self, do: DrawEvents) -> None:
        inputs, crop, faces = [self.photo, *self.settings], self._controls["crop"], self._controls["chosen_faces"]
        outputs = [self._pair, self._done, self._download, self._kind, self._go]
        shown: dict[str, Any] = {"outputs": outputs, "show_progress_on": [self._pair], **WORK}
        at_once = {"fn": do.draw_at_once, "inputs": [*inputs, self._at_once], **shown}

        pressed = self._go.click(do.draw_now, inputs, **shown)
        changed = gr.on(self._changes(), trigger_mode="always_last", **at_once)
        cropped = self._crops.select(do.chosen_crop, None, [crop, faces], **UNQUEUED).then(**at_once)
        picked = self._pair.select(None, None, [self._controls["faces"], faces], js=CHOSEN_FACES, **UNQUEUED)
        picked = picked.then(trigger_mode="always_last", **at_once)
        replaced = self.photo.change(
            do.new_photo,
            [self.photo, crop, faces],
            [self._crops, crop, faces, *outputs],
            cancels=[pressed, changed, cropped, picked],
            js=strip.BEGIN,
            **UNQUEUED,
        )
        drawn = replaced.then(trigger_mode="always_last", **at_once)
        offered = drawn.then(do.offer_crops, self.photo, self._crops, **QUIET)
        carded = offered.then(do.draw_cards, [self.photo, self.style], self.chooser.cards, **QUIET)
        carded.then(self.chooser.mark, self.style, self.chooser.cards, **UNQUEUED)  # other pictures unmark the chosen
        runs: list[Any] = [pressed, changed, cropped, picked, drawn]
        written = [run.success(do.prepare, self._kind, self._download, **QUIET) for run in runs]
        written.append(self._kind.input(do.prepare, self._kind, self._download, **QUIET))
        for each in written:
            strip.keep(each, self.photo, self._pair, self._download, *self.settings)
        strip.connect(self._strip, self.photo, self.settings, self._kind)
        self.style.change(do.about, self.style, self._style_line, **UNQUEUED)
        self._stop.click(do.stop, None, [self._done, self._go], cancels=runs, **UNQUEUED)
        self._another.upload(None, self._another, self.photo, js="file => file", **UNQUEUED)
        self._again.click(do.use_result, None, self.photo, **QUIET)
        for button, name in ((self._share, "share"), (self._copy, "copy")):
            button.click(None, self._download, None, js=TO_FILE % name, **UNQUEUED)

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
