"""The page, asked as a program asks it, and what it leaves on disk."""

import os
import re
import time
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from animegan import photos

from .conftest import ROOT
from .test_photos import BAD_FILES

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def page():
    import app

    app.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
    assert app.warmed.wait(120)
    yield app
    app.demo.close()


@pytest.fixture
def client(page, tmp_path):
    client = Client(page.demo.local_url, verbose=False, download_files=str(tmp_path / "downloads"))
    yield client
    client.close()


def converted(client, photo, **options):
    settings = {
        "style": "hayao", "enhance": "Auto", "faces": True, "strength": 1.0, "vividness": 1.0, "guided": False,
        "faces_style": "auto", "level": "auto", "double": False, "crop": "none",
    }  # fmt: skip
    return client.predict(handle_file(str(photo)), *{**settings, **options}.values(), api_name="/convert")


@pytest.fixture(scope="session")
def photo(tmp_path_factory, astronaut):
    path = tmp_path_factory.mktemp("photo") / "eileen.jpg"
    Image.fromarray(astronaut).save(path, quality=95)
    return path


def test_a_photo_through_the_page(client, photo, drawn):
    (before, after), line, download = converted(client, photo)
    assert np.abs(photos.load(before).astype(int) - photos.load(photo)).mean() < 3
    picture = photos.load(download["value"] if isinstance(download, dict) else download)
    assert picture.shape == (512, 512, 3)
    assert np.abs(picture.astype(int) - photos.load(after)).mean() < 3
    assert np.abs(picture.astype(int) - drawn.image).mean() < 3
    assert re.fullmatch(r"Sharp \(fine detail \d+%\): left as it is\. 1 face painted\. \d+\.\d s\.", line)


def test_the_first_visitor_does_not_wait(page, photo):
    """The page was its own first visitor: it kept nothing of that visit, and its models are loaded."""
    deadline = time.monotonic() + 20
    while files_in(page) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [path for path in files_in(page) if "astronaut" in path.name]
    assert "hayao" in page.pipeline._painters


def test_a_large_photo_is_shown_small_and_given_at_its_size(client, tmp_path, coffee):
    path = tmp_path / "large.jpg"
    Image.fromarray(coffee).resize((2400, 1600)).save(path)
    (before, after), _, download = converted(client, path)
    assert Image.open(before).size == Image.open(after).size == (2048, 1365)
    full = download["value"] if isinstance(download, dict) else download
    assert Image.open(full).size == (2400, 1600)
    assert Path(full).name == "large-hayao.png"


def test_the_line_says_what_was_mended(client):
    _, line, _ = converted(client, Path(__file__).parent.parent / "examples" / "2-astronaut-blurry.jpg")
    assert line.startswith("Restored, as ")
    assert "contrast lifted, as flat" in line
    assert "1 face painted." in line


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_our_words(client, tmp_path, name):
    path = tmp_path / "bad <b>photo.jpg"
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(AppError, match="choose") as caught:
        converted(client, path)
    assert "<b>" not in str(caught.value)
    assert "/" not in str(caught.value)  # no path of the server


def test_faces_crops_and_size_are_chosen(client, photo):
    """Who paints the faces, twice the size, and a crop: by the same call."""
    (before, after), line, download = converted(client, photo, faces_style="portrait", level="light", double=True)
    full = download["value"] if isinstance(download, dict) else download
    assert Image.open(full).size == (1024, 1024)
    assert Image.open(before).size == Image.open(after).size == (1024, 1024)
    assert "twice the size was asked for" in line
    _, _, download = converted(client, photo, crop="portrait")
    wide, high = Image.open(download["value"] if isinstance(download, dict) else download).size
    assert abs(wide / high - 0.8) < 0.02


def test_an_unknown_style_gets_a_message(client, photo):
    with pytest.raises(AppError, match=r"hayao|choices"):
        converted(client, photo, style="picasso")


def test_heic_and_sixteen_bits_come_through(client, tmp_path, coffee):
    photos.register_formats()
    Image.fromarray(coffee).save(tmp_path / "phone.heic", quality=90)
    deep = Image.fromarray((coffee[:, :, 1].astype(np.uint16)) * 257)
    deep.save(tmp_path / "deep.png")
    for name in ("phone.heic", "deep.png"):
        (before, _), _, _ = converted(client, tmp_path / name)
        shown = photos.load(before).astype(int)
        expected = photos.load(tmp_path / name).astype(int)
        assert np.abs(shown - expected).mean() < 4


def files_in(page) -> set[Path]:
    return {path for path in page.WORKROOM.rglob("*") if path.is_file()}


def test_what_belongs_to_one_visitor_goes_with_them(page, tmp_path):
    mine, shared = page.WORKROOM / "up1" / "a.jpg", page.WORKROOM / "up2" / "b.jpg"
    for path in (mine, shared):
        path.parent.mkdir()
        path.write_bytes(b"photo")
    result = page.belongings.folder("alice")
    (result / "full.png").write_bytes(b"picture")
    page.belongings.add("alice", mine)
    page.belongings.add("alice", shared)
    page.belongings.add("bob", shared)
    page.belongings.leave("alice")
    assert not mine.parent.exists()
    assert not result.exists()
    assert shared.exists()
    page.belongings.leave("bob")
    assert not shared.exists()


def test_work_for_a_visitor_who_left_is_stopped(page, client, photo, monkeypatch):
    """Between two stages; and the page goes on for the next one."""
    assess = page.pipeline._run
    stages = []

    def left_meanwhile(loaded, options, clock):
        page.belongings.leave(client.session_hash)
        told = clock._told
        clock._told = lambda fraction, what: (stages.append(what), told(fraction, what))
        return assess(loaded, options, clock)

    monkeypatch.setattr(page.pipeline, "_run", left_meanwhile)
    with pytest.raises(AppError, match="left"):
        converted(client, photo)
    assert len(stages) == 1
    monkeypatch.undo()
    assert converted(client, photo)


def test_the_sweeper_leaves_nothing_old(page, client, photo):
    converted(client, photo)
    assert files_in(page)
    page.belongings.sweep()
    assert files_in(page)  # nothing is old yet
    page.Belongings(keep=-1).sweep()
    assert not files_in(page)
    assert converted(client, photo)  # the page goes on; its examples are not in that folder


def test_the_photo_s_place_is_forgotten_when_the_client_goes(page, photo):
    client = Client(page.demo.local_url, verbose=False)
    before = files_in(page)
    converted(client, photo)
    assert files_in(page) - before
    client.close()
    page.belongings.leave(client.session_hash)
    deadline = time.time() + 5
    while files_in(page) - before and time.time() < deadline:
        time.sleep(0.1)
    assert not files_in(page) - before


def test_nothing_of_the_machine_can_be_read(page, client, tmp_path):
    import httpx

    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for path in (secret, "/etc/passwd", Path(page.__file__)):
        answer = httpx.get(f"{page.demo.local_url}gradio_api/file={path}")
        assert answer.status_code in (403, 404)
    # A request that names a path of the server as its photo, past the upload.
    settings = ["hayao", "Auto", False, 1.0, 1.0, False]
    call = f"{page.demo.local_url}gradio_api/call/convert"
    for path in (secret, page.EXAMPLES / "CREDITS.md"):
        data = [{"path": str(path), "meta": {"_type": "gradio.FileData"}}, *settings]
        event = httpx.post(call, json={"data": data}).json()["event_id"]
        answer = httpx.get(f"{call}/{event}", timeout=60).text
        assert answer.startswith("event: error")
        assert str(tmp_path) not in answer


def test_settings_of_the_page(page):
    config = page.demo.config
    assert page.demo.max_file_size == page.UPLOAD_LIMIT
    assert page.demo.analytics_enabled is False
    assert page.demo.share is False
    names = {d["api_name"] for d in config["dependencies"] if d.get("api_visibility") == "public"}
    assert names == {"convert"}


def test_python_app_py_serves_and_cleans_up_when_it_is_stopped(tmp_path):
    """The README's command as it stands: it answers, and leaves nothing behind when it is told to end."""
    import signal
    import socket
    import subprocess
    import sys

    import httpx

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path)}
    environment.pop("GRADIO_TEMP_DIR", None)
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment)
    try:
        deadline = time.time() + 120
        while time.time() < deadline:
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/")
                break
            except httpx.TransportError:
                time.sleep(0.5)
        assert answer.status_code == 200
        assert "animegan" in answer.text
        assert list(tmp_path.glob("animegan-*"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    assert not list(tmp_path.glob("animegan-*"))
