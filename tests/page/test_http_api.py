"""One request, one drawing, by plain HTTP."""

import asyncio
import io
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from animegan.errors import DrawingStoppedError, HubUnreachableError
from animegan.images.files import encode
from animegan.options import Options
from animegan.page.serving.http_api import HttpApi
from animegan.page.serving.limits import BodyLimit
from animegan.page.serving.runs import PageState
from animegan.page.serving.turns import Turns
from animegan.page.settings import ON_PAGE
from animegan.words.messages import Message
from tests.images.test_files import BAD_FILES

SECRET = "48°51'N"
_png = Path("photo.png")


class Draughtsman:
    """Draws a photo upside down, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Options] = []
        self.meanwhile: Any = lambda: None
        self.draw_frame = None

    def warm(self) -> None:
        pass

    def stylize(self, cache, options, on_progress):
        self.asked.append(options)
        self.meanwhile()
        on_progress(0.5, Message("paint"))
        drawing = np.ascontiguousarray(cache.photo[::-1])
        alpha = cache.read().alpha
        pixels = drawing if alpha is None else np.dstack([drawing, alpha[::-1]])
        return SimpleNamespace(image=drawing, pixels=pixels)


@pytest.fixture
def hand() -> Draughtsman:
    return Draughtsman()


@pytest.fixture
def state(tmp_path, hand) -> PageState:
    return PageState(tmp_path, pipeline=hand)


def asking(state, allow_urls=False) -> TestClient:
    limit = Middleware(BodyLimit, upload=3_000_000, other=1000)
    return TestClient(Starlette(routes=HttpApi(state, allow_urls).routes, middleware=[limit]))


@pytest.fixture
def web(state) -> TestClient:
    return asking(state)


@pytest.fixture(scope="module")
def jpeg(coffee) -> bytes:
    """A photo that says where it was taken, and by whom."""
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = SECRET, "Anna"
    buffer = io.BytesIO()
    Image.fromarray(coffee[:90, :120]).save(buffer, "JPEG", quality=95, exif=exif, comment=SECRET.encode())
    return buffer.getvalue()


def sent(web, content: Any, fields: dict | None = None, headers: dict | None = None) -> httpx.Response:
    return web.post("/draw", files={"photo": ("a.jpg", bytes(content))}, data=fields or {}, headers=headers or {})


def refused(answer, status: int, code: str, words: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["code"] == code
    assert words in answer.json()["message"]


def picture_in(answer) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


def test_a_photo_is_drawn_at_its_size(web, hand, jpeg):
    answer = sent(web, jpeg, {"style": "cel"})
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "no-store"
    upright = np.asarray(Image.open(io.BytesIO(jpeg)))
    assert np.array_equal(np.asarray(picture_in(answer)), upright[::-1])
    assert hand.asked == [Options(style="cel")]


@pytest.mark.parametrize(
    ("fields", "accept", "kind"),
    [
        ({"format": "png"}, "image/webp", "PNG"),
        ({"format": "jpeg"}, "*/*", "JPEG"),
        ({"format": "jpg"}, "*/*", "JPEG"),
        ({"format": "webp"}, "*/*", "WEBP"),
        ({}, "image/webp", "WEBP"),
        ({}, "text/html,image/jpeg;q=0.8,*/*;q=0.5", "JPEG"),
        ({}, "image/jpeg;q=0.3, image/webp;q=0.9", "WEBP"),
        ({}, "image/webp;q=0", "PNG"),
        ({}, "image/avif,image/*", "PNG"),
        ({}, "image/webp;q=high", "PNG"),
    ],
)
def test_the_kind_of_file_is_chosen_and_holds_pixels_alone(web, jpeg, fields, accept, kind):
    answer = sent(web, jpeg, fields, headers={"accept": accept})
    picture = picture_in(answer)
    assert picture.format == kind
    assert set(picture.getexif().values()) <= {"animegan"}
    assert SECRET.encode() not in answer.content
    assert b"Anna" not in answer.content


def test_a_cut_out_stays_one(web, hand):
    cut_out = np.full((40, 60, 4), (200, 60, 40, 255), np.uint8)
    cut_out[:20, :, 3] = 0
    answer = web.post("/draw", files={"photo": encode(cut_out, _png).tobytes()})
    drawn = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert drawn.shape == (40, 60, 4)
    assert (drawn[:20, :, 3] == 255).all()
    assert (drawn[20:, :, 3] == 0).all()


def test_every_setting_of_the_page_can_be_sent(web, hand, jpeg):
    fields = {
        "style": "hayao", "enhance": "on", "faces": "no", "faces_style": "scene", "strength": "0.5", "vividness": "2",
        "guided": "TRUE", "double": "1", "level": "light", "crop": "none", "chosen_faces": "", "faces_only": "false",
        "scene_only": "no", "people_only": "0", "background_only": "yes", "cut_out": "false", "sticker": "1",
        "faces_strength": "1",
    }  # fmt: skip
    assert set(fields) == set(ON_PAGE)
    assert sent(web, jpeg, fields).status_code == 200
    assert hand.asked == [
        Options(
            style="hayao", enhance="on", faces=False, faces_style="scene", strength=0.5, vividness=2.0, guided=True,
            scale=2, restorer="light", background_only=True, sticker=True,
        )
    ]  # fmt: skip
    assert sent(web, jpeg).status_code == 200
    assert hand.asked[1] == Options()


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"style": "picasso"}, "unknown-style", "choose one of anime, cel"),
        ({"style": "hub:owner/repo"}, "unknown-style", "choose one of"),
        ({"style": __file__}, "unknown-style", "choose one of"),
        ({"faces_style": "hub:owner/repo"}, "bad-option", "The style of faces is auto"),
        ({"enhance": "super-resolution"}, "bad-option", "Enhancement is auto, on or off"),
        ({"strength": "9"}, "bad-option", "from 0 to 1.5"),
        ({"strength": "nan"}, "bad-option", "from 0 to 1.5"),
        ({"strength": "much"}, "bad-option", "not 'much'"),
        ({"faces": "perhaps"}, "bad-option", "'faces' is True or False, not 'perhaps'"),
        ({"format": "gif"}, "bad-option", "The format is png, jpeg or webp, not 'gif'."),
        ({"styl": "anime"}, "bad-option", "There is no field 'styl': choose from photo, url, format, style"),
        ({"paint_side": "8192"}, "bad-option", "There is no field 'paint_side'"),
    ],
)
def test_a_field_that_cannot_be_is_422(web, hand, jpeg, fields, code, words):
    refused(sent(web, jpeg, fields), 422, code, words)
    assert hand.asked == []


def test_who_sends_no_photo_is_told_how(web):
    refused(web.post("/draw", files={"style": (None, "anime")}), 400, "photo-not-found", "curl -F photo=@photo.jpg")
    refused(web.post("/draw", data={"style": "anime"}), 400, "photo-not-found", "curl -F photo=@photo.jpg")
    refused(web.post("/draw", files={"photo": (None, "/etc/passwd")}), 400, "photo-not-found", "There is no photo")
    refused(web.post("/draw", json={"photo": "x"}), 415, "not-a-photo", "comes in a form")
    refused(web.post("/draw"), 415, "not-a-photo", "comes in a form")
    two = [("photo", ("a.jpg", b"a")), ("photo", ("b.jpg", b"b"))]
    refused(web.post("/draw", files=two), 400, "photo-not-found", "Too many files")
    form = {"content-type": "multipart/form-data; boundary=x"}
    refused(web.post("/draw", content=b"--y\r\nno form", headers=form), 400, "photo-not-found", "The form is broken")


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_is_no_photo_is_415(web, name):
    refused(sent(web, BAD_FILES[name]), 415, "not-a-photo", "choose")


def test_a_photo_that_is_too_large_or_too_small(web):
    wide = io.BytesIO()
    Image.new("1", (10_001, 5000)).save(wide, "PNG")
    refused(sent(web, encode(np.zeros((8, 9, 3), np.uint8), _png)), 422, "photo-too-small", "9×8")
    refused(sent(web, wide.getvalue()), 413, "photo-too-large", "50 megapixels")
    refused(sent(web, bytes(3_000_001)), 413, "photo-too-large", "too large")


def test_a_kind_of_file_that_cannot_hold_the_drawing(web):
    long = encode(np.zeros((16, 16_400, 3), np.uint8), _png)
    refused(sent(web, long, {"format": "webp"}), 422, "output-not-writable", ".png")
    assert sent(web, long).status_code == 200


def test_who_waits_too_often_gets_429_and_a_full_queue_503(state, jpeg):
    state.turns = Turns(per_session=0)
    refused(sent(asking(state), jpeg), 429, "too-many", "wait for one of them")
    state.turns = Turns(places=0)
    busy = sent(asking(state), jpeg)
    refused(busy, 503, "busy", "Busy: 0 ahead of you")
    assert int(busy.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (HubUnreachableError("Offline."), 503, "hub-unreachable"),
        (DrawingStoppedError("Out of memory."), 503, "drawing-stopped"),
        (ZeroDivisionError("/root/secret"), 500, "failed"),
    ],
)
def test_errors_of_the_drawing_are_json_too(web, hand, jpeg, error, status, code):
    def fail() -> None:
        raise error

    hand.meanwhile = fail
    answer = sent(web, jpeg)
    refused(answer, status, code, "")
    assert "secret" not in answer.text


def test_errors_are_told_in_the_caller_s_language(web):
    refused(sent(web, BAD_FILES["html"], headers={"accept-language": "zh-CN"}), 415, "not-a-photo", "无法读取")


def test_all_calls_of_an_address_are_one_session(state, hand, jpeg, monkeypatch):
    """As those of programs without a session are; behind a proxy, the address that it names."""
    state.client_header = "X-Forwarded-For"
    clients = []
    take = state.turns.take
    monkeypatch.setattr(state.turns, "take", lambda client, *more: clients.append(client) or take(client, *more))
    for address in ("192.0.2.1", "198.51.100.7, 192.0.2.9"):
        sent(asking(state), jpeg, headers={"x-forwarded-for": address})
    assert [(client.session, client.address) for client in clients] == [(None, "192.0.2.1"), (None, "192.0.2.9")]


def test_nothing_of_a_photo_has_a_name_on_disk(web, hand, tmp_path, monkeypatch):
    """Also not of one that is too large for memory, and not while it is drawn."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names: list[Any] = []
    hand.meanwhile = lambda: names.extend(tmp_path.iterdir())
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), np.uint8)
    content = encode(noise, _png)
    assert len(content) > 1_100_000
    assert sent(web, content).status_code == 200
    assert len(hand.asked) == 1
    assert names == list(tmp_path.iterdir()) == []


def test_who_hangs_up_gives_the_place_up(state, hand, jpeg):
    """The run ends at its next stage, and nobody behind waits for it."""
    body = httpx.Request("POST", "http://page/draw", files={"photo": ("a.jpg", jpeg)})
    gone = asyncio.Event()
    sent_messages: list[dict] = []

    async def receive():
        if not gone.is_set() and not sent_messages:
            sent_messages.append({"type": "http.request", "body": body.read(), "more_body": False})
            return sent_messages[0]
        await gone.wait()
        return {"type": "http.disconnect"}

    async def hang_up() -> list[dict]:
        loop, answers = asyncio.get_running_loop(), []

        def meanwhile() -> None:
            loop.call_soon_threadsafe(gone.set)
            for _ in range(500):
                if state.turns._runs[0].stopped.wait(0.01):
                    return

        async def send(message):
            answers.append(message)

        hand.meanwhile = meanwhile
        headers = [(name.lower().encode(), value.encode()) for name, value in body.headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/draw", "headers": headers, "query_string": b""}
        await Starlette(routes=HttpApi(state).routes)(scope, receive, send)
        return answers

    assert asyncio.run(hang_up())[0]["status"] == 204
    assert len(state.turns) == 0


def test_healthz_says_when_the_models_are_there(state):
    web = asking(state)
    assert (web.get("/healthz").status_code, web.get("/healthz").json()) == (503, {"status": "starting"})
    state.warmed.set()
    assert (web.get("/healthz").status_code, web.get("/healthz").json()) == (200, {"status": "ready"})
    assert web.head("/healthz").status_code == 200


@pytest.mark.parametrize("allow_urls", [False, True])
def test_the_schema_describes_what_is_taken(state, allow_urls):
    document = asking(state, allow_urls).get("/openapi.json").json()
    draw = document["paths"]["/draw"]["post"]
    form = draw["requestBody"]["content"]["multipart/form-data"]["schema"]
    fields = form["properties"]
    assert set(fields) == {"photo", "format", *ON_PAGE} | ({"url"} if allow_urls else set())
    assert fields["style"]["enum"][0] == fields["style"]["default"] == "anime"
    assert fields["faces"] == {"type": "boolean", "default": True, "description": fields["faces"]["description"]}
    assert (fields["strength"]["minimum"], fields["strength"]["maximum"]) == (0, 1.5)
    assert (fields["double"]["type"], fields["double"]["default"]) == ("boolean", False)
    assert set(draw["responses"]) == {"200", "400", "413", "415", "422", "429", "500", "503"}
    assert set(draw["responses"]["200"]["content"]) == {"image/png", "image/jpeg", "image/webp"}
    assert document["paths"]["/healthz"]["get"]["responses"].keys() == {"200", "503"}


def test_an_address_is_taken_only_where_that_is_allowed(state, hand, jpeg, monkeypatch):
    from animegan.page.serving import http_api

    asked = []

    async def fetch(url, limit):
        asked.append(url)
        return jpeg

    monkeypatch.setattr(http_api, "fetch", fetch)
    url = {"url": "https://example.org/a.jpg"}
    refused(asking(state).post("/draw", data=url), 422, "bad-option", "fetches no photos from the web")
    assert asked == []
    web = asking(state, allow_urls=True)
    assert picture_in(web.post("/draw", data=url)).size == (120, 90)
    assert picture_in(web.post("/draw", files={"url": (None, url["url"])})).size == (120, 90)
    refused(sent(web, jpeg, url), 400, "photo-not-found", "more than one")
    assert asked == [url["url"]] * 2


def test_one_caller_cannot_have_everything_fetched(state, monkeypatch):
    from animegan.page.serving import http_api

    web = asking(state, allow_urls=True)
    url = {"url": "https://example.org/a.jpg"}
    monkeypatch.setattr(http_api, "MAX_FETCHES_EACH", 0)
    refused(web.post("/draw", data=url), 429, "too-many", "wait for one")
    monkeypatch.undo()
    monkeypatch.setattr(http_api, "MAX_FETCHES", 0)
    refused(web.post("/draw", data=url), 503, "busy", "Busy")


def test_the_page_draws_what_curl_sends(page, still, pipeline):
    """On the page's own server, as the package draws it; the models are there."""
    with httpx.Client(base_url=page.url, timeout=120) as web:
        assert web.get("/healthz").status_code == 200
        answer = sent(web, still.read_bytes(), {"style": "cel"})
        drawn = np.asarray(picture_in(answer)).astype(int)
        assert np.abs(drawn - pipeline.stylize(still, style="cel").image).max() <= 3
        refused(sent(web, b"no picture"), 415, "not-a-photo", "choose")
        assert set(web.get("/openapi.json").json()["paths"]) == {"/draw", "/healthz"}
        assert web.get("/draw").status_code == 405
