"""Handles what visitors do with clips: one frame is drawn at once, then the part that they choose."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import gradio as gr

import animegan
from animegan import video
from animegan.images.resize import Picture
from animegan.page.serving.runs import (
    CLIP,
    CLIP_FRAME,
    PageState,
    Turn,
    error_toast,
    errors_as_toasts,
    language_of,
    session_of,
)
from animegan.page.serving.turns import StoppedError
from animegan.page.tabs.draw import PROGRESS
from animegan.words.messages import Message
from animegan.words.texts import render, translate

Clip = str | None
"""A clip as an event gets it: the path of an upload, or None."""


def is_possible() -> bool:
    """Whether this machine can read and write clips."""
    return importlib.util.find_spec("av") is not None


class VideoEvents:
    """The events of the tab Video; each returns the values of its output components."""

    def __init__(self, state: PageState):
        self._state = state

    def new_clip(self, clip: Clip, request: gr.Request) -> tuple[Any, ...]:
        """Handle a new clip, or none: stop the run of the one before, and measure it.

        Returns a line about it, the sliders of start and end, and an empty player and download.
        """
        language = language_of(request)
        self._stop(request)
        nothing = gr.update(value=None, visible=False), gr.update(interactive=False)
        if clip is None:
            return "", gr.update(interactive=False), gr.update(interactive=False), *nothing
        self._state.own_upload(session_of(request) + CLIP, clip)
        with errors_as_toasts(request):
            found = video.probe(clip)
        seconds = max(0.1, round(found.seconds, 1))
        sound = translate("video.sound" if found.has_sound else "video.silent", language)
        line = translate(
            "video.line", language, f"{found.seconds:.1f}", found.width, found.height, f"{found.fps:.3g}", sound
        )
        until = min(seconds, self._state.clips.seconds)
        return (
            line,
            gr.update(maximum=seconds, value=0, interactive=True),
            gr.update(maximum=seconds, value=until, interactive=True),
            *nothing,
        )

    def frame_at_start(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, Any]:
        """Draw the first frame of the part; ``values`` are the clip, the style, how, the start and the end.

        Returns the frame before and after, and the slider of the end, moved if the part is too long.
        """
        clip, style, how, start, end = values
        end = min(max(end, start + 0.1), start + self._state.clips.seconds)
        return self._frame(clip, style, how, start, request, progress), gr.update(value=round(end, 1))

    def frame_at_end(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, Any]:
        """Draw the last frame of the part; see `frame_at_start`, with the slider of the start."""
        clip, style, how, start, end = values
        start = max(min(start, end - 0.1), end - self._state.clips.seconds, 0)
        return self._frame(clip, style, how, end, request, progress), gr.update(value=round(start, 1))

    def _frame(self, clip: Clip, style: str, how: str, at: float, request: gr.Request, progress: gr.Progress) -> Any:
        """Draw one frame of a clip, and return it before and after."""
        if clip is None:
            return gr.skip()
        visitor = session_of(request) + CLIP_FRAME
        try:
            with self._state.turn(visitor, request, progress) as turn:
                turn.report(0.2, render(Message("read-clip"), turn.language))
                frame = animegan.shrink(video.preview(clip, at), self._state.clips.side)
                turn.report(0.5, render(Message("paint"), turn.language))
                return self._pair(visitor, frame, self._drawn(frame, style, how))
        except gr.Error as error:
            if isinstance(error.__cause__, StoppedError):
                return gr.skip()
            raise

    def _drawn(self, frame: Picture, style: str, how: str) -> Picture:
        if how == "quick":
            return self._state.pipeline.draw_frame(frame, style)
        return self._state.pipeline.stylize(frame, style=style).image

    def _pair(self, visitor: str, before: Picture, after: Picture) -> tuple[str, str]:
        folder = self._state.sessions.folder(visitor)
        return self._state.save(before, folder / "before.jpg"), self._state.save(after, folder / "after.jpg")

    def draw(self, request: gr.Request, progress: gr.Progress = PROGRESS, *values: Any) -> tuple[Any, ...]:
        """Draw the part; ``values`` are the clip, the style, how, the start, the end, and whether to steady it.

        Returns the player, a frame before and after, a line about the result, and the download.
        """
        clip, style, how, start, end, steady = values
        if clip is None:
            raise error_toast(request, "error.no_clip")
        visitor, limits = session_of(request) + CLIP, self._state.clips
        self._state.own_upload(visitor, clip)
        out = self._state.sessions.folder(visitor) / f"{Path(clip).stem[:80] or 'clip'}-{style}.mp4"
        with self._state.turn(visitor, request, progress) as turn:
            result = video.stylize_video(
                clip,
                out,
                style=style,
                side=limits.side,
                start=start or None,
                end=end,
                steady=steady,
                live=how == "quick",
                on_progress=_Report(turn),
                max_seconds=limits.seconds,
                max_frames=limits.frames,
                pipeline=self._state.pipeline,
            )
            middle = result.clip_seconds / 2
            after = video.preview(out, middle)
            before = animegan.shrink(video.preview(clip, start + middle), limits.side)
            pair = self._pair(visitor, before, after)
        language = language_of(request)
        line = translate("video.done", language, result.frames, f"{result.seconds['total']:.0f}", f"{result.fps:.1f}")
        label = f"{translate('download', language)} · {result.width} × {result.height}"
        return (
            gr.update(value=str(out), visible=True),
            pair,
            line,
            gr.update(value=str(out), label=label, interactive=True),
        )

    def stop(self, request: gr.Request) -> str:
        """Stop the visitor's runs for clips."""
        self._stop(request)
        return translate("error.stopped", language_of(request))

    def _stop(self, request: gr.Request) -> None:
        for name in (CLIP, CLIP_FRAME):
            self._state.sessions.stop(session_of(request) + name)


class _Report:
    """Shows how far a clip is and how long the rest takes, and lets other visitors have their turns between frames."""

    def __init__(self, turn: Turn):
        self._turn = turn
        self._first: float | None = None

    def __call__(self, fraction: float, message: Message) -> None:
        text = render(message, self._turn.language)
        if message.code == "paint-frame":
            text = self._with_time_left(text, **message.parameters)
        self._turn.report(fraction, text)
        self._turn.let_others()

    def _with_time_left(self, text: str, number: int, count: int) -> str:
        now = time.perf_counter()
        if self._first is None or number < 2:
            self._first = now
            return text
        left = (now - self._first) / (number - 1) * (count - number)
        return translate("video.left", self._turn.language, text, f"{left:.0f}")
