"""The tab Live: the camera, drawn as it moves.

The browser's part is ``live.js``, the server's `animegan.page.serving.cameras`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr

from animegan.page.captions import live_styles
from animegan.page.events import UNQUEUED, Visitor
from animegan.page.serving.cameras import FRAME_PATH, TICKET_HEADER
from animegan.page.serving.runs import PageState
from animegan.page.widgets import StyleChooser, choices, go_and_stop, labels, radio, word
from animegan.words.languages import LANGUAGES

HERE = Path(__file__).parent
IN_BROWSER = "live.js."
"""Prefix of the texts that only the browser's part uses."""


def build(state: PageState, tab: gr.Tab) -> None:
    """Create the components, and connect their events."""
    with gr.Row(equal_height=False, elem_id="live-columns"):
        with gr.Column(scale=5, min_width=300, elem_id="live-settings"):
            gr.Markdown(word("live.info"), elem_id="live-info")
            chooser = StyleChooser("live", live_styles)
            side = radio("live_side", "384")
            mirror = gr.Checkbox(True, **labels("live_mirror"))
        with gr.Column(scale=7, min_width=300, elem_id="live-drawing"):
            gr.HTML(
                html_template=(HERE / "live.html").read_text(encoding="utf-8"),
                js_on_load=script(),
                apply_default_css=False,
                elem_id="live",
            )
            go, _ = go_and_stop("live")
            with gr.Row():
                for name in ("snapshot", "other", "full"):
                    gr.Button(word(f"live.{name}"), size="sm", elem_id=f"live-{name}", min_width=80)
    ticket = gr.Textbox(visible=False)

    def open_camera(request: gr.Request) -> str:
        """A ticket for the visitor's camera."""
        return state.cameras.open(state.client_of(request), Visitor(request).session)

    def localise(style: str, request: gr.Request) -> list[Any]:
        """Translate what Gradio's own I18n does not reach."""
        language = Visitor(request).language
        return [*chooser.localised(style, language), gr.update(choices=choices("live_side", language))]

    opened = go.click(open_camera, None, ticket, **UNQUEUED)
    opened.then(None, ticket, None, js=_event("live-ticket", "ticket"), **UNQUEUED)
    chosen = [chooser.style, side, mirror]
    changes = [tab.select, chooser.style.change, side.change, mirror.change]
    gr.on(changes, None, chosen, None, js=_event("live-chosen", "...chosen"), **UNQUEUED)
    tab.select(localise, chooser.style, [chooser.style, chooser.cards, side], **UNQUEUED)


def script() -> str:
    """The browser's part, with its texts filled in."""
    words = {
        code: {key.removeprefix(IN_BROWSER): text for key, text in each.texts.items() if key.startswith(IN_BROWSER)}
        for code, each in LANGUAGES.items()
    }
    source = (HERE / "live.js").read_text(encoding="utf-8")
    for name, value in {"words": words, "path": FRAME_PATH, "ticket": TICKET_HEADER}.items():
        source = source.replace(f'"@{name}@"', json.dumps(value, ensure_ascii=False))
    return source


def _event(name: str, values: str) -> str:
    """JavaScript that hands values on to the browser's part."""
    detail = values.removeprefix("...")
    return f"({values}) => {{ document.dispatchEvent(new CustomEvent('{name}', {{ detail: {detail} }})); }}"
