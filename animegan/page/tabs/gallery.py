"""The tab All styles: the photo of the first tab in every style whose weights are here, and a sheet of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from animegan.images.files import save
from animegan.images.sheets import gallery
from animegan.page.captions import style_caption, style_name
from animegan.page.events import PROGRESS, UNQUEUED, WORK, Visitor
from animegan.page.serving.runs import PageState
from animegan.page.settings import options_of
from animegan.page.tabs.draw import DrawTab
from animegan.page.widgets import pictures, word
from animegan.pipeline.cache import PhotoCache
from animegan.styles.lookup import list_styles
from animegan.styles.sources import Style
from animegan.styles.weights import at_hand
from animegan.words.messages import Message
from animegan.words.texts import render, translate

GALLERY_SIDE = 1024
"""Pixels: long side of the photo when it is drawn in every style."""


def build(state: PageState, draw: DrawTab, tabs: gr.Tabs) -> None:
    """Create the components, and connect their events."""
    do = GalleryEvents(state)
    gr.Markdown(word("all.info"), elem_id="all-info")
    go = gr.Button(word("all"), variant="primary", elem_id="all")
    drawings = pictures("gallery", "all.gallery", columns=5)
    sheet = gr.DownloadButton(word("all.download"), interactive=False, elem_id="sheet")
    go.click(do.draw_all, [draw.photo, *draw.settings], [drawings, sheet], show_progress_on=[drawings], **WORK)
    drawings.select(do.chosen, None, [draw.style, tabs], **UNQUEUED)


def drawable() -> list[Style]:
    """The styles whose weights are on this machine."""
    return [style for style in list_styles() if at_hand(style)]


class GalleryEvents:
    """What the events do."""

    def __init__(self, state: PageState):
        self._state = state

    def draw_all(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> Iterator[tuple]:
        """Draw the photo in every style, one by one, then all on one sheet; ``values`` are the photo and settings."""
        photo, *settings = values
        visitor, styles = Visitor(request), drawable()
        shown: list[tuple[str, str]] = []
        sheet: list[tuple[Any, str]] = []
        with self._state.run(photo, visitor, progress) as run:
            cache = PhotoCache(run.session.cache.read().shrunk(GALLERY_SIDE))
            folder, language = self._state.sessions.folder(visitor.session), visitor.language
            for number, style in enumerate(styles):

                def on_progress(fraction: float, message: Message, number: int = number, style: Style = style) -> None:
                    text = f"{style_name(style, language)} · {render(message, language)}"
                    run.report((number + fraction) / len(styles), text)

                if number:
                    run.let_others()
                options = options_of(*settings).replaced(style=style.id, scale=1)
                result = self._state.pipeline.stylize(cache, options, on_progress=on_progress)
                before, after = result.preview(GALLERY_SIDE)
                if not sheet:
                    sheet.append((before, translate("all.photo", "en")))
                    shown.append((str(save(before, folder / "photo.jpg")), translate("all.photo", language)))
                sheet.append((after, style.label))
                shown.append((str(save(after, folder / f"{style.id}.jpg")), style_caption(style, language)))
                yield shown, gr.update(interactive=False)
            path = save(gallery(sheet), folder / f"{run.session.name}-all-styles.png")
        yield shown, gr.update(label=translate("all.download", language), value=str(path), interactive=True)

    def chosen(self, event: gr.SelectData) -> tuple[Any, Any]:
        """The style whose drawing was clicked, and the tab that draws it; the first picture is the photo."""
        styles = drawable()
        if not 1 <= event.index <= len(styles):
            return gr.skip(), gr.skip()
        return styles[event.index - 1].id, gr.update(selected="draw")
