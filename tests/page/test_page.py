"""The page, asked as a program asks it, and what it leaves on disk."""

import base64
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

import animegan
from animegan.examples import FOLDER as EXAMPLES
from animegan.images import files
from animegan.page.gradio_private import UPLOAD_LIMIT
from animegan.page.serving.sessions import Sessions
from tests.conftest import ROOT
from tests.images.test_files import BAD_FILES
from tests.images.test_transparency import cut_out
from tests.support.app import served
from tests.support.page_values import page_values
from tests.support.photo_files import encoded

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="module")
def closing():
    """Closes clients in the background: each one waits a second for its heartbeat to end."""
    with ThreadPoolExecutor(4) as closing:
        yield closing


@pytest.fixture
def client(page, tmp_path, closing):
    client = Client(page.blocks.local_url, verbose=False, download_files=str(tmp_path / "downloads"))
    yield client
    closing.submit(client.close)


def stylized(client, photo, **settings) -> tuple[Path, dict]:
    """What the documented call gives: the picture's file and the report."""
    picture, report = client.predict(handle_file(str(photo)), **settings, api_name="/stylize")
    return Path(picture), report


def test_a_photo_through_the_page(client, photo, drawn):
    """The photo alone is enough: everything else has a default."""
    file, report = stylized(client, photo)
    picture = files.load(file)
    assert picture.shape == (512, 512, 3)
    assert np.abs(picture.astype(int) - drawn.image).mean() < 3
    assert file.name == "eileen-anime.png"
    assert (report["style"], report["size"], len(report["faces"]), report["repair"]) == ("anime", [512, 512], 1, [])


def test_a_cut_out_through_the_page(client, tmp_path, coffee):
    """It comes back transparent, and what is said of it is in the report."""
    sticker = cut_out(np.ascontiguousarray(coffee[100:164, 150:230]))
    Image.fromarray(sticker).save(tmp_path / "sticker.png")
    data = encoded(coffee[:64, :80], "JPEG")
    (tmp_path / "cut-off.jpg").write_bytes(data[:-40])
    file, report = stylized(client, tmp_path / "sticker.png", style="cel")
    np.testing.assert_array_equal(np.asarray(Image.open(file))[:, :, 3], sticker[:, :, 3])
    assert report["notes"] == []
    _, report = stylized(client, tmp_path / "cut-off.jpg", style="cel")
    assert "cut off" in report["notes"][0]


def test_the_first_visitor_does_not_wait(page, photo):
    """The page was its own first visitor: it kept nothing of that visit, and its models are loaded."""
    deadline = time.monotonic() + 20
    while (kept := [path for path in files_in(page) if "astronaut" in path.name]) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not kept
    assert {"anime", "likeness"} <= {version.id for version in page.state.pipeline.models.painters}


@pytest.mark.slow
def test_a_large_photo_is_given_at_its_size(client, tmp_path, coffee):
    path = tmp_path / "large.jpg"
    Image.fromarray(coffee).resize((1500, 1000)).save(path)
    assert Image.open(stylized(client, path)[0]).size == (1500, 1000)


@pytest.mark.slow
def test_the_report_says_what_was_repaired(client):
    _, report = stylized(client, ROOT / "examples" / "2-astronaut-blurry.jpg")
    assert report["enhanced"] == ["restore", "contrast"]
    assert "flat" in report["repair"][1]["why"]


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_our_words(client, tmp_path, name):
    path = tmp_path / "bad <b>photo.jpg"
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(AppError, match="choose") as caught:
        stylized(client, path)
    assert "<b>" not in str(caught.value)
    assert "/" not in str(caught.value)  # no path of the server


@pytest.mark.slow
def test_faces_crops_and_size_are_chosen(client, photo):
    """Who paints the faces, twice the size, and a crop: by the same call."""
    file, report = stylized(client, photo, faces_style="portrait", level="light", double=True)
    assert Image.open(file).size == (1024, 1024)
    assert report["faces_style"] == "portrait"
    assert report["size"] == [1024, 1024]
    wide, high = Image.open(stylized(client, photo, crop="portrait")[0]).size
    assert abs(wide / high - 0.8) < 0.02


@pytest.mark.slow
def test_styles_and_crops_can_be_asked_for(client, photo, astronaut, tmp_path, coffee):
    styles = client.predict(api_name="/styles")
    assert {s["id"]: s["at_hand"] for s in styles}["hayao"] is True
    assert all({"label", "caption", "good_for", "source", "licence"} <= set(s) for s in styles)
    crops = client.predict(handle_file(str(photo)), api_name="/crop")
    left, top, right, bottom = crops["portrait"]
    assert 0 <= left < right <= 512
    assert 0 <= top < bottom <= 512
    Image.fromarray(coffee).save(tmp_path / "coffee.jpg")
    assert client.predict(handle_file(str(tmp_path / "coffee.jpg")), api_name="/crop") == {}
    with pytest.raises(AppError, match="no photo yet"):
        client.predict(None, api_name="/crop")


def test_the_documented_calls_are_typed_and_stay_as_they_are(client):
    """Programs depend on these names, their order and their defaults."""
    calls = client.view_api(return_format="dict")["named_endpoints"]
    assert set(calls) == {"/stylize", "/styles", "/crop"}
    defaults = {p["parameter_name"]: p.get("parameter_default") for p in calls["/stylize"]["parameters"]}
    assert list(defaults.items()) == [
        ("photo", None), ("style", "anime"), ("enhance", "auto"), ("faces", True), ("faces_style", "auto"),
        ("strength", 1.0), ("vividness", 1.0), ("guided", False), ("double", False), ("level", "auto"),
        ("crop", "none"), ("faces_only", False), ("scene_only", False), ("chosen_faces", ""),
        ("people_only", False), ("background_only", False), ("cut_out", False), ("sticker", False),
        ("faces_strength", 1.0),
    ]  # fmt: skip
    types = {p["parameter_name"]: p["python_type"]["type"] for p in calls["/stylize"]["parameters"]}
    assert types["style"].startswith("Literal['anime', 'cel', 'dusk'")
    assert (types["faces"], types["strength"]) == ("bool", "float")
    assert "at its own size" in calls["/stylize"]["description"]


def test_it_is_an_mcp_server_where_that_is_asked_for(page):
    """Tools for language models, by the same names."""
    pytest.importorskip("mcp")
    tools = httpx.get(f"{page.blocks.local_url}gradio_api/mcp/schema").json()
    assert {tool["name"].removeprefix("app_") for tool in tools} == {"stylize", "styles", "crop"}
    stylize = next(tool for tool in tools if tool["name"].endswith("stylize"))
    assert "photo" in stylize["inputSchema"]["properties"]


@pytest.mark.slow
def test_a_chinese_client_is_told_in_chinese(page, tmp_path):
    client = Client(page.blocks.local_url, verbose=False, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    broken = tmp_path / "bad.jpg"
    broken.write_bytes(BAD_FILES["html"])
    with pytest.raises(AppError, match="无法读取"):
        stylized(client, broken)
    client.close()


@pytest.mark.slow
def test_who_is_turned_away_hears_how_many_are_ahead(page, client, still, monkeypatch):
    """In our words, for programs and for people; how a browser shows it is in test_browser."""
    monkeypatch.setattr(page.state.turns, "places", 0)
    with pytest.raises(AppError, match="Busy: 0 ahead of you"):
        stylized(client, still)
    monkeypatch.undo()
    assert stylized(client, still)[0].exists()


@pytest.mark.long
def test_a_greedy_client_does_not_keep_others_waiting(page, client, photo):
    """Forty calls by name without a session: a few wait, the rest is refused, and another goes in between."""
    uploaded = base64.b64encode(photo.read_bytes()).decode()
    data = [{"path": None, "url": f"data:image/jpeg;base64,{uploaded}"}, *page_values(style="anime")]
    call = f"{page.blocks.local_url}gradio_api/call/stylize"
    events = [httpx.post(call, json={"data": data}, timeout=60).json()["event_id"] for _ in range(40)]
    assert stylized(client, photo)[0].exists()
    assert len(page.state.turns) <= 4
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda event: httpx.get(f"{call}/{event}", timeout=120).text, events))
    refused = [answer for answer in answers if "waiting already" in answer]
    drawn = [answer for answer in answers if "eileen" in answer or "photo-anime.png" in answer]
    assert refused
    assert drawn
    assert len(refused) + len(drawn) == 40


def test_an_unknown_style_gets_a_message(client, photo):
    with pytest.raises(AppError, match=r"hayao|choices"):
        stylized(client, photo, style="picasso")


@pytest.mark.slow
def test_heic_and_sixteen_bits_come_through(client, tmp_path, coffee):
    files.register_formats()
    coffee = coffee[:200, :300]
    Image.fromarray(coffee).save(tmp_path / "phone.heic", quality=90)
    deep = Image.fromarray((coffee[:, :, 1].astype(np.uint16)) * 257)
    deep.save(tmp_path / "deep.png")
    for name in ("phone.heic", "deep.png"):
        shown = files.load(stylized(client, tmp_path / name, strength=0.0, enhance="off")[0]).astype(int)
        expected = files.load(tmp_path / name).astype(int)
        assert np.abs(shown - expected).mean() < 1


def files_in(page) -> set[Path]:
    return {path for path in page.state.folder.rglob("*") if path.is_file()}


def test_what_belongs_to_one_visitor_goes_with_them(page, tmp_path):
    mine, shared = page.state.folder / "up1" / "a.jpg", page.state.folder / "up2" / "b.jpg"
    for path in (mine, shared):
        path.parent.mkdir()
        path.write_bytes(b"photo")
    result = page.state.sessions.folder("alice")
    (result / "full.png").write_bytes(b"picture")
    page.state.sessions.own("alice", mine)
    page.state.sessions.own("alice", shared)
    page.state.sessions.own("bob", shared)
    page.state.sessions.leave("alice")
    assert not mine.parent.exists()
    assert not result.exists()
    assert shared.exists()
    page.state.sessions.leave("bob")
    assert not shared.exists()


@pytest.mark.slow
def test_work_for_a_visitor_who_left_is_stopped(page, client, still, monkeypatch):
    """Between two stages; and the page goes on for the next one."""
    stylize = page.state.pipeline.stylize
    stages = []

    def left_meanwhile(photo, options, on_progress):
        def report(fraction, message):
            stages.append(message)
            page.state.sessions.leave(client.session_hash)
            on_progress(fraction, message)

        return stylize(photo, options, on_progress=report)

    monkeypatch.setattr(page.state.pipeline, "stylize", left_meanwhile)
    with pytest.raises(AppError, match="Stopped before"):
        stylized(client, still)
    assert len(stages) == 1
    monkeypatch.undo()
    assert stylized(client, still)[0].exists()


@pytest.mark.slow
def test_the_sweeper_leaves_nothing_old(page, client, still):
    stylized(client, still)
    assert files_in(page)
    page.state.sessions.sweep()
    assert files_in(page)  # nothing is old yet
    Sessions(page.state.folder, keep=-1).sweep()
    assert not files_in(page)
    assert stylized(client, still)[0].exists()  # the page goes on; its examples are not in that folder


@pytest.mark.slow
def test_the_photo_s_place_is_forgotten_when_the_client_goes(page, still):
    client = Client(page.blocks.local_url, verbose=False)
    before = files_in(page)
    stylized(client, still)
    assert files_in(page) - before
    client.close()
    page.state.sessions.leave(client.session_hash)
    deadline = time.time() + 5
    while files_in(page) - before and time.time() < deadline:
        time.sleep(0.1)
    assert not files_in(page) - before


def test_nothing_of_the_machine_can_be_read(page, client, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    for path in (secret, "/etc/passwd", Path(animegan.__file__)):
        answer = httpx.get(f"{page.blocks.local_url}gradio_api/file={path}")
        assert answer.status_code in (403, 404)
    # A request that names a path of the server as its photo, past the upload.
    settings = page_values(style="hayao", faces=False)
    call = f"{page.blocks.local_url}gradio_api/call/stylize"
    for path in (secret, EXAMPLES / "CREDITS.md"):
        data = [{"path": str(path), "meta": {"_type": "gradio.FileData"}}, *settings]
        event = httpx.post(call, json={"data": data}).json()["event_id"]
        answer = httpx.get(f"{call}/{event}", timeout=60).text
        assert answer.startswith("event: error")
        assert str(tmp_path) not in answer


def test_settings_of_the_page(page):
    config = page.blocks.config
    assert page.blocks.max_file_size == UPLOAD_LIMIT
    assert page.blocks.analytics_enabled is False
    assert page.blocks.share is False
    names = {d["api_name"] for d in config["dependencies"] if d.get("api_visibility") == "public"}
    assert names == {"stylize", "styles", "crop"}


LENT_GPU = """
import multiprocessing

def GPU(function):
    def in_a_child(*arguments):
        def work(pipe):
            pipe.send(function(*arguments))
        ours, theirs = multiprocessing.Pipe()
        child = multiprocessing.get_context("fork").Process(target=work, args=(theirs,))
        child.start()
        result = ours.recv() if ours.poll(60) else None
        child.kill()
        return result
    return in_a_child
"""
"""What ZeroGPU's `spaces.GPU` does with a function, as far as it matters here: it runs in a forked process."""


@pytest.mark.long
def test_it_runs_where_a_gpu_is_lent_to_a_child_process(tmp_path, photo):
    (tmp_path / "spaces.py").write_text(LENT_GPU)
    env = {"SPACES_ZERO_GPU": "true", "PYTHONPATH": str(tmp_path)}
    with served(tmp_path, env) as url:
        client = Client(url, verbose=False, download_files=str(tmp_path / "downloads"))
        client.predict(handle_file(str(photo)), api_name="/crop")  # torch at work in the parent
        file, report = stylized(client, photo)
        assert files.load(file).shape == (512, 512, 3)
        assert len(report["faces"]) == 1
        client.close()
