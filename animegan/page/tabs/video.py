"""The tab Video: a clip is chosen or recorded, one frame is drawn at once, then the part that is chosen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import gradio as gr

from animegan.images.resize import shrink
from animegan.page.captions import live_styles
from animegan.page.events import PROGRESS, UNQUEUED, WORK, Visitor, ready, save_pair, unless_stopped
from animegan.page.gradio_private import UPLOAD_LIMIT
from animegan.page.serving.limits import ClipLimits
from animegan.page.serving.runs import CLIP, CLIP_FRAME, PageState, Turn
from animegan.page.widgets import StyleChooser, before_and_after, choices, go_and_stop, labels, radio, word
from animegan.video import draw_preview, preview, probe, stylize_video
from animegan.words.messages import Message
from animegan.words.texts import render, translate

ClipFile = str | None
"""A clip as an event gets it: the path of an upload, or None."""


def build(state: PageState, tab: gr.Tab) -> None:
    """Create the components, and connect their events; without PyAV, a sentence that says what to install."""
    if not state.draws_clips:
        gr.Markdown(word("video.missing"), elem_id="video-missing")
        return
    until = min(state.clips.seconds, 20.0)
    seconds: dict[str, Any] = {"minimum": 0, "maximum": until, "step": 0.1, "interactive": False, "min_width": 120}
    with gr.Row(equal_height=False, elem_id="video-columns"):
        with gr.Column(scale=5, min_width=300, elem_id="video-settings"):
            clip = gr.Video(
                label=word("video.clip"),
                sources=["upload", "webcam"],
                webcam_options=gr.WebcamOptions(mirror=False),
                elem_id="clip",
            )
            info = gr.Markdown(limits_line(state.clips, "en"), elem_id="video-info")
            with gr.Row(elem_id="video-part"):
                start = gr.Slider(value=0, label=word("video.start"), elem_id="video-start", **seconds)
                end = gr.Slider(value=until, label=word("video.end"), elem_id="video-end", **seconds)
            chooser = StyleChooser("video", live_styles)
            how = radio("video_how")
            steady = gr.Checkbox(True, **labels("video_steady"))
        with gr.Column(scale=7, min_width=300, elem_id="video-drawing"):
            player = gr.Video(
                label=word("video.result"), interactive=False, visible=False, buttons=[], elem_id="video-player"
            )
            pair = before_and_after("video-pair", "video")
            line = gr.Markdown(word("done.example"), elem_id="video-line")
            go, stop = go_and_stop("video")
            download = gr.DownloadButton(word("download"), interactive=False, elem_id="video-download")

    do, style = VideoEvents(state), chooser.style
    part = [clip, style, how, start, end]
    first: dict[str, Any] = {"fn": do.frame_at_start, "inputs": part, "outputs": [pair, end]}
    last: dict[str, Any] = {"fn": do.frame_at_end, "inputs": part, "outputs": [pair, start]}
    shown: dict[str, Any] = {"show_progress_on": [pair], **WORK}
    # Gradio shows no toast for an error of an event that it does not queue.
    measured = clip.change(do.new_clip, clip, [line, start, end, player, download], show_progress="hidden", **WORK)
    measured.success(**first, **shown)
    gr.on([style.change, how.input, start.input], trigger_mode="always_last", **first, **shown)
    end.input(trigger_mode="always_last", **last, **shown)
    drawn = go.click(do.draw, [*part, steady], [player, pair, line, download], **shown)
    stop.click(do.stop, None, line, cancels=[drawn], **UNQUEUED)

    def localise(style: str, request: gr.Request) -> list[Any]:
        """Translate what Gradio's own I18n does not reach."""
        language = Visitor(request).language
        lists = gr.update(choices=choices("video_how", language))
        return [*chooser.localised(style, language), lists, limits_line(state.clips, language)]

    tab.select(localise, style, [style, chooser.cards, how, info], **UNQUEUED)


def limits_line(limits: ClipLimits, language: str) -> str:
    """Say what a clip may be."""
    megabytes = UPLOAD_LIMIT // 1024**2
    return translate("video.info", language, f"{limits.seconds:g}", limits.frames, limits.side, megabytes)


class VideoEvents:
    """What the events do; each returns the values of its output components."""

    def __init__(self, state: PageState):
        self._state = state

    def new_clip(self, clip: ClipFile, request: gr.Request) -> tuple[Any, ...]:
        """Handle a new clip, or none: stop the run of the one before, and measure it.

        Returns a line about it, the sliders of start and end, and an empty player and download.
        """
        self.stop(request)
        visitor = Visitor(request)
        nothing = gr.update(value=None, visible=False), gr.update(interactive=False)
        if clip is None:
            return "", gr.update(interactive=False), gr.update(interactive=False), *nothing
        self._state.own_upload(visitor.session + CLIP, clip)
        with visitor.told_of_errors():
            found = probe(clip)
        language, seconds = visitor.language, max(0.1, round(found.seconds, 1))
        sound = translate("video.sound" if found.has_sound else "video.silent", language)
        figures = f"{found.seconds:.1f}", found.width, found.height, f"{found.fps:.3g}", sound
        until = min(seconds, self._state.clips.seconds)
        sliders = (gr.update(maximum=seconds, value=value, interactive=True) for value in (0, until))
        return translate("video.line", language, *figures), *sliders, *nothing

    def frame_at_start(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, Any]:
        """Draw the first frame of the part; ``values`` are the clip, the style, how, the start and the end.

        Returns the frame before and after, and the slider of the end, moved if the part is too long.
        """
        clip, style, how, start, end = values
        end = min(max(end, start + 0.1), start + self._state.clips.seconds)
        return self._frame(clip, style, how, start, Visitor(request), progress), gr.update(value=round(end, 1))

    def frame_at_end(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, Any]:
        """Draw the last frame of the part; see `frame_at_start`, with the slider of the start."""
        clip, style, how, start, end = values
        start = max(min(start, end - 0.1), end - self._state.clips.seconds, 0)
        return self._frame(clip, style, how, end, Visitor(request), progress), gr.update(value=round(start, 1))

    def _frame(self, clip: ClipFile, style: str, how: str, at: float, visitor: Visitor, progress: gr.Progress) -> Any:
        """Draw one frame as the clip will be drawn, and return it before and after."""
        if clip is None:
            return gr.skip()
        folder = self._state.sessions.folder(visitor.session + CLIP_FRAME)
        with unless_stopped(), self._state.turn(visitor, progress, CLIP_FRAME) as turn:
            before, after = draw_preview(
                clip,
                at,
                style=style,
                side=self._state.clips.side,
                live=how == "quick",
                pipeline=self._state.pipeline,
                on_progress=turn.on_progress,
            )
            return save_pair(before, after, folder)
        return gr.skip()

    def draw(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, ...]:
        """Draw the part; ``values`` are the clip, the style, how, the start, the end, and whether to steady it.

        Returns the player, a frame before and after, a line about the result, and the download.
        """
        clip, style, how, start, end, steady = values
        visitor = Visitor(request)
        if clip is None:
            raise visitor.toast("error.no_clip")
        session, limits = visitor.session + CLIP, self._state.clips
        self._state.own_upload(session, clip)
        out = self._state.sessions.folder(session) / f"{Path(clip).stem[:80] or 'clip'}-{style}.mp4"
        with self._state.turn(visitor, progress, CLIP) as turn:
            result = stylize_video(
                clip,
                out,
                style=style,
                side=limits.side,
                start=start or None,
                end=end,
                steady=steady,
                live=how == "quick",
                on_progress=_Progress(turn),
                max_seconds=limits.seconds,
                max_frames=limits.frames,
                pipeline=self._state.pipeline,
            )
            middle = result.clip_seconds / 2
            before = shrink(preview(clip, start + middle), limits.side)
            pair = save_pair(before, preview(out, middle), out.parent)
        line = translate(
            "video.done", turn.language, result.frames, f"{result.seconds['total']:.0f}", f"{result.fps:.1f}"
        )
        download = ready(out, "MP4", result.width, result.height, turn.language)
        return gr.update(value=str(out), visible=True), pair, line, download

    def stop(self, request: gr.Request) -> str:
        """Stop the visitor's runs for clips."""
        visitor = Visitor(request)
        for name in (CLIP, CLIP_FRAME):
            self._state.sessions.stop(visitor.session + name)
        return translate("error.stopped", visitor.language)


class _Progress:
    """Shows how far a clip is and how long the rest takes, and lets other visitors have their turns between frames."""

    def __init__(self, turn: Turn):
        self._turn, self._began = turn, 0.0

    def __call__(self, fraction: float, message: Message) -> None:
        text = render(message, self._turn.language)
        if message.code == "paint-frame":
            now, number, count = time.perf_counter(), message.parameters["number"], message.parameters["count"]
            if number < 2 or not self._began:
                self._began = now
            else:
                left = (now - self._began) / (number - 1) * (count - number)
                text = translate("video.left", self._turn.language, text, f"{left:.0f}")
        self._turn.report(fraction, text)
        self._turn.let_others()
