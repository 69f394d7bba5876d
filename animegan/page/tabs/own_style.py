"""The tab Your style: pairs become a style while one watches. On one's own machine only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from animegan.images.files import load, save
from animegan.page.captions import style_choices
from animegan.page.events import QUIET, UNQUEUED, WORK, Visitor
from animegan.page.serving.runs import PageState
from animegan.page.serving.workshop import Training, Workshop, bases
from animegan.page.widgets import StyleChooser, labels, word
from animegan.styles.lookup import list_styles
from animegan.words.texts import translate

MIN_MINUTES, MAX_MINUTES, MINUTES = 1, 30, 5
"""Least, most, and default length of a training."""
LOOK_EVERY = 1.0
"""Seconds between looks at a training."""
MAX_NAME = 60
"""Characters of a style's name."""


def build(state: PageState, workshop: Workshop, chooser: StyleChooser, tabs: gr.Tabs) -> None:
    """Create the components, and connect their events. ``chooser`` has the styles of the page."""
    gr.Markdown(word("own.info"), elem_id="own-info")
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            pairs = gr.File(
                label=word("own.pairs"), file_types=[".zip"], type="filepath", elem_id="own-pairs", height=140
            )
            name = gr.Textbox(label=word("own.name"), max_length=MAX_NAME, elem_id="own-name")
            named = [(base.label, base.id) for base in bases()]
            base = gr.Dropdown(named, value=named[0][1], **labels("own.base"))
            minutes = gr.Slider(MIN_MINUTES, MAX_MINUTES, MINUTES, step=1, **labels("own.minutes"))
            faces = gr.Checkbox(False, **labels("own.faces"))
            with gr.Row():
                go = gr.Button(word("own.go"), variant="primary", elem_id="own-go", scale=2)
                stop = gr.Button(word("stop"), elem_id="own-stop", scale=1, min_width=80)
        with gr.Column(scale=5, min_width=280):
            status = gr.Markdown("", elem_id="own-status")
            sheet = gr.Image(
                label=word("own.sheet"),
                show_label=False,  # it would cover the first faces
                type="filepath",
                interactive=False,
                buttons=["fullscreen"],
                elem_id="own-sheet",
            )
            with gr.Row():
                use = gr.Button(word("own.use"), interactive=False, elem_id="own-use")
                download = gr.DownloadButton(word("own.download"), interactive=False, elem_id="own-download")
    do = OwnStyleEvents(state, workshop, chooser)
    go.click(
        do.train, [pairs, name, base, minutes, faces], [status, sheet, use, download], show_progress="hidden", **WORK
    )
    stop.click(do.stop, None, None, **UNQUEUED)
    use.click(do.use, None, [chooser.style, chooser.cards, tabs], **QUIET)


class OwnStyleEvents:
    """What the events do."""

    def __init__(self, state: PageState, workshop: Workshop, chooser: StyleChooser):
        self._state, self._workshop, self._chooser = state, workshop, chooser

    def train(
        self, pairs: str | None, name: str, base: str, minutes: float, faces: bool, request: gr.Request
    ) -> Iterator[tuple]:
        """Train with a zip of pairs; show how it goes until it ends."""
        visitor = Visitor(request)
        if pairs is None:
            raise visitor.toast("own.no_pairs")
        self._state.own_upload(visitor.session, pairs)
        folder = self._state.sessions.folder(visitor.session)
        with visitor.told_of_errors():
            length = min(MAX_MINUTES, max(MIN_MINUTES, float(minutes)))
            training = self._workshop.begin(
                visitor.session, Path(pairs), folder, name[:MAX_NAME], base, length, bool(faces)
            )
        sheet, changed, number = None, 0, 0
        while True:
            running = training.is_running
            if training.sheet.is_file() and training.sheet.stat().st_mtime_ns != changed:
                changed, number = training.sheet.stat().st_mtime_ns, number + 1
                sheet = str(save(load(training.sheet), folder / f"sheet-{number}.webp"))
            yield self._shown(training, sheet, visitor.language)
            if not running:
                break
            time.sleep(LOOK_EVERY)
        with visitor.told_of_errors():
            if training.error is not None:
                raise training.error

    def _shown(self, training: Training, sheet: str | None, language: str) -> tuple:
        """What the tab shows of a training: status, sheet, and the two buttons."""
        figures, there, running = training.figures, training.file.is_file(), training.is_running
        lines = []
        if figures:
            done = (f"{training.fraction:.0%}",) if running else ()
            scores = [f"{figures[name]:.1f}" for name in ("psnr", "photo_psnr")]
            key = "own.running" if running else "own.ended"
            lines.append(translate(key, language, *done, figures["step"], *scores))
        elif running:
            lines.append(translate("own.reading", language))
        lines += [f"- {remark}" for remark in training.remarks[:8]]
        ended = there and not running
        download = gr.update(value=self._named_copy(training) if ended else None, interactive=ended)
        return "\n\n".join(lines), sheet, gr.update(interactive=there), download

    def _named_copy(self, training: Training) -> str:
        """The style file under a name that tells what it is."""
        copy = training.folder / "download" / training.file_name
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(training.file.read_bytes())
        return str(copy)

    def stop(self, request: gr.Request) -> None:
        """End the visitor's training; what it has learned stays."""
        training = self._workshop.of(Visitor(request).session)
        if training is not None:
            training.stop()

    def use(self, request: gr.Request) -> tuple[Any, Any, Any]:
        """Choose the trained style on the first tab, where it has a card now."""
        visitor = Visitor(request)
        with visitor.told_of_errors():
            style = self._workshop.use(visitor.session)
        named = style_choices(list_styles(), visitor.language)
        session = self._state.sessions.last(visitor.session)
        cards = self._chooser.cards_of(style.id, visitor.language, session.cards if session else None)
        return gr.update(choices=named, value=style.id), cards, gr.update(selected="draw")
