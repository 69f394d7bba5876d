"""The tab Video: a clip is measured, one frame is drawn at once, then the part that is chosen."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import pytest
from PIL import Image

from animegan import video
from animegan.images.files import load
from animegan.page.layout import build
from animegan.page.serving.limits import ClipLimits
from animegan.page.serving.runs import CLIP, PageState
from animegan.page.serving.turns import Client
from animegan.page.tabs.video import VideoEvents, limits_line
from animegan.words.languages import LANGUAGES
from tests.support.page_clips import FPS, write_clip

pytest.importorskip("av")


def request_of(session: str = "visitor", language: str = "en") -> Any:
    """A request as gradio hands it on."""
    return SimpleNamespace(
        session_hash=session,
        headers={"accept-language": language},
        query_params={},
        url="http://page/queue/join",
        client=SimpleNamespace(host="127.0.0.1"),
    )


class Heard:
    """Takes the progress as gradio does."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, fraction: float, desc: str) -> None:
        self.texts.append(desc)


@pytest.fixture
def state(tmp_path, pipeline) -> PageState:
    folder = tmp_path / "page"
    folder.mkdir()
    return PageState(folder, pipeline)


@pytest.fixture
def clip(state) -> str:
    """A clip of 2 s with sound, as it lies after its upload."""
    folder = state.folder / "upload"
    folder.mkdir()
    return str(write_clip(folder / "holiday.mp4"))


def test_a_clip_is_measured(state, clip):
    line, start, end, player, _ = VideoEvents(state).new_clip(clip, request_of())
    assert line == "2.0 s, 160 × 120 pixels, 12 frames a second, with sound."
    assert (start["maximum"], start["value"]) == (2, 0)
    assert (end["maximum"], end["value"]) == (2, 2)
    assert player["visible"] is False
    assert VideoEvents(state).new_clip(clip, request_of(language="zh"))[0].endswith("有声音。")


def test_a_file_that_is_no_clip_gets_a_sentence(state, tmp_path):
    path = state.folder / "notes.mp4"
    path.write_bytes(b"no clip at all")
    for call in (
        lambda: VideoEvents(state).new_clip(str(path), request_of()),
        lambda: VideoEvents(state).draw(request_of(), cast(Any, Heard()), str(path), "anime", "quick", 0, 1, True),
    ):
        with pytest.raises(gr.Error, match="is no video that can be read"):
            call()
    assert [each.name for each in state.folder.rglob("*") if each.is_file()] == ["notes.mp4"]


def test_the_part_is_kept_within_the_limit(state, clip):
    """Moving one end moves the other where the part would be too long, or would end before it starts."""
    state.clips = ClipLimits(seconds=1.0)
    do = VideoEvents(state)
    assert do.new_clip(clip, request_of())[2]["value"] == 1.0
    values = (clip, "cel", "quick")
    pair, end = do.frame_at_start(request_of(), cast(Any, Heard()), *values, 0.4, 2.0)
    assert end["value"] == 1.4
    assert do.frame_at_start(request_of(), cast(Any, Heard()), *values, 1.5, 0.2)[1]["value"] == 1.6
    assert do.frame_at_end(request_of(), cast(Any, Heard()), *values, 0.0, 1.8)[1]["value"] == 0.8
    before, after = (Image.open(pair[name]["path"]) for name in ("before", "after"))
    assert before.size == after.size == (160, 120)
    assert dict(before.getexif()) == {0x0131: "animegan"}


@pytest.mark.slow
def test_a_part_is_drawn_with_its_sound(state, clip):
    heard = Heard()
    player, pair, line, download = VideoEvents(state).draw(
        request_of(), cast(Any, heard), clip, "cel", "quick", 0.5, 1.5, True
    )
    path = Path(download["value"])
    assert path.name == "holiday-cel.mp4"
    assert player["value"] == str(path)
    drawn = video.probe(path)
    assert (drawn.width, drawn.height, drawn.has_sound) == (160, 120, True)
    assert drawn.seconds == pytest.approx(1, abs=2 / FPS)
    assert line.startswith(f"{FPS} frames drawn in")
    assert download["label"].startswith("Download MP4 · 160 × 120 · 0.")
    assert any("s left" in text for text in heard.texts)
    assert Image.open(pair["before"]["path"]).size == Image.open(pair["after"]["path"]).size


def test_more_than_the_limits_is_refused(state, clip):
    do = VideoEvents(state)
    state.clips = ClipLimits(seconds=1.0)
    with pytest.raises(gr.Error, match="longer than 1 s"):
        do.draw(request_of(), cast(Any, Heard()), clip, "cel", "quick", 0, 2, True)
    state.clips = ClipLimits(frames=5)
    with pytest.raises(gr.Error, match="more than 5 frames"):
        do.draw(request_of(), cast(Any, Heard()), clip, "cel", "quick", 0, 2, True)
    state.clips = ClipLimits(side=96)
    _, _, _, download = do.draw(request_of(), cast(Any, Heard()), clip, "cel", "quick", 0, 0.3, True)
    assert "96 × 72" in download["label"]


def test_no_clip_gets_a_sentence(state):
    with pytest.raises(gr.Error, match="drop one, or record one"):
        VideoEvents(state).draw(request_of(), cast(Any, Heard()), None, "cel", "quick", 0, 2, True)


def test_it_can_be_stopped_and_leaves_nothing(state, clip):
    do = VideoEvents(state)

    class Stops(Heard):
        def __call__(self, fraction: float, desc: str) -> None:
            super().__call__(fraction, desc)
            if "frame 3" in desc:
                do.stop(request_of())

    with pytest.raises(gr.Error, match="Stopped"):
        do.draw(request_of(), cast(Any, Stops()), clip, "cel", "quick", 0, 2, True)
    assert [path.name for path in state.folder.rglob("*") if path.is_file()] == ["holiday.mp4"]
    assert len(state.turns) == 0


def test_another_photo_does_not_stop_it(state, clip):
    do = VideoEvents(state)

    class Changes(Heard):
        def __call__(self, fraction: float, desc: str) -> None:
            state.sessions.stop("visitor")

    assert do.draw(request_of(), cast(Any, Changes()), clip, "cel", "quick", 0, 0.5, True)


@pytest.mark.slow
def test_a_photo_has_its_turn_between_two_frames(state, clip):
    """Whoever comes while a clip is drawn waits for one frame."""
    do, turned = VideoEvents(state), threading.Event()
    drawn_before: list[int] = []

    class Counts(Heard):
        def __call__(self, fraction: float, desc: str) -> None:
            super().__call__(fraction, desc)
            if "frame 3" in desc:
                threading.Thread(target=photo, daemon=True).start()
                while len(state.turns) < 2:
                    turned.wait(0.01)

    heard = Counts()

    def photo() -> None:
        with state.turns.take(Client("other", None)):
            drawn_before.append(sum("frame" in text for text in heard.texts))
            turned.set()

    do.draw(request_of(), cast(Any, heard), clip, "cel", "quick", 0, 2, True)
    assert turned.is_set()
    assert drawn_before[0] <= 4 < sum("frame" in text for text in heard.texts)


def test_who_leaves_takes_the_clips_along(state, clip):
    do = VideoEvents(state)
    do.new_clip(clip, request_of())
    do.draw(request_of(), cast(Any, Heard()), clip, "cel", "quick", 0, 0.5, True)
    do.frame_at_start(request_of(), cast(Any, Heard()), clip, "cel", "quick", 0, 0.5)
    state.leave("visitor")
    assert [path for path in state.folder.rglob("*") if path.is_file()] == []
    assert not state.sessions.last(f"visitor{CLIP}")


def test_without_pyav_the_tab_says_what_to_install(state, monkeypatch):
    monkeypatch.setattr(PageState, "draws_clips", False)
    components = build(state).config["components"]
    ids = {component["props"].get("elem_id") for component in components}
    assert "video-missing" in ids
    assert not {"clip", "video-go"} & ids
    for language in ("en", "zh"):
        assert "pip install 'animegan[video]'" in LANGUAGES[language].texts["video.missing"]


def test_the_limits_are_said_beforehand(state):
    assert limits_line(ClipLimits(), "en").startswith(
        "A clip is drawn with its sound: at most 20 s, 600 frames, 640 pixels"
    )
    assert "80 MB" in limits_line(ClipLimits(), "zh")


@pytest.mark.slow
def test_a_frame_with_care_has_its_faces_painted(state, clip, tmp_path):
    """The preview is the first frame of the clip as it is drawn then, but for what the codec loses."""
    do = VideoEvents(state)
    after = do.frame_at_start(request_of(), cast(Any, Heard()), clip, "anime", "careful", 0, 1)[0]["after"]["path"]
    drawn = video.stylize_video(clip, tmp_path / "drawn.mp4", end=0.2, pipeline=state.pipeline)
    assert drawn.faces == 1
    expected = video.preview(drawn.path, 0)
    assert abs(load(after).astype(int) - expected).mean() < 4
