"""The command ``page``: a photo becomes anime in the browser."""

from __future__ import annotations

import importlib.util
import os
import socket
from functools import wraps
from typing import Any

from animegan.cli import output
from animegan.errors import BadOptionError, MissingExtraError
from animegan.page.__main__ import main


@wraps(main, assigned=("__annotations__",))  # its options, not its name
def page(**options: Any) -> None:
    """Start the page."""
    output.require(["gradio"], "page")
    if options["mcp"] and importlib.util.find_spec("mcp") is None:
        raise MissingExtraError("Tools for language models need one more package: pip install 'gradio[mcp]'.")
    if options["port"] is not None:
        _check_address(options["host"] or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1", options["port"])
    main(**options)


def _check_address(host: str, port: int) -> None:
    """Check that the page can listen there.

    Raises:
        BadOptionError: the port is taken or not allowed, or the address is not this machine's.
    """
    if not 1 <= port <= 65535:
        raise BadOptionError(f"A port is a number from 1 to 65535, not {port}.")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        raise BadOptionError(
            f"The page cannot listen on port {port} of {host} ({error.strerror}): choose another with --port or --host."
        ) from error
