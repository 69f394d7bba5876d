"""The command ``page``: a photo becomes anime in the browser."""

from __future__ import annotations

import importlib.util
import os
import socket
import ssl
from pathlib import Path
from typing import Annotated, Any

import typer

from animegan.cli import output
from animegan.errors import BadOptionError, MissingExtraError
from animegan.images.sizes import PAINT_SIDE

Login = Annotated[
    str | None,
    typer.Option(
        metavar="USER:PASSWORD",
        help="Who may come in; others see nothing. In the variable, others on the machine do not see it.",
        envvar="ANIMEGAN_AUTH",
        show_envvar=True,
    ),
]


def page(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all. GRADIO_SERVER_NAME.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; the first free one from 7860 on. GRADIO_SERVER_PORT.")] = None,
    share: Annotated[bool, typer.Option("--share", help="A public address for 72 hours, by Gradio's tunnel.")] = False,
    root_path: Annotated[
        str | None, typer.Option(help="The path under which a reverse proxy serves the page. GRADIO_ROOT_PATH.")
    ] = None,
    client_header: Annotated[
        str | None,
        typer.Option(help="Header in which a reverse proxy names the visitor's address. ANIMEGAN_CLIENT_HEADER."),
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Serve the API to language models, too; needs gradio[mcp]. GRADIO_MCP_SERVER.")
    ] = False,
    clip_seconds: Annotated[
        float, typer.Option(min=1, help="Seconds of a clip that are drawn at most.", envvar="ANIMEGAN_CLIP_SECONDS")
    ] = 20,
    clip_frames: Annotated[
        int, typer.Option(min=1, help="Frames of a clip that are drawn at most.", envvar="ANIMEGAN_CLIP_FRAMES")
    ] = 600,
    clip_side: Annotated[
        int,
        typer.Option(
            min=64, max=8192, help="Long side in pixels at which clips are drawn at most.", envvar="ANIMEGAN_CLIP_SIDE"
        ),
    ] = PAINT_SIDE,
    style: Annotated[
        list[str] | None, typer.Option(help="A style of your own to add to the list: a file, or hub:owner/repo.")
    ] = None,
    allow_urls: Annotated[
        bool,
        typer.Option(
            "--allow-urls", help="/draw may fetch photos from the web.", envvar="ANIMEGAN_ALLOW_URLS", show_envvar=True
        ),
    ] = False,
    auth: Login = None,
    certfile: Annotated[Path | None, typer.Option(help="A certificate (PEM): the page is served over https.")] = None,
    keyfile: Annotated[Path | None, typer.Option(help="The key of the certificate (PEM).")] = None,
    train: Annotated[
        bool, typer.Option("--train", help="With a tab on which visitors train a style; never on a public page.")
    ] = False,
) -> None:
    """Start the page."""
    output.require(["gradio"], "page")
    if mcp and importlib.util.find_spec("mcp") is None:
        raise MissingExtraError("Tools for language models need one more package: pip install 'gradio[mcp]'.")
    if port is not None:
        _check_address(host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1", port)
    if certfile is not None or keyfile is not None:
        _check_certificate(certfile, keyfile)
    from animegan.page.serving.limits import ClipLimits
    from animegan.page.serving.server import start

    clips = ClipLimits(clip_seconds, clip_side, clip_frames)
    header = client_header or os.environ.get("ANIMEGAN_CLIENT_HEADER")
    address: dict[str, Any] = {"server_name": host, "server_port": port, "root_path": root_path, "share": share or None}
    if certfile is not None:
        address |= {"ssl_certfile": str(certfile), "ssl_keyfile": str(keyfile), "ssl_verify": False}
    start(header, mcp or None, clips, train, style or (), block=True, allow_urls=allow_urls, login=auth, **address)


def _check_certificate(certfile: Path | None, keyfile: Path | None) -> None:
    """Check that the page can be served over https with this certificate and its key.

    Raises:
        BadOptionError: one of the two is missing, cannot be read, or does not belong to the other.
    """
    if certfile is None or keyfile is None:
        raise BadOptionError("A certificate needs its key: name both --certfile and --keyfile.")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certfile, keyfile, password=lambda: "")  # nobody is asked for one
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        raise BadOptionError(
            "The certificate '{certfile}' cannot be used with the key '{keyfile}' ({why}): name two PEM files that "
            "belong together, the key without a password.",
            certfile=certfile,
            keyfile=keyfile,
            why=getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error),
        ) from error


def _check_address(host: str, port: int) -> None:
    """Check that the page can listen there.

    Raises:
        BadOptionError: the port is taken or not allowed, or the address is not this machine's.
    """
    if not 1 <= port <= 65535:
        raise BadOptionError("A port is a number from 1 to 65535, not {port}.", port=port)
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        raise BadOptionError(
            "The page cannot listen on port {port} of {host} ({why}): choose another with --port or --host.",
            port=port,
            host=host,
            why=error.strerror,
        ) from error
