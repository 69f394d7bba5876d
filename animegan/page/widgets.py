"""What several tabs share: words, lists of choices, the pictures of styles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from animegan.embed.contents import SITE
from animegan.examples import CARDS
from animegan.page.captions import style_cards, style_choices
from animegan.page.downloads import KINDS
from animegan.page.events import UNQUEUED, pair_of
from animegan.page.settings import ON_PAGE
from animegan.styles.sources import Style
from animegan.words import texts
from animegan.words.languages import LANGUAGES
from animegan.words.texts import translate

HERE = Path(__file__).parent
CHOICES: dict[str, tuple[str, ...]] = {
    **{name: setting.choices for name, setting in ON_PAGE.items() if setting.choices},
    "kind": KINDS,
    "live_side": ("288", "384", "512"),
    "video_how": ("careful", "quick"),
}
"""Values of the page's lists of choices: settings, files to download, pixels of the camera, ways to draw a clip."""


def _flat(key: str) -> str:
    """A key without dots, which a browser takes for nested tables, and unlike any of Gradio's own."""
    return f"animegan_{key.replace('.', '_')}"


I18N = gr.I18n(
    **{
        code: {
            **{_flat(key): text for key, text in each.texts.items()},
            "common.complete": each.texts["gradio.complete"],
        }
        for code, each in LANGUAGES.items()
    }
)
"""The page's texts, as Gradio sends them to the browser; and one that Gradio says aloud without having it."""


def word(key: str) -> Any:
    """One of the page's texts; the browser chooses the language."""
    return I18N(_flat(key))


def language_switch() -> str:
    """Links to the page in each of its languages, as HTML; ``serving/language.js`` makes them stay chosen."""
    links = (
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}">{each.texts["language"]}</a>'
        for code, each in LANGUAGES.items()
    )
    return (
        f'<nav aria-label="{" · ".join(each.texts["language"] for each in LANGUAGES.values())}">{"".join(links)}</nav>'
    )


def labels(name: str) -> dict[str, Any]:
    """The label, the help and the id of a control."""
    info = word(f"{name}.info") if f"{name}.info" in LANGUAGES[texts.DEFAULT].texts else None
    return {"label": word(name), "info": info, "elem_id": re.sub("[_.]", "-", name)}


def choices(name: str, language: str = "en", only: Iterable[str] | None = None) -> list[tuple[str, str]]:
    """The label and the value of each entry in one of the `CHOICES`, or of some of them."""
    return [(translate(f"{name}.{value}", language), value) for value in only or CHOICES[name]]


def radio(name: str, value: str | None = None, **settings: Any) -> gr.Radio:
    """One of the `CHOICES`, the first by default."""
    return gr.Radio(choices(name), value=value or CHOICES[name][0], **labels(name), **settings)


def pictures(elem_id: str, label: str, columns: int = 3, **settings: Any) -> gr.Gallery:
    """A few pictures to choose from by a click."""
    return gr.Gallery(
        label=word(label),
        columns=columns,
        height="auto",
        object_fit="contain",
        preview=False,
        allow_preview=False,
        buttons=[],
        interactive=False,
        elem_id=elem_id,
        **settings,
    )


def before_and_after(elem_id: str, names: str = "slider") -> gr.HTML:
    """The slider of the embedded page; at first it shows the example. ``names`` says which texts name its pictures."""
    own = {f"slider.{side}": f"{names}.{side}" for side in ("before", "after")}
    of_slider, of_faces = ("slider", "slider.value", "slider.full", "slider.out"), ("group", "box", "hint")
    keys = {**{key: key for key in (*of_slider, *(f"faces.{key}" for key in of_faces))}, **own}
    words = {code: {key: each.texts[text] for key, text in keys.items()} for code, each in LANGUAGES.items()}
    slider = (SITE / "page" / "slider.js").read_text(encoding="utf-8").replace("export class", "class")
    faces, ours = ((HERE / name).read_text(encoding="utf-8") for name in ("faces.js", "slider.js"))
    ours = ours.replace('"@words@"', json.dumps(words, ensure_ascii=False))
    return gr.HTML(
        pair_of(CARDS / "example-before.webp", CARDS / "example-after.webp"),
        html_template='<div class="slider"></div>',
        js_on_load=f"{slider}\n{faces}\n{ours}",
        apply_default_css=False,
        elem_id=elem_id,
        elem_classes="before-and-after",
    )


def go_and_stop(tab: str) -> tuple[gr.Button, gr.Button]:
    """The two large buttons of a tab."""
    with gr.Row():
        go = gr.Button(word(f"{tab}.go"), variant="primary", size="lg", elem_id=f"{tab}-go", scale=3)
        stop = gr.Button(word("stop"), size="lg", elem_id=f"{tab}-stop", scale=1, min_width=100)
    return go, stop


class StyleChooser:
    """Pictures of styles and a list of their names; a choice in one is shown in the other."""

    def __init__(self, tab: str, pictured: Callable[[], list[Style]], listed: Callable[[], list[Style]] | None = None):
        """``pictured`` gives the styles that have a picture; ``listed`` those in the list, where they are others."""
        self._pictured, self._listed = pictured, listed or pictured
        prefix, named = f"{tab}-" if tab else "", style_choices(self._listed())
        cards = style_cards(pictured())
        self.cards = pictures(f"{prefix}cards", "styles", 5, show_label=False, value=cards, selected_index=0)
        self.style = gr.Dropdown(named, value=named[0][1], label=word("style"), elem_id=f"{prefix}style")
        self.cards.select(self._chosen, None, self.style, **UNQUEUED)
        self.style.change(self.mark, self.style, self.cards, **UNQUEUED)

    def _chosen(self, event: gr.SelectData) -> str:
        return self._pictured()[event.index].id

    def mark(self, style: str) -> dict:
        """Show a style as the chosen one."""
        return gr.update(selected_index=self._index(style))

    def _index(self, style: str) -> int | None:
        return next((n for n, each in enumerate(self._pictured()) if each.id == style), None)

    def localised(self, style: str, language: str) -> list[Any]:
        """List and pictures in a language; ``style`` is the chosen one."""
        return [gr.update(choices=style_choices(self._listed(), language)), self.cards_of(style, language)]

    def cards_of(self, style: str, language: str, drawn: Mapping[str, Path] | None = None) -> dict:
        """The pictures, ``drawn`` by the style's id or ours; ``style`` is the chosen one."""
        cards = style_cards(self._pictured(), language, drawn)
        return gr.update(value=cards, selected_index=self._index(style))
