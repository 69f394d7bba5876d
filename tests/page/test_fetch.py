"""Photos from the web, and from nowhere else."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anyio
import pytest

from animegan.errors import BadOptionError, PhotoNotFoundError, PhotoTooLargeError
from animegan.page.serving import fetch as module
from animegan.page.serving.fetch import fetch, is_public

CONTENT = b"a photo" * 1000
INSIDE = "http://169.254.169.254/latest/meta-data"


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.100.100.200", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::",
        "fe80::1%eth0", "fd00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "localhost", "",
    ],
)  # fmt: skip
def test_addresses_of_no_use_to_the_internet(address):
    assert not is_public(address)


class Site(BaseHTTPRequestHandler):
    """Answers by path, and keeps what was asked."""

    asked: list[tuple[str, str]]

    def do_GET(self):
        self.asked.append((self.headers["Host"], self.path))
        where = {"/inside": INSIDE, "/file": "file:///etc/passwd", "/round": "/round", "/near": "photo"}.get(self.path)
        self.send_response(302 if where else 404 if self.path == "/missing" else 200)
        if where:
            self.send_header("Location", where)
        content = b"" if where else CONTENT
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *args):
        pass


@pytest.fixture
def site(monkeypatch) -> Iterator[str]:
    """A site at a public name, whose only address is the loopback one."""
    monkeypatch.setattr(module, "is_public", lambda address: address == "127.0.0.1")
    look_up = anyio.getaddrinfo

    async def getaddrinfo(host, port, **more):
        return await look_up("127.0.0.1" if host == "photos.example" else host, port, **more)

    monkeypatch.setattr(anyio, "getaddrinfo", getaddrinfo)
    Site.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    yield f"http://photos.example:{server.server_port}"
    server.shutdown()
    server.server_close()


def fetched(url: str, limit: int = 10_000) -> bytes:
    return asyncio.run(fetch(url, limit))


def test_a_photo_is_fetched_from_the_address_that_was_checked(site, monkeypatch):
    """And not through a proxy, which would look the name up once more."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetched(f"{site}/photo") == CONTENT
    assert Site.asked == [(site.removeprefix("http://"), "/photo")]


def test_a_redirect_is_followed_and_checked(site):
    assert fetched(f"{site}/near") == CONTENT
    with pytest.raises(BadOptionError, match="no public address"):
        fetched(f"{site}/inside")
    with pytest.raises(BadOptionError, match="no web address"):
        fetched(f"{site}/file")
    with pytest.raises(PhotoNotFoundError, match="too many redirects"):
        fetched(f"{site}/round")
    assert len([path for _, path in Site.asked if path == "/round"]) == 4


def test_what_is_not_there_or_too_large(site):
    with pytest.raises(PhotoNotFoundError, match="status 404"):
        fetched(f"{site}/missing")
    with pytest.raises(PhotoTooLargeError, match="choose a smaller photo"):
        fetched(f"{site}/photo", limit=len(CONTENT) - 1)
    assert fetched(f"{site}/photo", limit=len(CONTENT)) == CONTENT


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/photo", "http://localhost:{port}/photo", "http://[::1]:{port}/photo",
        "http://[::ffff:127.0.0.1]:{port}/photo", "http://2130706433:{port}/photo", "http://0x7f.1:{port}/photo",
        "http://0:{port}/photo", "http://user:word@127.0.0.1:{port}/photo", INSIDE, "http://no.such.name.invalid/",
    ],
)  # fmt: skip
def test_no_machine_of_the_own_network_is_reached(site, monkeypatch, url):
    monkeypatch.setattr(module, "is_public", is_public)
    with pytest.raises(BadOptionError, match="no public address"):
        fetched(url.format(port=site.rpartition(":")[2]))
    assert Site.asked == []


@pytest.mark.parametrize(
    "url",
    ["", "a.jpg", "file:///etc/passwd", "ftp://example.org/a", "http://", "https://ex ample", "http://a:b/", "\u212a"],
)
def test_other_addresses_are_no_web_addresses(url):
    with pytest.raises(BadOptionError, match=r"web address|public address"):
        fetched(url)
