"""Fetches a photo from a web address, and from no address of an internal network.

A name is resolved once, and the connection goes to the address that was checked, so that no second answer of a name
server can lead elsewhere. A redirect is checked like any other address. No proxy of the environment is used.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import anyio
import httpcore

from animegan.errors import BadOptionError, PhotoNotFoundError, PhotoTooLargeError, shown

TIMES = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 5.0}
"""Seconds, of one step."""
TOTAL_SECONDS = 30.0
MAX_REDIRECTS = 3
MB = 1024 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = [("User-Agent", "animegan"), ("Accept", "image/*"), ("Accept-Encoding", "identity")]


async def fetch(url: str, limit: int) -> bytes:
    """The bytes at a web address, at most ``limit``.

    Raises:
        BadOptionError: it is no http or https address, or leads to a machine that has no public address.
        PhotoNotFoundError: nothing can be fetched from there.
        PhotoTooLargeError: there is more.
    """
    name = shown(url)
    try:
        with anyio.fail_after(TOTAL_SECONDS):
            async with httpcore.AsyncConnectionPool(network_backend=_PublicNetwork()) as pool:
                return await _follow(pool, url, limit)
    except _NotPublicError as error:
        raise BadOptionError("'{url}' leads to no public address: name a photo on the internet.", url=name) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, TimeoutError) as error:
        raise PhotoNotFoundError(
            "No photo can be fetched from '{url}' ({why}): check the address.", url=name, why=type(error).__name__
        ) from error


async def _follow(pool: httpcore.AsyncConnectionPool, url: str, limit: int) -> bytes:
    address = url
    for _ in range(MAX_REDIRECTS + 1):
        _check_scheme(address)
        async with pool.stream("GET", address, headers=_HEADERS, extensions={"timeout": TIMES}) as answer:
            location = {name.lower(): value for name, value in answer.headers}.get(b"location")
            if answer.status in (301, 302, 303, 307, 308) and location is not None:
                address = urljoin(address, location.decode("latin-1"))
                continue
            if answer.status != 200:
                raise PhotoNotFoundError(
                    "No photo can be fetched from '{url}' ({why}): check the address.",
                    url=shown(url),
                    why=f"status {answer.status}",
                )
            content = bytearray()
            async for part in answer.aiter_stream():
                content += part
                if len(content) > limit:
                    raise PhotoTooLargeError(
                        "'{url}' has more than {megabytes} MB: choose a smaller photo.",
                        url=shown(url),
                        megabytes=limit // MB,
                    )
            return bytes(content)
    raise PhotoNotFoundError(
        "No photo can be fetched from '{url}' ({why}): check the address.", url=shown(url), why="too many redirects"
    )


def _check_scheme(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        url.encode("ascii")
    except ValueError:
        is_web = False
    if not is_web:
        raise BadOptionError("'{url}' is no web address: name one that begins with https://.", url=shown(url))


class _NotPublicError(Exception):
    """A name leads to a machine that has no public address, or nowhere."""


class _PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to machines of the internet only."""

    def __init__(self) -> None:
        self._network: Any = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _NotPublicError from error
        addresses = [str(each[4][0]) for each in found]
        if not addresses or not all(map(is_public, addresses)):
            raise _NotPublicError
        stream: httpcore.AsyncNetworkStream = await self._network.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )
        return stream

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise _NotPublicError

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


def is_public(address: str) -> bool:
    """Whether an address is one of the internet; an IPv6 address that stands for an IPv4 one is judged as that."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not found.is_reserved
