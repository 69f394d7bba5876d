"""The camera on the page: frames come as JPEGs, drawings go back as JPEGs."""

import io
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import animegan
from animegan.images.resize import Picture
from animegan.page.serving import cameras as serving
from animegan.page.serving.cameras import (
    BURST,
    FRAME_PATH,
    MAX_CAMERAS,
    MAX_FRAME_BYTES,
    TICKET_HEADER,
    Cameras,
)
from animegan.page.serving.turns import Client, Turns

STYLES = frozenset({"anime", "cel"})
HERE = Client("visitor", None)


def jpeg(picture: np.ndarray, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, quality=95)
    return file.getvalue()


def grey(level: int, height: int = 48, width: int = 64) -> bytes:
    return jpeg(np.full((height, width, 3), level, np.uint8))


def read(content: bytes) -> Picture:
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"))


def inverted(picture: Picture, style: str) -> Picture:
    return 255 - picture


class Slow:
    """A painter that draws a frame each time it is let go; it remembers the level of each."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.go = threading.Semaphore(0)

    def __call__(self, picture: Picture, style: str) -> Picture:
        self.begun.append(int(round(float(picture.mean()), -1)))
        assert self.go.acquire(timeout=30)
        return picture


def until(happens: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def cameras() -> Cameras:
    return Cameras(inverted, Turns(), STYLES)


def post(cameras: Cameras, ticket: str, content: bytes, style: str = "anime") -> Any:
    with TestClient(Starlette(routes=[cameras.route])) as client:
        return client.post(f"{FRAME_PATH}?style={style}", content=content, headers={TICKET_HEADER: ticket})


def test_a_frame_is_drawn_at_its_size(cameras, coffee):
    small = cv2.resize(coffee, (384, 288))
    answer = post(cameras, cameras.open(HERE, "visitor"), jpeg(small))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    drawn = read(answer.content)
    assert drawn.shape == small.shape
    assert np.abs(drawn.astype(int) - (255 - small.astype(int))).mean() < 5


def test_only_who_has_the_page_open_is_answered(cameras):
    ticket = cameras.open(HERE, "visitor")
    assert post(cameras, "", grey(9)).status_code == 403
    assert post(cameras, ticket + "x", grey(9)).status_code == 403
    assert post(cameras, ticket, grey(9)).status_code == 200
    newer = cameras.open(HERE, "visitor")
    assert post(cameras, ticket, grey(9)).status_code == 403
    cameras.close("visitor")
    assert post(cameras, newer, grey(9)).status_code == 403


BAD = {
    "no picture": (b"nothing", 415),
    "empty": (b"", 415),
    "a PNG": (jpeg(np.zeros((48, 64, 3), np.uint8), "PNG"), 415),
    "only its beginning": (grey(9)[:40], 415),
    "tiny": (grey(9, 8, 8), 415),
    "a side too long": (grey(9, 48, 641), 413),
    "a bomb": (grey(9, 20_000, 16), 413),
    "too many bytes": (grey(9) + bytes(MAX_FRAME_BYTES), 413),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_frame_is_refused_and_the_next_is_drawn(cameras, name):
    content, status = BAD[name]
    ticket = cameras.open(HERE, "visitor")
    answer = post(cameras, ticket, content)
    assert answer.status_code == status
    assert answer.json()["reason"] in ("broken", "large")
    assert post(cameras, ticket, grey(9)).status_code == 200


def test_an_unknown_style_is_refused(cameras):
    assert post(cameras, cameras.open(HERE, "visitor"), grey(9), "hayao-v2").status_code == 422


def test_a_camera_that_sends_too_fast_is_slowed(cameras, monkeypatch):
    ticket = cameras.open(HERE, "visitor")
    monkeypatch.setattr(serving, "MAX_RATE", 0.0)  # as if no time passed
    with TestClient(Starlette(routes=[cameras.route])) as client:

        def send() -> int:
            return client.post(f"{FRAME_PATH}?style=cel", content=grey(9), headers={TICKET_HEADER: ticket}).status_code

        assert [send() for _ in range(BURST + 2)] == [200] * BURST + [429] * 2
        monkeypatch.undo()
        time.sleep(0.1)
        assert send() == 200


def test_too_many_cameras_are_refused_until_one_is_idle(cameras, monkeypatch):
    tickets = [cameras.open(HERE, f"visitor {number}") for number in range(MAX_CAMERAS + 1)]
    assert [post(cameras, ticket, grey(9)).status_code for ticket in tickets] == [200] * MAX_CAMERAS + [503]
    monkeypatch.setattr(serving, "IDLE_SECONDS", 0.0)  # as if they had paused for long
    assert post(cameras, tickets[-1], grey(9)).status_code == 200


def test_the_newest_frame_wins():
    """One frame waits at most: what was drawn before is never older than what is drawn next."""
    painter = Slow()
    cameras = Cameras(painter, Turns(), STYLES)
    ticket = cameras.open(HERE, "visitor")
    first = cameras.hand_in(ticket, grey(10), "anime")
    until(lambda: painter.begun)
    older = cameras.hand_in(ticket, grey(50), "anime")
    newer = cameras.hand_in(ticket, grey(90), "anime")
    assert older.result(5) is None
    painter.go.release(2)
    assert read(first.result(5) or b"").mean() == pytest.approx(10, abs=2)
    assert read(newer.result(5) or b"").mean() == pytest.approx(90, abs=2)
    assert painter.begun == [10, 90]


def test_two_cameras_take_turns():
    """One that always has a frame waiting gets every other turn."""
    painter = Slow()
    cameras = Cameras(painter, Turns(), STYLES)
    greedy, other = (cameras.open(Client(name, None), name) for name in ("greedy", "other"))
    cameras.hand_in(greedy, grey(10), "anime")
    until(lambda: painter.begun)
    for turn in range(3):
        cameras.hand_in(other, grey(100 + 10 * turn), "anime")
        for _ in range(4):
            cameras.hand_in(greedy, grey(20), "anime")
        painter.go.release()
        until(lambda done=2 * turn + 2: len(painter.begun) == done)
        painter.go.release()
        until(lambda done=2 * turn + 3: len(painter.begun) == done)
    painter.go.release()
    assert painter.begun == [10, 100, 20, 110, 20, 120, 20]


def test_a_photo_waits_for_one_frame_at_most():
    turns, painter = Turns(), Slow()
    cameras = Cameras(painter, turns, STYLES)
    tickets = [cameras.open(Client(f"{number}", None), f"{number}") for number in range(3)]
    for ticket in tickets:
        cameras.hand_in(ticket, grey(10), "anime")
    until(lambda: painter.begun)
    got = threading.Event()

    def photo() -> None:
        with turns.take(Client("photo", None)):
            got.set()

    threading.Thread(target=photo, daemon=True).start()
    until(lambda: len(turns) == 2)
    painter.go.release()
    assert got.wait(10)
    assert len(painter.begun) <= 2  # the next one may have begun when the photo was done
    painter.go.release(5)


def test_cameras_go_on_while_a_photo_is_drawn(monkeypatch):
    """Between its stages, and for a third of its time at most."""
    turns = Turns()
    cameras = Cameras(inverted, turns, STYLES)
    ticket = cameras.open(HERE, "visitor")
    with turns.take(Client("photo", None)):
        first = cameras.hand_in(ticket, grey(10), "anime")
        cameras.draw_between()
        assert first.result(5)
        monkeypatch.setattr(serving, "PHOTO_SHARE", 1e9)
        cameras.hand_in(ticket, grey(10), "anime")
        cameras.draw_between()
        second = cameras.hand_in(ticket, grey(10), "anime")
        cameras.draw_between()
        assert not second.done()
    assert second.result(10)


def test_a_frame_that_fails_does_not_end_the_photo(monkeypatch):
    def fails(picture: Picture, style: str) -> Picture:
        raise animegan.WeightsUnavailableError("gone")

    turns = Turns()
    cameras = Cameras(fails, turns, STYLES)
    with turns.take(Client("photo", None)):
        frame = cameras.hand_in(cameras.open(HERE, "visitor"), grey(10), "anime")
        cameras.draw_between()
    with pytest.raises(animegan.WeightsUnavailableError):
        frame.result(5)


def test_who_leaves_frees_the_place():
    painter = Slow()
    cameras = Cameras(painter, Turns(), STYLES)
    ticket = cameras.open(HERE, "visitor")
    cameras.hand_in(ticket, grey(10), "anime")
    until(lambda: painter.begun)
    waiting = cameras.hand_in(ticket, grey(50), "anime")
    cameras.close("visitor")
    assert waiting.result(5) is None
    painter.go.release(2)
    assert len(cameras) == 0


@pytest.mark.slow
def test_a_frame_is_drawn_while_a_photo_is(pipeline, astronaut, coffee):
    """From the thread that draws the photo; and the photo comes out the same."""
    alone = pipeline.stylize(astronaut, faces=False).image
    frames = []
    frame = cv2.resize(coffee, (96, 64))
    both = pipeline.stylize(
        astronaut, faces=False, on_progress=lambda *_: frames.append(pipeline.draw_frame(frame, "cel"))
    ).image
    assert len(frames) > 4
    assert all((one == frames[0]).all() and one.shape == frame.shape for one in frames)
    assert (both == alone).all()


@pytest.mark.parametrize("style", ["anime", "manga", "watercolour"])
def test_a_frame_looks_like_its_style(pipeline, coffee, style):
    """Close to the drawing of the same picture as a photo, though the network may be a small one."""
    frame = cv2.resize(coffee, (384, 256))
    quick = pipeline.draw_frame(frame, style)
    slow = pipeline.stylize(frame, style, faces=False, enhance="off").image
    distance = [np.abs(quick.astype(int) - other).mean() for other in (slow, frame)]
    assert distance[0] < 0.75 * distance[1]


@pytest.fixture
def written():
    """What this process opens to write; the server's threads are part of it."""
    opened: list[str] = []
    is_watched = True

    def watch(event: str, arguments: tuple) -> None:
        if is_watched and event == "open":
            path, mode, flags = arguments
            if (isinstance(mode, str) and set(mode) & set("wax+")) or (mode is None and flags & 3):
                opened.append(str(path))

    sys.addaudithook(watch)
    yield opened
    is_watched = False


def test_nothing_is_written_to_disk(page, written, coffee):
    """Through the server as it runs: no file is opened to write, and none appears."""
    ticket = page.state.cameras.open(HERE, "camera test")
    content = jpeg(cv2.resize(coffee, (192, 128)))

    def send() -> int:
        return httpx.post(
            f"{page.url}{FRAME_PATH[1:]}?style=anime", content=content, headers={TICKET_HEADER: ticket}
        ).status_code

    assert send() == 200
    before = set(page.state.folder.rglob("*"))
    written.clear()
    assert [send() for _ in range(5)] == [200] * 5
    assert [path for path in written if not path.startswith("/dev/")] == []
    assert set(page.state.folder.rglob("*")) <= before  # what another session left may go meanwhile
    page.state.cameras.close("camera test")
    assert send() == 403
