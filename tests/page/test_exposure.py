"""What the page shows to the world: nothing but what is documented, and nobody else's files."""

import base64
import http.client
import json
import re
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from animegan.images import files
from animegan.page import gradio_private
from tests.conftest import ROOT
from tests.page.test_page import client, closing, files_in, stylized  # noqa: F401 (fixtures)
from tests.support.page_values import page_values


@pytest.fixture
def web(page):
    with httpx.Client(base_url=page.blocks.local_url, timeout=60) as web:
        yield web


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "/proc/self/environ",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        str(ROOT / "app.py"),
        str(ROOT / "examples" / ".." / "app.py"),
        f"{ROOT}/examples/%2e%2e/requirements.txt",
        str(ROOT / "animegan" / "builtin" / "hayao.safetensors"),
        "file:///etc/passwd",
        "\\etc\\passwd",
    ],
)
def test_files_of_the_machine_are_closed(web, path):
    assert web.get(f"gradio_api/file={path}").status_code in (400, 403, 404)


@pytest.mark.slow
def test_the_work_folder_cannot_be_listed_or_guessed(page, client, web, still):  # noqa: F811
    """Results lie in folders with names that nobody can guess; who asks for the folder gets nothing."""
    stylized(client, still)
    results = [path for path in files_in(page) if path.name == "cup-anime.png"]
    assert results
    folder = results[0].parent
    assert re.fullmatch(r"tmp\w{8,}", folder.name)
    for path in (page.state.folder, folder, f"{page.state.folder}/", page.state.folder / "cup-anime.png"):
        assert web.get(f"gradio_api/file={path}").status_code in (403, 404)


def test_the_photo_of_another_cannot_be_named_as_one_s_own_from_outside(web, tmp_path):
    """A path of the server in the photo's place is refused, in words that do not say where it looked."""
    secret = tmp_path / "secret.png"
    secret.write_bytes((ROOT / "examples" / "styles" / "hayao.webp").read_bytes())
    for path in (secret, "/etc/hostname", ROOT / "README.md"):
        data = {"data": [{"path": str(path), "meta": {"_type": "gradio.FileData"}}]}
        event = web.post("gradio_api/call/crop", json=data).json()["event_id"]
        answer = web.get(f"gradio_api/call/crop/{event}").text
        assert answer.startswith("event: error")
        assert str(tmp_path) not in answer
        assert str(ROOT) not in answer


def test_strangers_get_nothing_of_anybody_s(web, client, still):  # noqa: F811
    """The page's own events can be called by name, without a session or with somebody's name guessed: whoever does
    is a stranger, for whom nothing was drawn.
    """
    url = f"data:image/jpeg;base64,{base64.b64encode(still.read_bytes()).decode()}"
    drawn = {"path": None, "url": url}
    stylized(client, still)
    assert "after.jpg" in asked(web, "draw_now", [drawn, *page_values(style="hayao", faces=False)])
    for name, data in (("use_result", []), ("prepare", ["png"])):
        for session in ({}, {"session_hash": "api"}):
            answer = asked(web, name, data, session)
            assert "tmp" not in answer
            assert ".png" not in answer


def asked(web, name: str, data: list, session: dict | None = None) -> str:
    """What a call by name answers; the call must be there."""
    answer = web.post(f"gradio_api/call/{name}", json={"data": data, **(session or {})})
    assert answer.status_code == 200, f"{name}: {answer.status_code} {answer.text}"
    return web.get(f"gradio_api/call/{name}/{answer.json()['event_id']}").text


def test_only_the_documented_calls_are_described(web):
    info = web.get("gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/stylize", "/styles", "/crop"}
    assert info["unnamed_endpoints"] == {}
    labels = {
        name: [part["label"] for part in (*call["parameters"], *call["returns"])]
        for name, call in info["named_endpoints"].items()
    }
    assert labels["/crop"] == ["Your photo", "The crops"]
    assert labels["/stylize"][:3] == ["Your photo", "Style", "Enhancement"]
    assert labels["/stylize"][-2:] == ["The picture", "The report"]


def test_nothing_is_fetched_for_strangers(web):
    """Neither as a proxy nor as a photo that lies elsewhere."""
    assert web.get("gradio_api/proxy=https://example.org/").status_code in (400, 403, 404)
    data = {"data": [{"path": "http://127.0.0.1:1/x.png", "meta": {"_type": "gradio.FileData"}}]}
    event = web.post("gradio_api/call/crop", json=data).json()["event_id"]
    assert web.get(f"gradio_api/call/crop/{event}").text.startswith("event: error")


def test_no_monitoring_and_nothing_for_scripts_of_other_sites(web):
    assert web.get("monitoring").status_code in (403, 404)
    assert web.get("monitoring/summary").status_code in (403, 404)
    answer = web.post("gradio_api/call/styles", json={"data": []}, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_an_upload_stays_in_the_work_folder_whatever_it_is_called(page, web):
    for name in ("../../../escape.png", "/tmp/escape.png", "a\nb.png", "..\\escape.png"):
        answer = web.post("gradio_api/upload", files={"files": (name, b"not a picture")})
        if answer.status_code == 200:
            for path in answer.json():
                assert Path(path).resolve().is_relative_to(page.state.folder.resolve())
    assert not list(page.state.folder.parent.glob("escape*"))


def test_an_upload_over_the_limit_is_refused(page, web, monkeypatch):
    monkeypatch.setattr(page.blocks, "max_file_size", 1000)
    before = files_in(page)
    answer = web.post("gradio_api/upload", files={"files": ("large.png", b"x" * 5000)})
    assert answer.status_code == 413
    assert files_in(page) <= before


def test_a_body_over_the_limit_is_refused_before_it_is_read(page):
    """By its Content-Length: an upload's, and a data: URL's."""
    address = httpx.URL(page.blocks.local_url)
    for path in ("upload", "call/stylize", "queue/join"):
        connection = http.client.HTTPConnection(address.host, address.port, timeout=30)
        connection.putrequest("POST", f"/gradio_api/{path}")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "500000000")
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert "too large" in json.loads(answer.read())["detail"]
        connection.close()


def data_url(content: bytes) -> dict:
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return {"path": None, "url": url}


def called(web, photo: dict) -> str:
    return asked(web, "stylize", [photo, *page_values(style="hayao")])


@pytest.mark.slow
def test_a_data_url_is_a_photo_up_to_the_limit(page, web, photo, monkeypatch):
    """They pass Gradio's own limit: ours is asked before anything is decoded."""
    content = photo.read_bytes()
    assert "event: complete" in called(web, data_url(content))
    monkeypatch.setattr(gradio_private, "UPLOAD_LIMIT", len(content) // 2)
    answer = called(web, data_url(content))
    assert "event: error" in answer
    assert "too large" in answer
    monkeypatch.undo()
    broken = called(web, {**data_url(b""), "url": "data:image/png;base64,%%%"})
    assert "broken" in broken
    assert "choose" in called(web, data_url(b"<svg xmlns='http://www.w3.org/2000/svg'></svg>"))


@pytest.mark.long
def test_what_one_sends_and_gets_goes_when_the_connection_ends(page, still):
    """A program closes its connection, and does nothing else."""
    before = files_in(page)
    one = Client(page.blocks.local_url, verbose=False)
    one.predict(handle_file(str(still)), strength=0.9, api_name="/stylize")
    assert files_in(page) - before
    one.close()
    deadline = time.monotonic() + 30
    while files_in(page) - before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not files_in(page) - before


@pytest.mark.long
def test_the_photo_of_who_is_turned_away_goes_with_them(page, tmp_path, coffee, monkeypatch):
    path = files.save(coffee[:100, :100], tmp_path / "turned-away.png")
    one = Client(page.blocks.local_url, verbose=False)
    monkeypatch.setattr(page.state.turns, "places", 0)
    with pytest.raises(AppError, match="Busy"):
        stylized(one, path)
    monkeypatch.undo()
    assert [file for file in files_in(page) if file.name == "turned-away.png"]
    one.close()
    deadline = time.monotonic() + 30
    while [file for file in files_in(page) if file.name == "turned-away.png"] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [file for file in files_in(page) if file.name == "turned-away.png"]


@pytest.mark.slow
def test_an_error_names_no_path_of_the_server(client, tmp_path):  # noqa: F811
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(AppError) as caught:
        stylized(client, tmp_path / "broken.png")
    assert "/" not in str(caught.value)
