"""The tab Live: the camera, drawn as it moves.

The browser's part is ``live.js``, the server's `animegan.page.serving.cameras`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from animegan.examples import card
from animegan.page.assets import ROOM, live_styles
from animegan.page.captions import choices, style_caption, style_name
from animegan.page.serving.cameras import PATH, TICKET
from animegan.page.serving.runs import PageState, language_of, session_of
from animegan.words.languages import LANGUAGES

if TYPE_CHECKING:
    from animegan.page.layout import Layout

QUIET: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
IN_BROWSER = "live.js."
"""Prefix of the texts that only the browser's part uses."""


class LiveEvents:
    """What the server does for the tab, beside drawing."""

    def __init__(self, state: PageState):
        self._state = state

    def open(self, request: gr.Request) -> str:
        """Return a ticket for the visitor's camera."""
        return self._state.live.open(self._state.client_of(request), session_of(request))

    def chosen_card(self, event: gr.SelectData) -> str:
        """Return the style whose picture was clicked."""
        return live_styles()[event.index].id

    def mark_card(self, style: str) -> dict:
        """Mark the picture of the chosen style."""
        return gr.update(selected_index=_card_index(style))

    def localise(self, style: str, request: gr.Request) -> list[dict]:
        """Translate what gradio's own I18n does not reach."""
        language = language_of(request)
        cards = [(str(card(each.id)), style_caption(each, language)) for each in live_styles()]
        return [
            gr.update(choices=[(style_name(each, language), each.id) for each in live_styles()]),
            gr.update(value=cards, selected_index=_card_index(style)),
            gr.update(choices=choices("live_side", language)),
        ]


def build(page: Layout, state: PageState, tab: gr.Tab) -> None:
    """Build the tab's components and their events."""
    do = LiveEvents(state)
    with gr.Row(equal_height=False, elem_id="live-columns"):
        with gr.Column(scale=5, min_width=300, elem_id="live-settings"):
            gr.Markdown(page.word("live.info"), elem_id="live-info")
            cards = page.pictures(
                "live-cards",
                "styles",
                value=[(str(card(each.id)), f"{each.label} · {each.caption}") for each in live_styles()],
                selected_index=0,
            )
            named = [(each.label, each.id) for each in live_styles()]
            style = gr.Dropdown(named, value=named[0][1], label=page.word("style"), elem_id="live-style")
            side = gr.Radio(choices("live_side"), value="384", **page.labels("live_side"))
            mirror = gr.Checkbox(True, **page.labels("live_mirror"))
        with gr.Column(scale=7, min_width=300, elem_id="live-drawing"):
            gr.HTML(
                html_template=(ROOM / "live.html").read_text(encoding="utf-8"),
                js_on_load=script(),
                apply_default_css=False,
                elem_id="live",
            )
            with gr.Row():
                go = gr.Button(page.word("live.go"), variant="primary", size="lg", elem_id="live-go", scale=3)
                gr.Button(page.word("stop"), size="lg", elem_id="live-stop", scale=1, min_width=100)
            with gr.Row():
                gr.Button(page.word("live.snapshot"), size="sm", elem_id="live-snapshot", min_width=80)
                gr.Button(page.word("live.other"), size="sm", elem_id="live-other", min_width=80)
                gr.Button(page.word("live.full"), size="sm", elem_id="live-full", min_width=80)
    ticket = gr.Textbox(visible=False)
    go.click(do.open, None, ticket, **QUIET).then(None, ticket, None, js=_event("live-ticket", "ticket"), **QUIET)
    chosen = [style, side, mirror]
    gr.on(
        [tab.select, style.change, side.change, mirror.change],
        None,
        chosen,
        None,
        js=_event("live-chosen", "...chosen"),
        **QUIET,
    )
    cards.select(do.chosen_card, None, style, **QUIET)
    style.change(do.mark_card, style, cards, **QUIET)
    tab.select(do.localise, style, [style, cards, side], **QUIET)


def script() -> str:
    """Return the browser's part, with its texts filled in."""
    words = {
        code: {key.removeprefix(IN_BROWSER): text for key, text in each.texts.items() if key.startswith(IN_BROWSER)}
        for code, each in LANGUAGES.items()
    }
    source = (ROOM / "live.js").read_text(encoding="utf-8")
    filled = {"words": words, "path": PATH, "ticket": TICKET}
    for name, value in filled.items():
        source = source.replace(f'"@{name}@"', json.dumps(value, ensure_ascii=False))
    return source


def _event(name: str, values: str) -> str:
    """Return JavaScript that hands values on to the browser's part."""
    detail = values.removeprefix("...")
    return f"({values}) => {{ document.dispatchEvent(new CustomEvent('{name}', {{ detail: {detail} }})); }}"


def _card_index(style: str) -> int | None:
    return next((n for n, each in enumerate(live_styles()) if each.id == style), None)
