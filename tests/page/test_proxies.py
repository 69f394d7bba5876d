"""A proxy of the environment, through which the page's requests to itself must not go; and one in front of it."""

import re
import socket
import threading
from collections.abc import Iterator
from urllib.request import getproxies

import httpx
import pytest

from animegan.errors import MissingExtraError
from animegan.page.serving import server
from animegan.page.serving.server import no_proxy_for_itself
from tests.conftest import ROOT

NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def environment(monkeypatch) -> pytest.MonkeyPatch:
    """No proxy; what a test sets goes with it."""
    for name in NAMES:
        for each in (name, name.lower()):
            monkeypatch.setenv(each, "")
            monkeypatch.delenv(each)
    return monkeypatch


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[socket.socket]]]:
    """A proxy that answers nobody; its address, and who came."""
    came: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def listen() -> None:
            try:
                while True:
                    came.append(listening.accept()[0])
            except OSError:  # closed
                return

        threading.Thread(target=listen, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", came
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_requests_to_the_own_machine_go_straight_there(environment, proxy, name, host):
    address, came = proxy
    environment.setenv(name, address)
    no_proxy_for_itself()
    with pytest.raises(httpx.ConnectError):  # nobody listens on port 9
        httpx.get(f"http://{host}:9/", timeout=30)
    assert came == []


def test_other_requests_go_through_the_proxy_as_before(environment, proxy):
    address, came = proxy
    environment.setenv("HTTP_PROXY", address)
    no_proxy_for_itself()
    with pytest.raises(httpx.TimeoutException):
        httpx.get("http://192.0.2.1/", timeout=1)
    assert len(came) == 1


@pytest.mark.parametrize(
    ("before", "host", "after"),
    [
        ("", None, "127.0.0.1,localhost,::1"),
        ("", "192.168.1.5", "127.0.0.1,localhost,::1,192.168.1.5"),
        ("", "[fd00::5]", "127.0.0.1,localhost,::1,fd00::5"),
        ("intranet, .example.org", None, "intranet,.example.org,127.0.0.1,localhost,::1"),
        ("localhost,127.0.0.1", "127.0.0.1", "localhost,127.0.0.1,::1"),
        ("*", None, "*"),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_what_is_spared_already_stays_so(environment, name, before, host, after):
    environment.setenv(name, before)
    no_proxy_for_itself(host)
    assert getproxies()["no"] == after


def test_a_socks_proxy_without_its_package_is_said(environment):
    environment.setattr(server.importlib.util, "find_spec", lambda name: None)
    no_proxy_for_itself()
    environment.setenv("all_proxy", "socks5h://127.0.0.1:9050")
    with pytest.raises(MissingExtraError, match=r"pip install 'httpx\[socks\]'"):
        no_proxy_for_itself()
    environment.setenv("no_proxy", "*")
    no_proxy_for_itself()


@pytest.mark.parametrize("host", ["photos.example", "photos.example:8443", "[2001:db8::1]:8443"])
def test_links_begin_with_the_address_that_nginx_names(page, host):
    """By the block in docs/page.md: over TLS, on any port."""
    (block,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "page.md").read_text("utf-8"), re.S)
    said = {"$http_host": host, "$scheme": "https", "$remote_addr": "192.0.2.1"}
    headers = {name: said[value] for name, value in re.findall(r"proxy_set_header ([\w-]+) (\$\w+);", block)}
    with httpx.Client(base_url=page.url, timeout=60) as web:
        assert web.get("/config", headers=headers).json()["root"] == f"https://{host}"
