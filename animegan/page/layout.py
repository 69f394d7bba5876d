"""The components of the page, and the events that they trigger."""

from __future__ import annotations

from typing import Any

import gradio as gr

import animegan
from animegan.examples import CARDS, card, example_photos
from animegan.options import ON_PAGE, Setting
from animegan.page.api import Api
from animegan.page.assets import card_styles
from animegan.page.captions import LISTS, choices
from animegan.page.gradio_private import hand_on_files
from animegan.page.serving.runs import PageState, on_zero_gpu
from animegan.page.tabs import live as live_tab
from animegan.page.tabs import video as video_tab
from animegan.page.tabs.draw import Events
from animegan.page.tabs.own_style import OwnStyle
from animegan.page.theme import snippets_script
from animegan.words import texts
from animegan.words.languages import LANGUAGES
from animegan.words.texts import translate

KEEP_SECONDS = 3600
"""A visitor's files are deleted when the page is closed, and after this time at the latest."""
SWEEP_SECONDS = 300
SLIDER_AT = 22
"""Per cent from the left at which the slider starts, so that visitors first see the drawing."""

Parts = dict[str, Any]
"""Components by name."""
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
# Runs wait for the model in `animegan.page.serving.turns`, which is fair; gradio's queue is first in, first out.
WORK: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "private"}


class Layout:
    """The components of one page and their events."""

    def __init__(self, state: PageState):
        self.i18n = gr.I18n(**texts.translations())
        self._state = state
        self._events = Events(state)

    def word(self, key: str) -> Any:
        """Return one of the page's texts; the browser chooses the language."""
        return self.i18n(texts.flat(key))

    def build(self) -> gr.Blocks:
        """Build the whole page."""
        with gr.Blocks(
            title="animegan: a photo becomes anime", analytics_enabled=False, delete_cache=(SWEEP_SECONDS, KEEP_SECONDS)
        ) as blocks:
            gr.HTML(self.word("title"), elem_id="title", html_template="<h1>${value}</h1>")
            gr.Markdown(self.word("tagline"), elem_id="tagline")
            with gr.Tabs(elem_id="tabs") as tabs:
                with gr.Tab(self.word("tab.draw"), id="draw"):
                    parts = self._draw_tab()
                with gr.Tab(self.word("tab.all"), id="all"):
                    self._all_tab(parts, tabs)
                if not on_zero_gpu():  # with ZeroGPU, only single runs have a GPU
                    with gr.Tab(self.word("tab.video"), id="video") as video:
                        video_tab.build(self, self._state, video)
                    with gr.Tab(self.word("tab.live"), id="live") as live:
                        live_tab.build(self, self._state, live)
                if self._state.workshop is not None:
                    with gr.Tab(self.word("tab.own"), id="own"):
                        own = OwnStyle(self._state, self._state.workshop, self.word)
                        own.build()
                        own.connect(blocks, parts["style"], tabs)
                with gr.Tab(self.word("tab.elsewhere"), id="elsewhere"):
                    snippets = self._elsewhere_tab()
            gr.Markdown(self.word("small"), elem_id="small")
            self._draw_events(parts)
            self._api(parts)
            localised = [parts[name] for name in ("style", "cards", "style_line", *LISTS)]
            blocks.load(self._events.localise, parts["style"], localised, **QUIET)
            blocks.load(None, None, snippets, js=snippets_script())
            blocks.unload(self._events.leave)
        blocks.queue()
        return blocks

    def _draw_tab(self) -> Parts:
        """Build the first tab."""
        with gr.Row(equal_height=False, elem_id="columns"):
            with gr.Column(scale=5, min_width=300, elem_id="settings"):
                parts = self._settings_column()
            with gr.Column(scale=7, min_width=300, elem_id="drawing"):
                parts |= self._drawing_column()
        return parts

    def _settings_column(self) -> Parts:
        """Build the column with the photo, the styles, and every setting."""
        p: Parts = {"photo": self._photo()}
        gr.Examples(
            [[str(path)] for path in example_photos()],
            inputs=[p["photo"]],
            label=self.word("examples"),  # type: ignore[arg-type]  # gradio takes its I18n for any text
            elem_id="examples",
            cache_examples=False,
        )
        p["crops_title"] = gr.Markdown(self.word("crops"), visible=False, elem_id="crops-title")
        p["crops"] = self.pictures("crops", "crops.alt", visible=False)
        cards = [(str(card(style.id)), f"{style.label} · {style.caption}") for style in card_styles()]
        p["cards"] = self.pictures("cards", "styles", value=cards, selected_index=0)
        styles = animegan.list_styles()
        named = [(style.label, style.id) for style in styles]
        p["style"] = gr.Dropdown(named, value=named[0][1], label=self.word("style"), elem_id="style")
        p["style_line"] = gr.Markdown(styles[0].good_for, elem_id="style-line")
        rest = {name: setting for name, setting in ON_PAGE.items() if name not in ("style", "crop")}
        p |= {name: self._control(name, setting) for name, setting in rest.items() if not setting.advanced}
        with gr.Accordion(self.word("more"), open=False, elem_id="more"):
            p |= {name: self._control(name, setting) for name, setting in rest.items() if setting.advanced}
            p["at_once"] = gr.Checkbox(True, **self.labels("at_once"))
        p["crop"] = gr.Radio(choices("crop"), value="none", label=self.word("crop"), visible=False, elem_id="crop")
        return p

    def _drawing_column(self) -> Parts:
        """Build the column with before and after, and with the actions for the result."""
        p: Parts = {}
        p["slider"] = gr.ImageSlider(
            value=(str(CARDS / "example-before.webp"), str(CARDS / "example-after.webp")),
            label=self.word("slider"),
            buttons=["fullscreen"],
            slider_position=SLIDER_AT,
            max_height=640,
            elem_id="slider",
            interactive=False,
        )
        p["done"] = gr.Markdown(self.word("done.example"), elem_id="done")
        with gr.Row():
            p["go"] = gr.Button(self.word("go"), variant="primary", size="lg", elem_id="go", scale=3)
            p["stop"] = gr.Button(self.word("stop"), size="lg", elem_id="stop", scale=1, min_width=100)
        with gr.Row():
            p["kind"] = gr.Radio(choices("kind"), value="png", **self.labels("kind"))
            p["download"] = gr.DownloadButton(self.word("download"), interactive=False, elem_id="download")
        with gr.Row():
            p["another"] = gr.Button(self.word("another"), size="sm", elem_id="another")
            p["again"] = gr.Button(self.word("again"), size="sm", elem_id="again")
        return p

    def labels(self, name: str) -> dict[str, Any]:
        """Return the label, the help and the id of a control."""
        info = self.word(f"{name}.info") if f"{name}.info" in LANGUAGES[texts.DEFAULT].texts else None
        return {"label": self.word(name), "info": info, "elem_id": name.replace("_", "-")}

    def _control(self, name: str, setting: Setting) -> gr.Radio | gr.Checkbox | gr.Slider:
        """Create the control of a setting: a list of choices, a switch, or a slider, depending on its description."""
        if setting.page_choices:
            return gr.Radio(choices(name), value=setting.page_choices[0], **self.labels(name))
        if setting.choices or setting.kind is bool:  # a switch; for two choices, off is the first
            return gr.Checkbox(setting.default is True, **self.labels(name))
        return gr.Slider(setting.low, setting.high, setting.default, step=setting.step, **self.labels(name))

    def _photo(self) -> gr.Image:
        return hand_on_files(
            gr.Image(
                label=self.word("photo"),
                type="filepath",
                image_mode=None,
                height=320,
                buttons=["fullscreen"],
                elem_id="photo",
                alt_text=translate("photo.alt", "en"),
            )
        )

    def pictures(self, elem_id: str, label: str, **settings: Any) -> gr.Gallery:
        """Create a few pictures to choose from by a click."""
        return gr.Gallery(
            label=self.word(label),
            show_label=False,
            columns=3,
            height="auto",
            object_fit="contain",
            preview=False,
            allow_preview=False,
            buttons=[],
            interactive=False,
            elem_id=elem_id,
            **settings,
        )

    def _draw_events(self, p: Parts) -> None:
        """Connect the events of the first tab."""
        do, settings = self._events, [p[name] for name in ON_PAGE]
        shown = {"outputs": [p["slider"], p["done"], p["download"]], "show_progress_on": [p["slider"]]}
        at_once = {"fn": do.draw_at_once, "inputs": [p["photo"], *settings, p["at_once"]], **shown, **WORK}

        pressed = p["go"].click(do.draw_now, [p["photo"], *settings], **shown, **WORK)
        changed = gr.on(self._changes(p), trigger_mode="always_last", **at_once)
        cropped = p["crops"].select(do.chosen_crop, None, p["crop"], queue=False, **QUIET).then(**at_once)
        crops = [p["crops_title"], p["crops"]]
        replaced = p["photo"].change(
            do.new_photo,
            p["photo"],
            [*crops, p["crop"], *shown["outputs"]],
            queue=False,
            cancels=[pressed, changed, cropped],
            **QUIET,
        )
        drawn = replaced.then(trigger_mode="always_last", **at_once)
        drawn.then(do.offer_crops, p["photo"], crops, **QUIET)
        for run in (pressed, changed, cropped, drawn):
            run.success(do.prepare, p["kind"], p["download"], **QUIET)
        p["kind"].input(do.prepare, p["kind"], p["download"], **QUIET)

        p["style"].change(do.about, p["style"], [p["style_line"], p["cards"]], queue=False, **QUIET)
        p["cards"].select(do.chosen_card, None, p["style"], queue=False, **QUIET)
        p["stop"].click(do.stop, None, p["done"], queue=False, cancels=[pressed, changed, cropped, drawn], **QUIET)
        p["another"].click(lambda: None, None, p["photo"], queue=False, **QUIET)
        p["again"].click(do.use_result, None, p["photo"], **QUIET)

    def _changes(self, p: Parts) -> list[Any]:
        """Return the events after which the photo is drawn again. Crops have their own event: a click on a picture."""
        controls = [p[name] for name in (*ON_PAGE, "at_once") if name != "crop"]
        of_values = (gr.Dropdown, gr.Slider)
        return [each.change if isinstance(each, of_values) else each.input for each in controls]

    def _all_tab(self, p: Parts, tabs: gr.Tabs) -> None:
        """Build the tab that draws the photo in every style."""
        gr.Markdown(self.word("all.info"), elem_id="all-info")
        go = gr.Button(self.word("all"), variant="primary", elem_id="all")
        gallery = gr.Gallery(
            label=self.word("all.gallery"),
            columns=2,
            height="auto",
            object_fit="contain",
            allow_preview=False,
            buttons=[],
            interactive=False,
            elem_id="gallery",
        )
        sheet = gr.DownloadButton(self.word("all.download"), interactive=False, elem_id="sheet")
        inputs = [p["photo"], *(p[name] for name in ON_PAGE)]
        go.click(self._events.draw_all, inputs, [gallery, sheet], show_progress_on=[gallery], **WORK)
        gallery.select(self._events.chosen_of_all, None, [p["style"], tabs], queue=False, **QUIET)

    def _elsewhere_tab(self) -> list[gr.Code]:
        """Build the tab with code to copy; the browser fills in the page's address when it opens."""
        gr.Markdown(self.word("elsewhere"), elem_id="elsewhere")
        return [
            gr.Code(
                label=self.word(f"elsewhere.{name}"),
                language=language,  # type: ignore[arg-type]
                interactive=False,
                elem_id=f"snippet-{name}",
            )
            for name, language in (("iframe", "html"), ("component", "html"), ("embed", "html"), ("python", "python"))
        ]

    def _api(self, p: Parts) -> None:
        """Connect the endpoints for programs."""
        api = Api(self._state)
        with gr.Row(visible=False):
            trigger = gr.Button()
            picture, report = gr.File(label="The picture"), gr.JSON(label="The report")
            listed, crops = gr.JSON(label="The styles"), gr.JSON(label="The crops")
        inputs = [p["photo"], *(p[name] for name in ON_PAGE)]
        trigger.click(api.stylize, inputs, [picture, report], api_name="stylize", concurrency_limit=None)
        trigger.click(api.styles, None, listed, api_name="styles", queue=False)
        trigger.click(api.crop, p["photo"], crops, api_name="crop")
