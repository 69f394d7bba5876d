"""The tab Video: a clip is chosen or recorded, a part of it is chosen, and drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from animegan.examples import CARDS, card
from animegan.page.assets import live_styles
from animegan.page.captions import choices, style_caption, style_name
from animegan.page.gradio_private import UPLOAD_LIMIT
from animegan.page.serving.runs import ClipLimits, PageState, language_of
from animegan.page.tabs import clips
from animegan.words.texts import translate

if TYPE_CHECKING:
    from animegan.page.layout import Layout, Parts

QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
WORK: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "private"}


def build(page: Layout, state: PageState, tab: gr.Tab) -> None:
    """Build the tab's components and their events; without PyAV, a sentence that says what to install."""
    if not clips.is_possible():
        gr.Markdown(page.word("video.missing"), elem_id="video-missing")
        return
    with gr.Row(equal_height=False, elem_id="video-columns"):
        with gr.Column(scale=5, min_width=300, elem_id="video-settings"):
            parts = _settings(page, state.clips)
        with gr.Column(scale=7, min_width=300, elem_id="video-drawing"):
            parts |= _drawing(page)
    _events(parts, state, tab)


def _settings(page: Layout, limits: ClipLimits) -> Parts:
    """Build the column with the clip, the styles, and the part to draw."""
    p: Parts = {}
    p["clip"] = gr.Video(
        label=page.word("video.clip"),
        sources=["upload", "webcam"],
        webcam_options=gr.WebcamOptions(mirror=False),
        elem_id="clip",
    )
    p["info"] = gr.Markdown(_info(limits, "en"), elem_id="video-info")
    until = min(limits.seconds, 20.0)
    with gr.Row(elem_id="video-part"):
        seconds: dict[str, Any] = {"minimum": 0, "maximum": until, "step": 0.1, "interactive": False, "min_width": 120}
        p["start"] = gr.Slider(value=0, label=page.word("video.start"), elem_id="video-start", **seconds)
        p["end"] = gr.Slider(value=until, label=page.word("video.end"), elem_id="video-end", **seconds)
    cards = [(str(card(style.id)), f"{style.label} · {style.caption}") for style in live_styles()]
    p["cards"] = page.pictures("video-cards", "styles", value=cards, selected_index=0)
    named = [(style.label, style.id) for style in live_styles()]
    p["style"] = gr.Dropdown(named, value=named[0][1], label=page.word("style"), elem_id="video-style")
    p["how"] = gr.Radio(choices("video_how"), value="careful", **page.labels("video_how"))
    p["steady"] = gr.Checkbox(True, **page.labels("video_steady"))
    return p


def _drawing(page: Layout) -> Parts:
    """Build the column with one frame, the actions, and the result."""
    p: Parts = {}
    p["player"] = gr.Video(
        label=page.word("video.result"), interactive=False, visible=False, buttons=[], elem_id="video-player"
    )
    p["pair"] = gr.ImageSlider(
        value=(str(CARDS / "example-before.webp"), str(CARDS / "example-after.webp")),
        label=page.word("video.frame"),
        buttons=["fullscreen"],
        slider_position=22,
        max_height=520,
        elem_id="video-pair",
        interactive=False,
    )
    p["line"] = gr.Markdown(page.word("done.example"), elem_id="video-line")
    with gr.Row():
        p["go"] = gr.Button(page.word("video.go"), variant="primary", size="lg", elem_id="video-go", scale=3)
        p["stop"] = gr.Button(page.word("stop"), size="lg", elem_id="video-stop", scale=1, min_width=100)
    p["download"] = gr.DownloadButton(page.word("download"), interactive=False, elem_id="video-download")
    return p


def _events(p: Parts, state: PageState, tab: gr.Tab) -> None:
    """Connect the tab's events."""
    do = clips.VideoEvents(state)
    part = [p[name] for name in ("clip", "style", "how", "start", "end")]
    first = {"fn": do.frame_at_start, "inputs": part, "outputs": [p["pair"], p["end"]]}
    last = {"fn": do.frame_at_end, "inputs": part, "outputs": [p["pair"], p["start"]]}
    shown: dict[str, Any] = {"show_progress_on": [p["pair"]], **WORK}

    measured = [p[name] for name in ("line", "start", "end", "player", "download")]
    # Gradio shows no toast for an error of an event that it does not queue.
    p["clip"].change(do.new_clip, p["clip"], measured, show_progress="hidden", **WORK).success(**first, **shown)
    gr.on([p["style"].change, p["how"].input, p["start"].input], trigger_mode="always_last", **first, **shown)
    p["end"].input(trigger_mode="always_last", **last, **shown)
    drawn = p["go"].click(do.draw, [*part, p["steady"]], [p["player"], p["pair"], p["line"], p["download"]], **shown)
    p["stop"].click(do.stop, None, p["line"], cancels=[drawn], **QUIET)

    tab_events = _TabEvents(state)
    p["cards"].select(tab_events.chosen_card, None, p["style"], **QUIET)
    p["style"].change(tab_events.mark_card, p["style"], p["cards"], **QUIET)
    localised = [p[name] for name in ("style", "cards", "how", "info")]
    tab.select(tab_events.localise, p["style"], localised, **QUIET)


class _TabEvents:
    """What the tab's pictures and texts need."""

    def __init__(self, state: PageState):
        self._limits = state.clips

    def chosen_card(self, event: gr.SelectData) -> str:
        """Return the style whose picture was clicked."""
        return live_styles()[event.index].id

    def mark_card(self, style: str) -> dict:
        """Mark the picture of the chosen style."""
        return gr.update(selected_index=_card_index(style))

    def localise(self, style: str, request: gr.Request) -> list[Any]:
        """Translate what gradio's own I18n does not reach."""
        language = language_of(request)
        cards = [(str(card(each.id)), style_caption(each, language)) for each in live_styles()]
        return [
            gr.update(choices=[(style_name(each, language), each.id) for each in live_styles()]),
            gr.update(value=cards, selected_index=_card_index(style)),
            gr.update(choices=choices("video_how", language)),
            _info(self._limits, language),
        ]


def _info(limits: ClipLimits, language: str) -> str:
    """Say what a clip may be."""
    megabytes = UPLOAD_LIMIT // 1024**2
    return translate("video.info", language, f"{limits.seconds:g}", limits.frames, limits.side, megabytes)


def _card_index(style: str) -> int | None:
    return next((n for n, each in enumerate(live_styles()) if each.id == style), None)
