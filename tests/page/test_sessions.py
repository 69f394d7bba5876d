"""Who is on the page, and what goes with them."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from animegan.errors import PhotoTooLargeError
from animegan.options import Options
from animegan.page.serving.runs import PageState, Run
from animegan.page.serving.sessions import Session, Sessions


@pytest.fixture
def sessions(tmp_path):
    return Sessions(tmp_path, keep=3600, memory=1_000_000)


def seen(session, side: int = 200):
    """A session with a drawing of ``side``² pixels."""
    session.result = SimpleNamespace(image=np.zeros((side, side, 3), np.uint8))
    return session


def test_a_session_stays_until_another_photo_comes(sessions):
    session = sessions.open("ann", "one/holiday.jpg")
    assert session.name == "holiday"
    assert sessions.open("ann", "one/holiday.jpg") is session
    assert sessions.open("bob", "one/holiday.jpg") is not session
    other = sessions.open("ann", b"bytes of a photo")
    assert other is not session
    assert other.name == "photo"
    assert sessions.last("ann") is None  # nothing is drawn yet


def test_the_sessions_of_longest_ago_make_room(sessions):
    """Eight photos of 120,000 bytes fit."""
    for number in range(20):
        seen(sessions.open(f"visitor {number}", f"{number}.jpg"))
        sessions.make_room()
    kept = [n for n in range(20) if sessions.last(f"visitor {n}")]
    assert kept == list(range(12, 20))


def test_one_session_stays_however_large(sessions):
    session = seen(sessions.open("ann", "large.jpg"), 2000)
    sessions.make_room()
    assert sessions.open("ann", "large.jpg") is session


def test_who_leaves_is_stopped_and_takes_everything_along(sessions, tmp_path):
    run, others = sessions.begin("ann"), sessions.begin("bob")
    sessions.open("ann", "a.jpg").result = "a drawing"
    folder = sessions.folder("ann")
    (folder / "drawing.png").write_bytes(b"drawing")
    sessions.leave("ann")
    assert run.is_set()
    assert not others.is_set()
    assert sessions.last("ann") is None
    assert not folder.exists()
    assert not sessions.begin("ann").is_set()  # the next run is a new one


def test_every_run_of_a_visitor_is_stopped_and_none_that_is_over(sessions):
    first, second, third = (sessions.begin("ann") for _ in range(3))
    sessions.end("ann", second)
    sessions.stop("ann")
    assert [run.is_set() for run in (first, second, third)] == [True, False, True]
    sessions.end("ann", first)  # it was told meanwhile


def test_a_stop_keeps_what_there_is(sessions):
    folder = sessions.folder("ann")
    sessions.open("ann", "a.jpg").result = "a drawing"
    run = sessions.begin("ann")
    sessions.stop("ann")
    assert run.is_set()
    assert sessions.last("ann").result == "a drawing"
    assert folder.exists()
    sessions.stop("nobody")


def test_the_sweep_takes_the_sessions_of_photos_that_are_gone(sessions, tmp_path):
    (tmp_path / "here.jpg").write_bytes(b"photo")
    for name in ("here.jpg", "gone.jpg"):
        sessions.open(name, str(tmp_path / name)).result = "a drawing"
    sessions.open("bytes", b"photo").result = "a drawing"
    sessions.sweep()
    assert sessions.last("here.jpg")
    assert sessions.last("bytes")
    assert sessions.last("gone.jpg") is None


def test_the_oldest_files_make_room(tmp_path):
    sessions = Sessions(tmp_path, keep=3600, quota=250)
    for name in ("first", "second", "third"):
        folder = sessions.folder(name)
        (folder / "drawing.png").write_bytes(b"x" * 100)
        time.sleep(0.02)  # so that their times differ
    sessions.make_room()
    assert len(list(tmp_path.rglob("*.png"))) == 2
    sessions.leave("second")
    sessions.leave("third")
    assert not list(tmp_path.rglob("*.png"))


def test_what_a_run_writes_after_its_visitor_left_goes_when_it_ends(sessions):
    run = sessions.begin("ann")
    sessions.leave("ann")
    assert run.is_set()
    folder = sessions.folder("ann")  # it is between two stages, and has not noticed yet
    (folder / "drawing.png").write_bytes(b"drawing")
    sessions.end("ann", run)
    assert not folder.exists()


def test_who_comes_back_keeps_what_is_new(sessions):
    run = sessions.begin("ann")
    sessions.leave("ann")
    again = sessions.begin("ann")
    folder = sessions.folder("ann")
    sessions.end("ann", run)
    sessions.end("ann", again)
    assert folder.exists()


def test_a_drawing_that_gets_too_large_is_refused_before_it_is_drawn(tmp_path):
    """50 megapixels on the page; elsewhere it may have more."""
    Image.new("L", (3600, 3600)).save(tmp_path / "large.png")
    heard: list[str] = []
    run = Run(
        "en", lambda done, text: heard.append(text), lambda: None, PageState(tmp_path), Session(f"{tmp_path}/large.png")
    )
    with pytest.raises(PhotoTooLargeError, match="more than 50 megapixels: ask for a smaller scale"):
        run.draw(Options(scale=2))
    assert heard == []
