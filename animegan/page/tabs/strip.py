"""The strip of this visit's drawings: several photos are drawn in turn, a click brings one back, a zip has all.

It lives in the memory of the visitor's browser alone: ``strip.js``.
"""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from animegan.page.events import UNQUEUED
from animegan.page.settings import ON_PAGE
from animegan.page.widgets import HERE
from animegan.words.languages import LANGUAGES

KEYS = ("strip", "strip.count", "strip.waits", "strip.draws", "strip.failed", "strip.lost", "strip.all", "stop")
BEGIN = "(...values) => window.animegan.begin(...values)"
"""JavaScript that gives a new photo the crop and the faces that it begins with."""


def build() -> gr.HTML:
    """Create the strip; it is hidden until there are two photos or drawings."""
    words = {code: {key: each.texts[key] for key in KEYS} for code, each in LANGUAGES.items()}
    zipping, strip = ((HERE / name).read_text(encoding="utf-8") for name in ("zip.js", "strip.js"))
    for name, value in (("words", words), ("names", list(ON_PAGE))):
        strip = strip.replace(f'"@{name}@"', json.dumps(value, ensure_ascii=False))
    return gr.HTML(
        html_template='<section class="strip" hidden></section>',
        js_on_load=f"{zipping}\n{strip}",
        apply_default_css=False,
        elem_id="strip",
    )


def connect(strip: gr.HTML, photo: Any, settings: list[Any], kind: Any) -> None:
    """Let a click bring a photo and its settings back, and tell the strip the settings when it asks."""
    strip.select(None, settings, [photo, *settings], js="(...now) => window.animegan.bring(...now)", **UNQUEUED)
    strip.input(None, [kind, *settings], None, js="(...values) => window.animegan.tell(...values)", **UNQUEUED)


def keep(drawn: Any, *inputs: Any) -> None:
    """Let the strip keep what an event has drawn; ``inputs`` are photo, pair, download and settings."""
    drawn.success(None, list(inputs), None, js="(...values) => window.animegan.keep(...values)", **UNQUEUED)
