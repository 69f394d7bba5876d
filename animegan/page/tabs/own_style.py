"""The tab *Your style*: pairs become a style while one watches. On one's own machine only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

import animegan
from animegan.page.captions import style_choices
from animegan.page.serving.runs import PageState, error_toast, errors_as_toasts, language_of, session_of
from animegan.page.serving.workshop import Training, Workshop, bases, error_of
from animegan.words.texts import translate

MINUTES = 1, 30, 5
"""Least, most, and default length of a training."""
LOOK_EVERY = 1.0
"""Seconds between looks at a training."""
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class OwnStyle:
    """The tab and its events."""

    def __init__(self, state: PageState, workshop: Workshop, word: Callable[[str], Any]):
        """``word`` gives the page's texts, see `animegan.page.layout.Layout.word`."""
        self._state, self._workshop, self._word = state, workshop, word

    def build(self) -> None:
        """Create the components."""
        word = self._word
        gr.Markdown(word("own.info"), elem_id="own-info")
        with gr.Row():
            with gr.Column(scale=2, min_width=280):
                self._pairs = gr.File(
                    label=word("own.pairs"), file_types=[".zip"], type="filepath", elem_id="own-pairs", height=140
                )
                self._name = gr.Textbox(label=word("own.name"), max_length=60, elem_id="own-name")
                named = [(style.label, style.id) for style in bases()]
                self._base = gr.Dropdown(
                    named, value=named[0][1], label=word("own.base"), info=word("own.base.info"), elem_id="own-base"
                )
                low, high, default = MINUTES
                self._minutes = gr.Slider(low, high, default, step=1, label=word("own.minutes"), elem_id="own-minutes")
                self._faces = gr.Checkbox(
                    False, label=word("own.faces"), info=word("own.faces.info"), elem_id="own-faces"
                )
                with gr.Row():
                    self._go = gr.Button(word("own.go"), variant="primary", elem_id="own-go", scale=2)
                    self._stop = gr.Button(word("stop"), elem_id="own-stop", scale=1, min_width=80)
            with gr.Column(scale=5, min_width=280):
                self._status = gr.Markdown("", elem_id="own-status")
                self._sheet = gr.Image(
                    label=word("own.sheet"),
                    show_label=False,  # it would cover the first faces
                    type="filepath",
                    interactive=False,
                    buttons=["fullscreen"],
                    elem_id="own-sheet",
                )
                with gr.Row():
                    self._use = gr.Button(word("own.use"), interactive=False, elem_id="own-use")
                    self._download = gr.DownloadButton(word("own.download"), interactive=False, elem_id="own-download")

    def connect(self, blocks: gr.Blocks, style: gr.Dropdown, tabs: gr.Tabs) -> None:
        """Connect the events. ``style`` is the page's list of styles."""
        shown = [self._status, self._sheet, self._use, self._download]
        inputs = [self._pairs, self._name, self._base, self._minutes, self._faces]
        self._go.click(
            self.train, inputs, shown, concurrency_limit=None, show_progress="hidden", api_visibility="private"
        )
        self._stop.click(self.stop, None, None, queue=False, **QUIET)
        self._use.click(self.use, None, [style, tabs], **QUIET)
        blocks.unload(self.leave)

    def train(
        self, pairs: str | None, name: str, base: str, minutes: float, faces: bool, request: gr.Request
    ) -> Iterator[tuple]:
        """Train with a zip of pairs; show how it goes until it ends."""
        visitor, language = session_of(request), language_of(request)
        if pairs is None:
            raise error_toast(request, "own.no_pairs")
        self._state.own_upload(visitor, pairs)
        folder = self._state.sessions.folder(visitor)
        with errors_as_toasts(request):
            low, high, _ = MINUTES
            length = min(high, max(low, float(minutes)))
            training = self._workshop.begin(visitor, Path(pairs), folder, name[:60], base, length, bool(faces))
        sheet, changed, number = None, 0, 0
        while True:
            running = training.is_running
            if training.sheet.is_file() and training.sheet.stat().st_mtime_ns != changed:
                changed, number = training.sheet.stat().st_mtime_ns, number + 1
                sheet = str(animegan.save(animegan.load(training.sheet), folder / f"sheet-{number}.webp"))
            yield self._shown(training, sheet, language)
            if not running:
                break
            time.sleep(LOOK_EVERY)
        with errors_as_toasts(request):
            error = error_of(training)
            if error is not None:
                raise error

    def _shown(self, training: Training, sheet: str | None, language: str) -> tuple:
        """What the tab shows of a training: status, sheet, and the two buttons."""
        figures, there = training.figures, training.file.is_file()
        lines = []
        scores = [f"{figures[name]:.1f}" for name in ("psnr", "photo_psnr") if figures]
        if figures and not training.is_running:
            lines.append(translate("own.ended", language, figures["step"], *scores))
        elif figures:
            done = f"{training.fraction:.0%}"
            lines.append(translate("own.running", language, done, figures["step"], *scores))
        elif training.is_running:
            lines.append(translate("own.reading", language))
        lines += [f"- {remark}" for remark in training.remarks[:8]]
        ended = there and not training.is_running
        download = gr.update(value=self._named_copy(training) if ended else None, interactive=ended)
        return "\n\n".join(lines), sheet, gr.update(interactive=there), download

    def _named_copy(self, training: Training) -> str:
        """The style file under a name that tells what it is."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in training.name).strip("-")
        copy = training.folder / "download" / f"{plain or 'my-style'}.safetensors"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(training.file.read_bytes())
        return str(copy)

    def stop(self, request: gr.Request) -> None:
        """End the visitor's training; what it has learned stays."""
        training = self._workshop.of(session_of(request))
        if training is not None:
            training.stop()

    def use(self, request: gr.Request) -> tuple[Any, Any]:
        """Choose the trained style on the first tab."""
        with errors_as_toasts(request):
            style = self._workshop.use(session_of(request))
        return gr.update(choices=style_choices(language_of(request)), value=style.id), gr.update(selected="draw")

    def leave(self, request: gr.Request) -> None:
        """Handle the closing of the page: nothing of the training stays."""
        self._workshop.leave(session_of(request))
